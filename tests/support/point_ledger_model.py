"""The point ledger once more, as plain as can be: every point of a spending is kept one by one.

It knows nothing of `store/`: days are numbers, a lot's last day is its `ends`. A book is its lots and its
movements: those of two people who prove to be one are laid together, and divided when they are two again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from typing import TypeVar

M = TypeVar("M", bound="Move")

NEVER_ENDS = 10**9

_sequence = count()


@dataclass(eq=False, kw_only=True)
class Move:
    """A movement, and every point that it ever took; `counts` is what it adds to all that was gathered."""

    value: int = 0
    whole: int = 1
    counts: int = 0
    returned: Fraction = Fraction(0)  # of the whole, in whichever unit the parts were reported
    shared: int = 0
    took: list["TakenPoint"] = field(default_factory=list)
    book: "AccountModel" = field(init=False, repr=False)
    age: int = field(default_factory=lambda: next(_sequence))


@dataclass(eq=False)
class Lot:
    left: int
    starts: int
    ends: int | None
    late_from: Move | None = None  # the spending whose points came back when their own lot was over
    lost: int = 0  # points that a night took
    came: list["Lot"] = field(
        default_factory=list
    )  # of what came back late: for each point its lot, in order
    age: int = field(default_factory=lambda: next(_sequence))

    def is_over(self, today: int) -> bool:
        return self.ends is not None and self.ends < today


@dataclass(eq=False)
class TakenPoint:
    """One that was taken from a lot."""

    lot: Lot


@dataclass(eq=False, kw_only=True)
class Earning(Move):
    lot: Lot
    expired: int = 0


@dataclass(eq=False, kw_only=True)
class Redemption(Move):
    gone: list[TakenPoint] = field(default_factory=list)  # what has not come back, in the order of the taking


@dataclass(eq=False, kw_only=True)
class Reversal(Move):
    """For goods that were returned; `missing` is what no lot has given yet."""

    earned: Earning
    missing: int = 0


State = tuple[tuple[int, int, int, int], list[tuple[int, int | None]]]


@dataclass(eq=False)
class AccountModel:
    """One account; `waives` says whether what a return finds spent is let go instead of owed."""

    waives: bool = False
    lots: list[Lot] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)

    def state(self) -> State:
        owed = self.debt()
        available = sum(lot.left for lot in self.lots) - owed
        accumulated = sum(move.counts for move in self.moves)
        expired = sum(lot.lost for lot in self.lots)
        return (accumulated, available, expired, owed), [(lot.left, lot.ends) for lot in self.lots]

    def debt(self) -> int:
        return sum(debt.missing for debt in self._debts())

    def earn(self, value: int, starts: int, ends: int | None, whole: int, today: int) -> Earning:
        self.lots.append(Lot(value, starts, ends))
        earned = self._append(Earning(value=value, whole=whole, counts=value, lot=self.lots[-1]))
        self._settle_debts(today)
        return earned

    def spend(self, value: int, whole: int, today: int, *, corrects: bool = False) -> Redemption | None:
        """None where there is too little; what corrects a mistake was never gathered either."""
        if sum(lot.left for lot in self._open_lots(today) if lot.starts <= today) - self.debt() < value:
            return None
        spent = self._append(Redemption(value=value, whole=whole, counts=-value if corrects else 0))
        spent.gone = [self._take_point(spent, today, begun=True) for _ in range(value)]
        return spent

    def reverse_earned(self, earned: Earning, part: Fraction, today: int) -> None:
        share = self._share(earned, part)
        expired = min(share, self._expired_points(earned.lot, today) - earned.expired)
        earned.expired += expired
        if share > expired:
            back = self._append(Reversal(earned=earned))
            for _ in range(share - expired):
                self._reverse_point(back, today)

    def refund_redeemed(self, spent: Redemption, part: Fraction, today: int) -> None:
        late = []
        for _ in range(self._share(spent, part)):
            lot = spent.gone.pop().lot
            if lot.is_over(today):
                late.append(lot)
            else:
                lot.left += 1
        if late:
            self.lots.append(Lot(len(late), today, today + 1, late_from=spent, came=late))
        self._settle_debts(today)

    def expire(self, today: int) -> None:
        for lot in self.lots:
            if lot.is_over(today):
                lot.lost, lot.left = lot.lost + lot.left, 0

    def absorb(self, other: "AccountModel", today: int) -> "MergedModel":
        """Two people are one: everything of the other comes along, and the one pays the other's debts."""
        union = MergedModel(self, other, {*other.lots}, {*other.moves})
        self._set_rows(self.lots + other.lots, self.moves + other.moves)
        other._set_rows([], [])
        union.paid = self._settle_debts(today)
        return union

    def _set_rows(self, lots: list[Lot], moves: list[Move]) -> None:
        self.lots = sorted(lots, key=lambda lot: lot.age)
        self.moves = sorted(moves, key=lambda move: move.age)
        for move in self.moves:
            move.book = self

    def _append(self, move: M) -> M:
        move.book = self
        self.moves.append(move)
        return move

    def _share(self, moved: Move, part: Fraction) -> int:
        moved.returned += part
        due = moved.value * moved.returned // 1
        share, moved.shared = due - moved.shared, due
        return share

    def _expired_points(self, lot: Lot, today: int) -> int:
        """What no one used of a lot, also of what came back when it was over: of that the last is lost first."""
        lost = lot.lost + (lot.left if lot.is_over(today) else 0)
        for late in self.lots:
            if lot in late.came:
                lost += late.came[len(late.came) - self._expired_points(late, today) :].count(lot)
        return lost

    def _reverse_point(self, back: Reversal, today: int) -> None:
        own = back.earned.lot
        if own.left and not own.is_over(today):
            self._take_from(own, back)
        elif self._open_lots(today):
            self._take_point(back, today)
        elif self.waives:
            return
        else:
            back.missing += 1
        back.counts -= 1

    def _debts(self) -> list[Reversal]:
        return [move for move in self.moves if isinstance(move, Reversal) and move.missing]

    def _settle_debts(self, today: int) -> set[TakenPoint]:
        """Of the debts the oldest first."""
        paid = set()
        for debt in self._debts():
            while debt.missing and self._open_lots(today):
                paid.add(self._take_point(debt, today))
                debt.missing -= 1
        return paid

    def _open_lots(self, today: int) -> list[Lot]:
        return [lot for lot in self.lots if lot.left and not lot.is_over(today)]

    def _take_point(self, move: Move, today: int, *, begun: bool = False) -> TakenPoint:
        """Take a single point from what ends first, the older on a tie; debts also take what has yet to begin."""
        lots = [lot for lot in self._open_lots(today) if lot.starts <= today or not begun]
        return self._take_from(
            min(lots, key=lambda lot: (NEVER_ENDS if lot.ends is None else lot.ends, lot.age)), move
        )

    def _take_from(self, lot: Lot, move: Move) -> TakenPoint:
        lot.left -= 1
        move.took.append(TakenPoint(lot))
        return move.took[-1]


@dataclass(eq=False)
class MergedModel:
    """Two books that became one: which lots and movements came over, and the points that paid debts then."""

    kept: AccountModel
    lost: AccountModel
    lots: set[Lot]
    moves: set[Move]
    paid: set[TakenPoint] = field(default_factory=set)

    def find_blockers(self) -> set[str]:
        """Why the two cannot be parted: a point of the one was used up by the other, or is not there any more."""
        found = set()
        for move, point in self._crossings():
            if self._reopens_debt(move, point):
                found |= {"points_expired"} if point.lot.lost else set()
            elif not self._reverses_merged_points(move):
                found.add("points_spent")
        if any(self._reverses_merged_points(move) for move in self.kept.moves):
            found.add("points_returned")
        return found

    def split(self, today: int) -> None:
        """What paid the other's debts is owed again; then each has their own, and pays with it."""
        for move, point in [*self._crossings()]:
            assert isinstance(move, Reversal)
            move.took.remove(point)
            move.missing += 1
            point.lot.left += 1
        lots, moves = self.kept.lots, self.kept.moves
        self.lost._set_rows(
            [lot for lot in lots if self._is_of_duplicate(lot)],
            [move for move in moves if move in self.moves],
        )
        self.kept._set_rows(
            [lot for lot in lots if not self._is_of_duplicate(lot)],
            [move for move in moves if move not in self.moves],
        )
        for book in (self.lost, self.kept):
            book._settle_debts(today)

    def _is_of_duplicate(self, lot: Lot) -> bool:
        """What comes back of a spending belongs to who spent."""
        return lot in self.lots or lot.late_from in self.moves

    def _crossings(self) -> Iterator[tuple[Move, TakenPoint]]:
        for move in self.kept.moves:
            for point in move.took:
                if (move in self.moves) != self._is_of_duplicate(point.lot):
                    yield move, point

    def _reopens_debt(self, move: Move, point: TakenPoint) -> bool:
        return point in self.paid or (isinstance(move, Reversal) and move in self.moves)

    def _reverses_merged_points(self, move: Move) -> bool:
        """Goods that came back since, for points that came over."""
        since = move not in self.moves and move.counts != 0
        return since and isinstance(move, Reversal) and move.earned in self.moves

"""The point ledger once more, as plain as can be: every point of a spending is kept one by one.

It knows nothing of `store/`: days are numbers, a lot's last day is its `ends`, and the books of two
people who prove to be one are laid together.
"""

from dataclasses import dataclass, field
from itertools import count

FAR = 10**9

_ages = count()


@dataclass(eq=False)
class Lot:
    left: int
    starts: int
    ends: int | None
    lost: int = 0  # points that a night took
    age: int = field(default_factory=lambda: next(_ages))

    def over(self, today: int) -> bool:
        return self.ends is not None and self.ends < today


@dataclass(eq=False)
class Earned:
    value: int
    lot: Lot
    whole: int
    returned: int = 0
    shared: int = 0
    lapsed: int = 0


@dataclass(eq=False)
class Spent:
    value: int
    points: list[Lot]  # where each single point came from, in the order in which they were taken
    whole: int
    returned: int = 0
    shared: int = 0


State = tuple[tuple[int, int, int, int], list[tuple[int, int | None]]]


@dataclass(eq=False)
class Book:
    """One account; `forgives` says whether what a return finds spent is let go instead of owed."""

    forgives: bool = False
    lots: list[Lot] = field(default_factory=list)
    owed: int = 0
    accumulated: int = 0
    expired: int = 0

    def state(self) -> State:
        available = sum(lot.left for lot in self.lots) - self.owed
        return (self.accumulated, available, self.expired, self.owed), [
            (lot.left, lot.ends) for lot in self.lots
        ]

    def earn(self, value: int, starts: int, ends: int | None, whole: int, today: int) -> Earned:
        self.lots.append(Lot(value, starts, ends))
        self.accumulated += value
        earned = Earned(value, self.lots[-1], whole)
        self._pay(today)
        return earned

    def spend(self, value: int, whole: int, today: int, *, corrects: bool = False) -> Spent | None:
        """None where there is too little; what corrects a mistake was never gathered either."""
        if sum(lot.left for lot in self._live(today) if lot.starts <= today) - self.owed < value:
            return None
        if corrects:
            self.accumulated -= value
        return Spent(value, [self._one(today, begun=True) for _ in range(value)], whole)

    def take_back(self, earned: Earned, part: int, today: int) -> None:
        share = self._share(earned, part)
        lost = earned.lot.lost + (earned.lot.left if earned.lot.over(today) else 0)
        gone = min(share, lost - earned.lapsed)
        earned.lapsed += gone
        for _ in range(share - gone):
            if earned.lot.left and not earned.lot.over(today):
                earned.lot.left -= 1
            elif self._live(today):
                self._one(today)
            elif self.forgives:
                continue
            else:
                self.owed += 1
            self.accumulated -= 1

    def give_back(self, spent: Spent, part: int, today: int) -> None:
        share, late = self._share(spent, part), 0
        for _ in range(share):
            lot = spent.points.pop()
            if lot.over(today):
                late += 1
            else:
                lot.left += 1
        if late:
            self.lots.append(Lot(late, today, today + 1))
        self._pay(today)

    def night(self, today: int) -> None:
        for lot in self.lots:
            if lot.over(today):
                self.expired, lot.lost, lot.left = self.expired + lot.left, lot.lost + lot.left, 0

    def absorb(self, other: "Book", today: int) -> None:
        """Two people are one: everything of the other comes along, and the one pays the other's debts."""
        self.lots = sorted([*self.lots, *other.lots], key=lambda lot: lot.age)
        self.owed += other.owed
        self.accumulated += other.accumulated
        self.expired += other.expired
        self._pay(today)

    def _share(self, moved: Earned | Spent, part: int) -> int:
        moved.returned += part
        due = moved.value * moved.returned // moved.whole
        share, moved.shared = due - moved.shared, due
        return share

    def _pay(self, today: int) -> None:
        while self.owed and self._live(today):
            self._one(today)
            self.owed -= 1

    def _live(self, today: int) -> list[Lot]:
        return [lot for lot in self.lots if lot.left and not lot.over(today)]

    def _one(self, today: int, *, begun: bool = False) -> Lot:
        """Take a single point from what ends first, the older on a tie; debts also take what has yet to begin."""
        lots = [lot for lot in self._live(today) if lot.starts <= today or not begun]
        lot = min(lots, key=lambda lot: (FAR if lot.ends is None else lot.ends, lot.age))
        lot.left -= 1
        return lot

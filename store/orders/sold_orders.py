"""Sold orders (已售订单): an order as it was paid, with what its returns have left of each line.

Pure: the earlier returns are replayed line by line, so parts sum to the whole to the fen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from store.core import errors, money

Shares = Mapping[str, int]  # fen by line


@dataclass(frozen=True)
class SoldLine:
    """A line of the order. `gift_for` names the lines that earned a gift, `gift_value_fen` is of a unit."""

    line: str
    quantity: int
    gift_for: tuple[str, ...] = ()
    gift_value_fen: int = 0


@dataclass(frozen=True)
class SoldPart:
    """A discount or tender of the order, with its shares by line. `bases` counted towards the threshold."""

    id: int
    kind: str
    shares: Shares
    reference: str = ""
    sentence: str = ""
    threshold_fen: int = 0
    bases: Shares = field(default_factory=dict)


@dataclass(frozen=True)
class Move:
    """Money kept by a deduction that pays for a line from now on, instead of a discount or for a gift."""

    tender: int
    line: str
    fen: int
    discount: int | None = None


@dataclass(frozen=True)
class PastReturn:
    """An earlier return: units by line, shares by discount and by tender, and moves."""

    units: Mapping[str, int]
    discounts: Mapping[int, Shares]
    tenders: Mapping[int, Shares]
    moves: tuple[Move, ...] = ()


@dataclass(frozen=True)
class SoldOrder:
    """An order as it was paid, and its returns, the earliest first."""

    lines: tuple[SoldLine, ...]
    discounts: tuple[SoldPart, ...]
    tenders: tuple[SoldPart, ...]
    returns: tuple[PastReturn, ...] = ()


class LineState:
    """What is left of a line. Its units are counted from `units` and `fen` at the last new beginning."""

    def __init__(self, sold: SoldLine, discounts: dict[int, int], tenders: dict[int, int]) -> None:
        self.sold, self.discounts, self.tenders = sold, discounts, tenders
        self.units_left = sold.quantity
        self.begin()

    def begin(self) -> None:
        """Count anew with the units and the amounts that are left."""
        self.units, self.fen, self.discount_fen = self.units_left, self.fen_left, self.discount_left

    @property
    def fen_left(self) -> int:
        return sum(self.tenders.values())

    @property
    def discount_left(self) -> int:
        return sum(self.discounts.values())

    def parts_of_units(self, units: int) -> tuple[int, int]:
        """Return what these units paid and their discount. Raises DomainError(return_exceeds)."""
        if units > self.units_left:
            raise errors.DomainError(
                "return_exceeds", f"最多还可退 {self.units_left} 件", 409,
                line=self.sold.line, units_left=self.units_left,
            )  # fmt: skip
        if units == self.units_left:
            return self.fen_left, self.discount_left
        back, total = self.units - self.units_left, self.units
        paid = self.fen * (back + units) // total - self.fen * back // total
        stays_before = self.discount_fen * (total - back) // total
        return paid, stays_before - self.discount_fen * (total - back - units) // total

    def parts_of_amount(self, amount_fen: int) -> tuple[int, int]:
        """Return the amount without discount. Raises DomainError(return_exceeds)."""
        if amount_fen > self.fen_left:
            raise errors.DomainError(
                "return_exceeds", f"最多还可退 {money.yuan(self.fen_left)} 元", 409,
                line=self.sold.line, fen_left=self.fen_left,
            )  # fmt: skip
        return amount_fen, 0

    def take(self, units: int, discounts: Mapping[int, int], tenders: Mapping[int, int]) -> None:
        """Take off what comes back. An amount without units begins the count anew."""
        for left, parts in ((self.discounts, discounts), (self.tenders, tenders)):
            for part, fen in parts.items():
                left[part] -= fen
        self.units_left -= units
        if not units:
            self.begin()

    def accept(self, move: Move) -> None:
        """Let a kept amount pay for this line, and begin the count anew."""
        self.tenders[move.tender] = self.tenders.get(move.tender, 0) + move.fen
        if move.discount is not None:
            self.discounts[move.discount] -= move.fen
        self.begin()


def replay(order: SoldOrder) -> dict[str, LineState]:
    """Return what is left of each line after all earlier returns."""
    states = {
        line.line: LineState(
            line,
            {part.id: part.shares[line.line] for part in order.discounts if line.line in part.shares},
            {part.id: part.shares[line.line] for part in order.tenders if line.line in part.shares},
        )
        for line in order.lines
    }
    for past in order.returns:
        for line, units in past.units.items():
            states[line].take(units, _on_line(past.discounts, line), _on_line(past.tenders, line))
        for move in past.moves:
            states[move.line].accept(move)
    return states


def _on_line(by_part: Mapping[int, Shares], line: str) -> dict[int, int]:
    return {part: shares[line] for part, shares in by_part.items() if line in shares}

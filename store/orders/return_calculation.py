"""The calculation of a return (退货计算): what comes back of each discount and tender, and what is kept.

Pure: no database access.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from store.core import errors, money
from store.orders.requests import ReturnLine
from store.orders.sold_orders import LineState, Move, Shares, SoldLine, SoldOrder, SoldPart, replay

K = TypeVar("K", int, str)
UNPAYABLE = ("voucher",)  # the share of these is never paid out: the voucher itself comes back
_DEDUCTED_LAST = ("stored_value", "points")  # before them money


@dataclass(frozen=True)
class Deduction:
    """What a return keeps: `kind` is recalculation, gift or fee. `kept` is fen by tender."""

    kind: str
    reference: str
    sentence: str
    fen: int
    kept: Mapping[int, int]
    moves: tuple[Move, ...] = ()


@dataclass(frozen=True)
class ReturnedLine:
    """What of a line comes back; `units` is 0 if only an amount does. `whole` if nothing of it is left."""

    line: str
    units: int
    list_fen: int
    goods_fen: int
    whole: bool


@dataclass(frozen=True)
class ReturnShares:
    """What a return gives: lines, shares by discount and by tender before deductions, and the deductions.

    `lines_back` are all lines of which nothing is left, with those of earlier returns.
    """

    lines: tuple[ReturnedLine, ...]
    discounts: Mapping[int, Shares]
    tenders: Mapping[int, Shares]
    deductions: tuple[Deduction, ...]
    lines_back: frozenset[str]

    def refund_fen(self, tender: int) -> int:
        """Return what goes back of a tender after deductions."""
        kept = sum(one.kept.get(tender, 0) for one in self.deductions)
        return sum(self.tenders.get(tender, {}).values()) - kept


def calculate(
    order: SoldOrder, wanted: Sequence[ReturnLine], fee_fen: int, fee_sentence: str
) -> ReturnShares:
    """Return what these lines bring back. Raises DomainError(not_found, return_exceeds)."""
    states = replay(order)
    lines, discounts, tenders = [], _Shares(), _Shares()
    for one in wanted:
        state = states.get(one.line)
        if state is None:
            raise errors.not_found(f"订单中的第 {one.line} 行")
        lines.append(_return_line(state, one, discounts, tenders))
    deductions = _deduct(order, states, {one.line for one in wanted}, tenders, (fee_fen, fee_sentence))
    back = frozenset(line for line, state in states.items() if not state.units_left)
    return ReturnShares(tuple(lines), discounts.by_part, tenders.by_part, deductions, back)


class _Shares:
    """Shares by part (discount or tender) and line, as they come together."""

    def __init__(self) -> None:
        self.by_part: dict[int, dict[str, int]] = {}

    def add(self, line: str, parts: Mapping[int, int]) -> None:
        for part, fen in parts.items():
            if fen:
                self.by_part.setdefault(part, {})[line] = fen


def _return_line(state: LineState, wanted: ReturnLine, discounts: _Shares, tenders: _Shares) -> ReturnedLine:
    if wanted.units is not None:
        paid, discount = state.parts_of_units(wanted.units)
    else:
        paid, discount = state.parts_of_amount(wanted.amount_fen or 0)
    off, paid_by = _split(discount, state.discounts), _split(paid, state.tenders)
    state.take(wanted.units or 0, off, paid_by)
    discounts.add(wanted.line, off)
    tenders.add(wanted.line, paid_by)
    return ReturnedLine(wanted.line, wanted.units or 0, paid + discount, paid, not state.units_left)


def _deduct(
    order: SoldOrder,
    states: Mapping[str, LineState],
    returned: set[str],
    tenders: _Shares,
    fee: tuple[int, str],
) -> tuple[Deduction, ...]:
    pool = _Pool(order.tenders, tenders)
    found = [_recalculate(part, states, returned, pool) for part in order.discounts]
    found += [_keep_gift(line, states, returned, pool) for line in order.lines if line.gift_for]
    kept = pool.keep(fee[0])
    found.append(Deduction("fee", "", fee[1], sum(kept.values()), kept))
    return tuple(one for one in found if one is not None and one.fen)


class _Pool:
    """What would go back by tender, from which deductions are kept: money first, then stored value, then points."""

    def __init__(self, parts: Sequence[SoldPart], tenders: _Shares) -> None:
        payable = [part for part in parts if part.kind not in UNPAYABLE]
        payable.sort(
            key=lambda part: _DEDUCTED_LAST.index(part.kind) + 1 if part.kind in _DEDUCTED_LAST else 0
        )
        self.left = {part.id: sum(tenders.by_part.get(part.id, {}).values()) for part in payable}

    def keep(self, fen: int) -> dict[int, int]:
        """Keep an amount, at most what is left, and return it by tender."""
        kept = {}
        for tender, left in self.left.items():
            part = min(fen, left)
            if part:
                kept[tender], fen = part, fen - part
                self.left[tender] -= part
        return kept


def _recalculate(
    part: SoldPart, states: Mapping[str, LineState], returned: set[str], pool: _Pool
) -> Deduction | None:
    """Keep what a discount would not have given to the lines that stay, if its threshold is lost."""
    if not part.threshold_fen or returned.isdisjoint(part.shares):
        return None
    staying = {line: states[line] for line in part.shares if states[line].units_left}
    basis = sum(
        part.bases.get(line, 0) * state.units_left // state.sold.quantity for line, state in staying.items()
    )
    if basis >= part.threshold_fen:
        return None
    lost = {line: state.discounts.get(part.id, 0) for line, state in staying.items()}
    kept = pool.keep(sum(lost.values()))
    moves = tuple(_move(kept, lost, part.id))
    return Deduction(
        "recalculation", part.reference, f"未达优惠条件：{part.sentence}", sum(kept.values()), kept, moves
    )


def _keep_gift(
    gift: SoldLine, states: Mapping[str, LineState], returned: set[str], pool: _Pool
) -> Deduction | None:
    """Keep the value of a gift whose goods have all come back while it stays."""
    state = states[gift.line]
    earned = [states[line] for line in gift.gift_for]
    if any(one.units_left for one in earned) or returned.isdisjoint(gift.gift_for) or not state.units_left:
        return None
    value = gift.gift_value_fen * state.units_left
    kept = pool.keep(value)
    moves = tuple(Move(tender, gift.line, fen) for tender, fen in kept.items())
    return Deduction("gift", gift.line, "赠品未退回", sum(kept.values()), kept, moves)


def _move(kept: Mapping[int, int], lost: Mapping[str, int], discount: int) -> list[Move]:
    """Split what was kept over the lines that lose a discount, by what is still lost there."""
    left, moves = dict(lost), []
    for tender, fen in kept.items():
        for line, part in _split(fen, left).items():
            left[line] -= part
            if part:
                moves.append(Move(tender, line, part, discount))
    return moves


def _split(amount: int, left: Mapping[K, int]) -> dict[K, int]:
    parts = money.split(amount, list(left.values()))
    return dict(zip(left, parts, strict=True))

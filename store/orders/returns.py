"""Returns (退货): a part of a paid order comes back, each share the way it was paid.

Money goes back against its attempt, stored value to its account, points to their lots, coupons by their terms. Points
that the part earned are taken back by the event.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from store.core import errors, money
from store.core.database import db
from store.coupons import redemption_records
from store.coupons import redemptions as coupon_redemptions
from store.orders import (
    counting,
    locks,
    money_back,
    return_calculation,
    return_records,
    snapshots,
    sold_orders,
    stock_holds,
)
from store.orders import requests as order_requests
from store.orders.money_back import Way
from store.orders.requests import ReturnLine, ReturnRequest
from store.orders.return_calculation import Deduction, ReturnedLine, ReturnShares
from store.orders.sold_orders import SoldOrder
from store.orders.tables import Order, OrderLine, OrderTender
from store.points import order_accrual, reversals
from store.points import payments as point_payments
from store.points.reversals import PointReversal
from store.pricing.price import FREIGHT_LINE
from store.stored_value import payments as stored_value_payments

__all__ = ["OrderReturn", "ReturnLine", "ReturnPrice", "ReturnRequest", "get", "give_back", "preview"]


@dataclass(frozen=True)
class ReturnPrice:
    """What a return would give: `money_by_attempt`, stored value and points in fen, after the deductions.

    `total_fen` is what was paid for the goods. `coupons_back` are the codes that come back or are forfeited by their
    terms, `points_taken_back` what the returned part has earned.
    """

    lines: tuple[ReturnedLine, ...]
    list_fen: int
    discount_fen: int
    total_fen: int
    deductions: tuple[Deduction, ...]
    money_by_attempt: Mapping[str, int]
    stored_value_fen: int
    points_fen: int
    coupons_back: tuple[str, ...]
    points_taken_back: int

    @property
    def money_fen(self) -> int:
        return sum(self.money_by_attempt.values())

    @property
    def refund_fen(self) -> int:
        return self.money_fen + self.stored_value_fen + self.points_fen


@dataclass(frozen=True)
class OrderReturn:
    """A return that was made: its row, and what went back after deductions."""

    order: Order
    original: Order
    money_by_attempt: Mapping[str, int]
    stored_value_fen: int
    points_fen: int
    deducted_fen: int

    @property
    def number(self) -> str:
        return str(self.order.return_number)

    @property
    def refund_fen(self) -> int:
        return sum(self.money_by_attempt.values()) + self.stored_value_fen + self.points_fen


def preview(request: ReturnRequest) -> ReturnPrice:
    """Return what a return would give back now. Raises DomainError(return_exceeds, order_unpaid)."""
    order_requests.check_return(request)
    order = locks.get(request.order_number)
    return _to_price(order, *_calculate(order, request))


@db.transactional
def give_back(*, request: ReturnRequest, expected_fen: int | None = None) -> OrderReturn:
    """Return a part of an order. Idempotent by order and return number.

    Raises DomainError: return_exceeds, order_unpaid, or price_changed if what goes back differs from `expected_fen`.
    """
    order_requests.check_return(request)
    order = locks.lock(request.order_number)
    before = _find_existing(order, request)
    if before is not None:
        return _read(order, before)
    sold, shares = _calculate(order, request)
    price = _to_price(order, sold, shares)
    if expected_fen is not None and expected_fen != price.refund_fen:
        sentence = f"应退金额已变为 {money.yuan(price.refund_fen)} 元，请确认后重新提交"
        raise errors.DomainError("price_changed", sentence, 409, refund_fen=price.refund_fen)
    spend = _spend_fen(order, shares)
    row = return_records.write(
        order,
        request,
        order_requests.hash_return(request),
        shares,
        spend_fen=spend,
        money_fen=price.money_fen,
    )
    stock_holds.take_back(order, request.lines, request.number)
    _give(order, row, request, shares, price)
    lines = _event_lines(order, sold, shares)
    counting.record_returned(order, row, spend_fen=spend, refund_fen=price.refund_fen, lines=lines)
    return _read(order, row)


def count_returned_units(order: Order) -> dict[str, int]:
    """Return by line how many units have come back."""
    units: dict[str, int] = {}
    for returned in Order.find_all(original=order.id):
        for row in OrderLine.find_all(order=returned.id):
            units[row.line] = units.get(row.line, 0) + row.quantity
    return units


def read_fen_left(order: Order) -> int:
    """Return how much of what was paid for the lines of an order can still be returned, in fen."""
    return sum(state.fen_left for state in sold_orders.replay(return_records.read(order)).values())


def get(*, order_number: str, number: str) -> OrderReturn:
    """Return a return of an order. Raises DomainError(not_found)."""
    order = locks.get(order_number)
    row = Order.find(original=order.id, return_number=number)
    if row is None:
        raise errors.not_found("该退单")
    return _read(order, row)


def _calculate(order: Order, request: ReturnRequest) -> tuple[SoldOrder, ReturnShares]:
    locks.ensure_state(order, "paid", "completed")
    sold = return_records.read(order)
    return sold, return_calculation.calculate(sold, request.lines, request.fee_fen, request.fee_sentence)


def _find_existing(order: Order, request: ReturnRequest) -> Order | None:
    """Return the earlier return of a number. Raises DomainError(key_reused) if it was another one."""
    found = Order.find(original=order.id, return_number=request.number)
    if found is not None and found.request_hash != order_requests.hash_return(request):
        raise errors.DomainError("key_reused", "该退货单号已用于另一次退货", 422, key=request.number)
    return found


def _to_price(order: Order, sold: SoldOrder, shares: ReturnShares) -> ReturnPrice:
    tenders = snapshots.list_tenders(order)
    total = sum(line.goods_fen for line in shares.lines)
    list_fen = sum(line.list_fen for line in shares.lines)
    return ReturnPrice(
        lines=shares.lines,
        list_fen=list_fen,
        discount_fen=list_fen - total,
        total_fen=total,
        deductions=shares.deductions,
        money_by_attempt=_money_by_attempt(tenders, {one.id: shares.refund_fen(one.id) for one in tenders}),
        stored_value_fen=sum(shares.refund_fen(one.id) for one in tenders if one.kind == "stored_value"),
        points_fen=sum(shares.refund_fen(one.id) for one in tenders if one.kind == "points"),
        coupons_back=_list_coupons_back(order, shares),
        points_taken_back=_points_taken_back(order, _event_lines(order, sold, shares)),
    )


def _money_by_attempt(tenders: list[OrderTender], refund_fen: Mapping[int, int]) -> dict[str, int]:
    return {
        tender.reference: refund_fen[tender.id]
        for tender in tenders
        if tender.attempt_id is not None and refund_fen.get(tender.id)
    }


def _list_coupons_back(order: Order, shares: ReturnShares) -> tuple[str, ...]:
    """Return the codes of the used coupons whose last line comes back with this return."""
    return tuple(
        use.coupon.code
        for use in redemption_records.list_for_order(order.number)
        if use.state == "used" and shares.lines_back.issuperset(use.amounts_by_line)
    )


def _points_taken_back(order: Order, lines: list[dict[str, Any]]) -> int:
    """Return how many spendable points the event of this return will take back."""
    parts, taken = {one["line"]: (one["part"], one["whole"]) for one in lines}, 0
    for entry in order_accrual.list_entries(order.number):
        if entry.order_line in parts and entry.account.group.spendable:
            earlier = list(
                PointReversal.select().where(PointReversal.entry == entry).order_by(PointReversal.id)
            )
            back = [*((row.numerator, row.denominator) for row in earlier), parts[entry.order_line]]
            share = reversals.returned_share(back, value=entry.value)
            taken += int(entry.value * share) - sum(row.value for row in earlier)
    return taken


def _give(order: Order, row: Order, request: ReturnRequest, shares: ReturnShares, price: ReturnPrice) -> None:
    """Give coupons, points, stored value and money back. A share of 0 makes no row."""
    number = request.number
    if shares.lines_back:
        coupon_redemptions.refund(
            order_number=order.number, return_number=number, lines_back=shares.lines_back
        )
    if price.points_fen:
        point_payments.refund(order_number=order.number, return_number=number, amount_fen=price.points_fen)
    if price.stored_value_fen:
        stored_value_payments.refund(
            order_number=order.number, return_number=number, amount_fen=price.stored_value_fen,
            reason=request.reason,
        )  # fmt: skip
    way = Way(
        request.reason.strip() or "退货", request.money_by == "cash", request.card_reference, request.terminal_id,
        request.cashier_id,
    )  # fmt: skip
    for place, (attempt, fen) in enumerate(price.money_by_attempt.items(), start=1):
        money_back.give(number=f"{row.number}R{place}", attempt_number=attempt, amount_fen=fen, way=way)


def _spend_fen(order: Order, shares: ReturnShares) -> int:
    """Return what was received for the returned part, in all returns at most what was received for the order."""
    counted = sum(row.spend_fen for row in return_records.list_returns(order))
    spend = counting.spend_fen(snapshots.list_tenders(order), shares.tenders)
    return min(spend, order.spend_fen - counted)


def _event_lines(order: Order, sold: SoldOrder, shares: ReturnShares) -> list[dict[str, Any]]:
    """Return each returned line as a part of what was counted: pieces, or fen once an amount was refunded on it."""
    rows = return_records.list_returns(order)
    before = len([row for row in rows if row.id <= order.counted_after_id])
    states = sold_orders.replay(SoldOrder(sold.lines, sold.discounts, sold.tenders, sold.returns[:before]))
    by_amount = {line for past in sold.returns[before:] for line, units in past.units.items() if not units}
    found = []
    for line in shares.lines:
        if line.line == FREIGHT_LINE:
            continue
        counted = states[line.line]
        part, whole = line.units, counted.units_left
        if not line.units or line.line in by_amount:
            part, whole = _part_in_fen(line, sold, before, counted.fen_left)
        if part > 0:
            found.append({"line": line.line, "part": part, "whole": whole})
    return found


def _part_in_fen(line: ReturnedLine, sold: SoldOrder, before: int, whole: int) -> tuple[int, int]:
    back = sum(shares.get(line.line, 0) for past in sold.returns[before:] for shares in past.tenders.values())
    return min(line.goods_fen, whole - back), whole


def _read(order: Order, row: Order) -> OrderReturn:
    tenders, back = snapshots.list_tenders(order), return_records.refunds_by_tender(row)
    return OrderReturn(
        order=row,
        original=order,
        money_by_attempt=_money_by_attempt(tenders, back),
        stored_value_fen=sum(back.get(one.id, 0) for one in tenders if one.kind == "stored_value"),
        points_fen=sum(back.get(one.id, 0) for one in tenders if one.kind == "points"),
        deducted_fen=sum(one.fen for one in return_records.list_deductions(row)),
    )

"""What an order counts for (计入): the events by which points, spend and reports learn of it.

An order counts when it is paid or, by its kind, when it is completed. Returns before that are left out of it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from store.core import clock, events
from store.orders import settings as order_settings
from store.orders import snapshots
from store.orders.tables import Order, OrderLine, OrderTender
from store.payments import kinds as payment_kinds
from store.pricing.price import FREIGHT_LINE

Flags = Mapping[str, tuple[bool, bool]]  # received and earns, by payment kind
_BONUS = "stored_value_bonus"


def record_paid(order: Order) -> None:
    """Record `orders.paid`. An order that counts when it is paid counts now. Requires the order's lock."""
    _record("orders.paid", order, order.number, counts=_count(order, "paid"))


def record_completed(order: Order) -> None:
    """Record `orders.completed`. An order that did not count yet counts now. Requires the order's lock."""
    _record("orders.completed", order, order.number, counts=_count(order, "completed"))


def record_attached(order: Order) -> None:
    """Record `orders.member_attached` with what `orders.paid` would carry now. Requires the order's lock."""
    order.update_fields(counted_at=clock.now(), counted_after_id=_latest_return_id(order))
    _record("orders.member_attached", order, order.number, counts=True)


def record(kind: str, order: Order, **properties: Any) -> None:
    """Record another event of an order. Requires a transaction."""
    events.record(
        kind, customer_id=_customer_id(order), member_id=order.member_id, shop_id=order.shop_id,
        number=order.number, order_kind=order.kind, source=order.source, **properties,
    )  # fmt: skip


def record_returned(
    order: Order, returned: Order, *, spend_fen: int, refund_fen: int, lines: list[dict[str, Any]]
) -> None:
    """Record `orders.returned`. Requires the order's lock."""
    events.record(
        "orders.returned",
        customer_id=_customer_id(order),
        member_id=order.member_id,
        shop_id=order.shop_id,
        unique_key=f"{order.number}:{returned.return_number}",
        number=order.number,
        return_number=returned.return_number,
        spend_fen=spend_fen,
        refund_fen=refund_fen,
        lines=lines,
        counts=order.counted_at is not None,
    )


def read_flags() -> Flags:
    """Return by payment kind whether it is received (实收) and whether it earns points."""
    return payment_kinds.flags()


def spend_fen(tenders: Iterable[OrderTender], shares: Mapping[int, Mapping[str, int]]) -> int:
    """Return what is received (实收) for goods, of shares by tender and line. A freight is no spend."""
    flags = read_flags()
    return sum(
        fen
        for tender in tenders
        for line, fen in received_shares(tender, shares.get(tender.id, {}), flags).items()
        if line != FREIGHT_LINE
    )


def received_shares(
    tender: OrderTender, shares: Mapping[str, int], flags: Flags, flag: int = 0
) -> dict[str, int]:
    """Return which part of these shares of a tender is received, or with `flag` 1 which part earns."""
    if tender.kind != "stored_value":
        return dict(shares) if flags[tender.kind][flag] else {}
    found = {}
    for line, fen in shares.items():
        bonus = _bonus_part(tender, line, fen)
        found[line] = (fen - bonus if flags["stored_value"][flag] else 0) + (
            bonus if flags[_BONUS][flag] else 0
        )
    return found


def _count(order: Order, moment: str) -> bool:
    if order.counted_at is not None or (
        moment == "paid" and order_settings.counts_when(order.kind) != "paid"
    ):
        return False
    order.update_fields(counted_at=clock.now(), counted_after_id=_latest_return_id(order))
    return True


def _record(kind: str, order: Order, key: str, *, counts: bool) -> None:
    events.record(
        kind,
        customer_id=_customer_id(order),
        member_id=order.member_id,
        shop_id=order.shop_id,
        unique_key=key,
        **_payload(order),
        counts=counts,
    )


def _payload(order: Order) -> dict[str, Any]:
    flags, lines = read_flags(), snapshots.list_lines(order)
    tenders = snapshots.list_tenders(order)
    returns = Order.find_all(original=order.id)
    left = _left_by_tender(returns, tenders)
    return {
        "number": order.number,
        "kind": order.kind,
        "source": order.source,
        "paid_at": order.paid_at,
        "shop_groups": [],
        "freight_fen": order.freight_fen,
        "lines": _line_facts(lines, tenders, left, _units_back(returns), flags),
        "tenders": [fact for tender in tenders for fact in _tender_facts(tender, left[tender.id], flags)],
    }


def _left_by_tender(returns: Iterable[Order], tenders: Iterable[OrderTender]) -> dict[int, dict[str, int]]:
    """Return the shares of each tender without those that have come back."""
    left = {tender.id: dict(tender.shares) for tender in tenders}
    back = (row for one in returns for row in OrderTender.find_all(order=one.id))
    for returned in back:
        for line, fen in returned.shares.items():
            shares = left[returned.original_id]
            shares[line] = max(shares.get(line, 0) - fen, 0)
    return left


def _line_facts(
    lines: Iterable[OrderLine],
    tenders: Iterable[OrderTender],
    left: Mapping[int, Mapping[str, int]],
    back: Mapping[str, int],
    flags: Flags,
) -> list[dict[str, Any]]:
    found = []
    for line in lines:
        quantity = line.quantity - back.get(line.line, 0)
        if quantity and not line.is_freight:
            mine = {tender.id: {line.line: left[tender.id].get(line.line, 0)} for tender in tenders}
            sums = [
                sum(
                    received_shares(tender, mine[tender.id], flags, flag).get(line.line, 0)
                    for tender in tenders
                )
                for flag in (0, 1)
            ]
            found.append(
                {
                    "line": line.line, "product": line.product, "categories": line.categories,
                    "quantity": quantity, "paid_fen": sum(one[line.line] for one in mine.values()),
                    "spend_fen": sums[0], "earning_fen": sums[1], "gift": bool(line.gift_for),
                }
            )  # fmt: skip
    return found


def _units_back(returns: Iterable[Order]) -> dict[str, int]:
    back: dict[str, int] = {}
    for returned in (row for one in returns for row in OrderLine.find_all(order=one.id)):
        back[returned.line] = back.get(returned.line, 0) + returned.quantity
    return back


def _tender_facts(tender: OrderTender, left: Mapping[str, int], flags: Flags) -> list[dict[str, Any]]:
    """Return what a tender paid for goods, so that the tenders of an event sum to its lines."""
    goods = {line: fen for line, fen in left.items() if line != FREIGHT_LINE}
    total = sum(goods.values())
    amounts = {tender.kind: total}
    if tender.kind == "stored_value" and tender.bonus_fen:
        bonus = sum(_bonus_part(tender, line, fen) for line, fen in goods.items())
        amounts = {"stored_value": total - bonus, _BONUS: bonus}
    return [
        {
            "kind": kind, "method": tender.reference, "amount_fen": fen,
            "received": flags[kind][0], "earns": flags[kind][1],
        }
        for kind, fen in amounts.items()
        if fen
    ]  # fmt: skip


def _bonus_part(tender: OrderTender, line: str, fen: int) -> int:
    """Return how much of an amount of stored value on a line is bonus, rounded down."""
    whole, bonus = tender.shares.get(line, 0), tender.bonus_shares.get(line, 0)
    return min(bonus * fen // whole, bonus) if whole else 0


def _customer_id(order: Order) -> int | None:
    if order.member is not None:
        return int(order.member.customer_id)
    return None if order.customer_id is None else int(order.customer_id)


def _latest_return_id(order: Order) -> int:
    return max((one.id for one in Order.find_all(original=order.id)), default=0)

"""Order events (订单入账): orders as a channel reports them (till, own shop, Tmall …), and what they earn.

The channel reports an order; the relay posts it. A return before its order, or of an unknown order, is retried and
ends in the dead-letter queue.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, TypeVar

from pydantic import Field, TypeAdapter, ValidationError, with_config

from store import purchases
from store.core import clock, errors, events, validation
from store.core.database import db
from store.core.events import Event
from store.customers import members
from store.customers.members import Member
from store.points import accrual, order_accrual, points, reversals
from store.points.accrual import STRICT, Code, Fen
from store.points.order_accrual import PaidOrder
from store.points.reversals import ReturnedLine
from store.purchases import Purchase

T = TypeVar("T")
MAX_CLOCK_SKEW = timedelta(days=1)  # a till's clock may be wrong, but not by more


@with_config(STRICT)
@dataclass(frozen=True)
class ReturnedOrder:
    """The returned lines of an order; `number` is the return's own, unique per order."""

    order_number: Code
    number: Code
    lines: Annotated[tuple[ReturnedLine, ...], Field(min_length=1, max_length=500)]
    refunded_fen: Fen
    source: Annotated[str, Field(max_length=30)] = ""


_paid_adapter, _returned_adapter = TypeAdapter(PaidOrder), TypeAdapter(ReturnedOrder)


@db.transactional
def report_paid(*, member: Member, order: PaidOrder) -> Event:
    """Record `orders.paid`. Idempotent by order number, also across channels.

    Raises DomainError(key_reused) if the order was reported with another amount or for another member.
    """
    member, facts = members.lock(member.id), _serialize(_paid_adapter, order)
    if order.paid_at > clock.now() + MAX_CLOCK_SKEW:
        raise errors.invalid("paid_at", "支付时间不能晚于现在")
    accrual.eligible_amounts(order.lines, order.payments)  # rejects what does not add up
    purchases.find_existing(member=member, order_number=order.number, paid_fen=order.paid_fen)
    existing = _find_existing("orders.paid", order.number)
    if existing is None:
        members.ensure_open(member)
        return _record_event("orders.paid", member, order.number, {**facts, "at": order.paid_at})
    if not _is_of_member(existing, member) or _parse_order(existing).paid_fen != order.paid_fen:
        raise errors.DomainError("key_reused", "该订单号已用于另一笔消费", 422, key=order.number)
    return existing


@db.transactional
def report_returned(*, member: Member, returned_order: ReturnedOrder) -> Event:
    """Record `orders.returned`. Idempotent by order and return number.

    Raises DomainError(not_found) if the order was reported for another member.
    """
    member, facts = members.lock(member.id), _serialize(_returned_adapter, returned_order)
    reversals.merge_lines(returned_order.lines)  # rejects what is more than the whole
    paid = _find_existing("orders.paid", returned_order.order_number)
    if paid is not None and not _is_of_member(paid, member):
        raise errors.not_found("该会员的这笔消费")
    key = ":".join(
        points.escape_key_part(part) for part in (returned_order.order_number, returned_order.number)
    )
    existing = _find_existing("orders.returned", key)
    if existing is None:
        return _record_event("orders.returned", member, key, facts)
    same_refund = existing.properties["refunded_fen"] == returned_order.refunded_fen
    if not _is_of_member(existing, member) or not same_refund:
        raise errors.DomainError("key_reused", "该退货单号已用于另一次退货", 422, key=returned_order.number)
    return existing


def post_order(event: Event) -> None:
    """Post the order of an event. An order without a member, or one that does not count yet, earns nothing."""
    if event.member_id is not None and _counts(event):
        order_accrual.post_order_without_result(member_id=event.member_id, order=_parse_order(event))


def post_orders(paid_events: Sequence[Event]) -> None:
    """Post the orders of many events."""
    order_accrual.post_orders(
        [
            (event.member_id, _parse_order(event))
            for event in paid_events
            if event.member_id is not None and _counts(event)
        ]
    )


def earned_points(order_number: str) -> int:
    """Return what an order has earned, or will earn once the relay has posted it."""
    entries = order_accrual.list_entries(order_number)
    if entries:
        return sum(entry.value for entry in entries if entry.account.group.spendable)
    event = _find_existing("orders.paid", order_number)
    if event is None or event.member_id is None or not _counts(event):
        return 0
    lines = order_accrual.preview_order(member=Member.get_by_id(event.member_id), order=_parse_order(event))
    return sum(line.value for line in lines if line.rule.group.spendable)


def unposted_points(order_number: str) -> int:
    """Return what an order will earn that the balance of its member does not contain yet."""
    return 0 if order_accrual.list_entries(order_number) else earned_points(order_number)


def post_return(event: Event) -> None:
    """Take back what the returned lines of an event earned. A return without a member is passed over.

    Raises DomainError for an order that is not posted yet, so that the relay retries, and for lines that it does not
    have: their points would stay while the money goes back.
    """
    if event.member_id is None or not _counts(event):
        return
    returned, member = _parse_return(event), members.survivor(Member.get_by_id(event.member_id))
    purchase = Purchase.find(order_number=returned.order_number)
    if purchase is None or purchase.member_id != member.id:
        raise errors.not_found("该会员的这笔消费")
    strange = _unknown_lines(member, returned)
    if strange:
        raise errors.invalid("lines", f"订单 {returned.order_number} 没有这些行：{'、'.join(strange)}")
    order_accrual.post_return(
        order_number=returned.order_number,
        number=returned.number,
        lines=returned.lines,
        refunded_fen=returned.refunded_fen,
    )


def _unknown_lines(member: Member, returned_order: ReturnedOrder) -> list[str]:
    """Return the returned lines that the order does not have, as far as it was reported."""
    paid = _find_existing("orders.paid", returned_order.order_number)
    if paid is None or not _is_of_member(paid, member):
        return []
    known = {line.line for line in _parse_order(paid).lines}
    return sorted({line.line for line in returned_order.lines} - known)


def _find_existing(kind: str, key: str) -> Event | None:
    """Return the earlier event of a reported order or return, or None."""
    return Event.find(kind=kind, key=key)


def _is_of_member(event: Event, member: Member) -> bool:
    return bool(event.customer_id == member.customer_id)


def _record_event(kind: str, member: Member, key: str, properties: Mapping[str, Any]) -> Event:
    return events.record(
        kind, customer_id=member.customer_id, member_id=member.id, unique_key=key, **properties
    )


def _counts(event: Event) -> bool:
    """Return whether points follow an event now: the order counts, and something of it is left."""
    is_our_own = "counts" in event.properties
    return not is_our_own or bool(event.properties["counts"] and event.properties["lines"])


def _parse_order(event: Event) -> PaidOrder:
    """Return the order of an event with the event's shop."""
    facts = event.properties
    if "tenders" in facts:  # an order of our own, which knows spend and earning of each line
        payments = [
            {"method": one["kind"], "amount_fen": one["amount_fen"], "earns": one["earns"]}
            for one in facts["tenders"]
        ]
        facts = {**{name: facts[name] for name in ("number", "paid_at", "lines", "shop_groups", "source")},
                 "payments": payments}  # fmt: skip
    return _parse(_paid_adapter, {**facts, "shop_id": event.shop_id})


def _parse_return(event: Event) -> ReturnedOrder:
    facts = event.properties
    if "return_number" in facts:
        lines = [
            {"line": one["line"], "numerator": one["part"], "denominator": one["whole"]}
            for one in facts["lines"]
        ]
        facts = {
            "order_number": facts["number"], "number": facts["return_number"], "lines": lines,
            "refunded_fen": facts["spend_fen"],
        }  # fmt: skip
    return _parse(_returned_adapter, facts)


def _serialize(adapter: TypeAdapter[T], value: T) -> dict[str, Any]:
    """Return the values as JSON that `_parse` accepts."""
    facts = adapter.dump_python(value, mode="json", warnings=False)
    _parse(adapter, facts)
    return facts


def _parse(adapter: TypeAdapter[T], properties: Mapping[str, Any]) -> T:
    try:
        return adapter.validate_python(properties)
    except ValidationError as error:
        raise validation.to_domain_error(error) from None

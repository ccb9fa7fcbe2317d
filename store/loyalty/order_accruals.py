"""Order accruals (订单入账): orders as a channel tells them (till, own shop, Tmall …), and what follows in the club.

Whoever has the order tells it; that it is booked and undone follows through the relay. A return that comes
before its order, or of an order that nobody told, waits for the relay's tries and then lies in the dead list.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, TypeVar

from pydantic import Field, TypeAdapter, ValidationError, with_config

from store.kernel import clock, db, events, refusals, validation
from store.kernel.events import Event
from store.loyalty import accrual, accruals, point_returns, purchases
from store.loyalty.accrual import TOLD, Code, Fen
from store.loyalty.accruals import PaidOrder
from store.loyalty.point_returns import ReturnedLine
from store.loyalty.purchases import Purchase
from store.people import members
from store.people.members import Member

T = TypeVar("T")
AHEAD = timedelta(days=1)  # a till's clock may be wrong, but not by more


@with_config(TOLD)
@dataclass(frozen=True)
class ReturnedOrder:
    """What came back of an order; `number` is the return's own, once an order."""

    order_number: Code
    number: Code
    lines: Annotated[tuple[ReturnedLine, ...], Field(min_length=1, max_length=500)]
    refunded_fen: Fen
    source: Annotated[str, Field(max_length=30)] = ""


_paid, _returned = TypeAdapter(PaidOrder), TypeAdapter(ReturnedOrder)


@db.verb
def tell_paid(*, member: Member, order: PaidOrder) -> Event:
    """Say that a member paid an order: `orders.paid`. Told again, by another channel too, it is the same event."""
    member, facts = members.locked(member.id), _facts(_paid, order)
    if order.paid_at > clock.now() + AHEAD:
        raise refusals.invalid("paid_at", "支付时间不能晚于现在")
    accrual.earning_fen(order.lines, order.payments)  # refuses what does not add up
    db.queue_for(f"order:{order.number}")
    purchases.before(member=member, order_number=order.number, paid_fen=order.paid_fen)
    told = _told("orders.paid", member, number=order.number)
    if told is None:
        return _record("orders.paid", member, {**facts, "at": order.paid_at})
    if _order(told).paid_fen != order.paid_fen:
        raise refusals.Refused("key_reused", "该订单号已用于另一笔消费", 422, key=order.number)
    return told


@db.verb
def tell_returned(*, member: Member, returned: ReturnedOrder) -> Event:
    """Say that a member gave back lines of an order: `orders.returned`; told again it is the same event."""
    member, facts = members.locked(member.id), _facts(_returned, returned)
    point_returns.summed(returned.lines)  # refuses what is more than the whole
    db.queue_for(f"order:{returned.order_number}")
    same = {"order_number": returned.order_number, "number": returned.number}
    told = _told("orders.returned", member, **same)
    if told is None:
        return _record("orders.returned", member, facts)
    if told.properties["refunded_fen"] != returned.refunded_fen:
        raise refusals.Refused("key_reused", "该退货单号已用于另一次退货", 422, key=returned.number)
    return told


def book(event: Event) -> None:
    """Reaction to `orders.paid`: enter the order and what it earns; an order of nobody we know earns nothing."""
    if event.member_id is not None:
        accruals.enter(member_id=event.member_id, order=_order(event))


def book_all(some: Sequence[Event]) -> None:
    """The same for many events."""
    accruals.enter_all([(event.member_id, _order(event)) for event in some if event.member_id is not None])


def reverse(event: Event) -> None:
    """Reaction to `orders.returned`: undo what the returned lines brought.

    Refuses an order that is not booked yet, so that the relay comes back to it, and lines that it does not
    have: their points would stay while the money goes back.
    """
    returned, member = _read(_returned, event.properties), members.survivor(Member.get_by_id(event.member_id))
    purchase = Purchase.find(order_number=returned.order_number)
    if purchase is None or purchase.member_id != member.id:
        raise refusals.not_found("该会员的这笔消费")
    strange = _strange_lines(member, returned)
    if strange:
        raise refusals.invalid("lines", f"订单 {returned.order_number} 没有这些行：{'、'.join(strange)}")
    accruals.reverse(
        order_number=returned.order_number,
        number=returned.number,
        lines=returned.lines,
        refunded_fen=returned.refunded_fen,
    )


def _strange_lines(member: Member, returned: ReturnedOrder) -> list[str]:
    """The lines that come back and are none of the order's, as far as anybody told which it has."""
    told = _told("orders.paid", member, number=returned.order_number)
    known = {line.line for line in _order(told).lines} if told else None
    return [] if known is None else sorted({line.line for line in returned.lines} - known)


def _told(kind: str, member: Member, **same: str) -> Event | None:
    """The event in which these numbers were told of the member before."""
    mine = (Event.customer_id == member.customer_id) & (Event.kind == kind)
    named = Event.properties.cast("text").contains(json.dumps(same["number"], ensure_ascii=False))
    return next(
        (row for row in Event.select().where(mine & named) if same.items() <= row.properties.items()), None
    )


def _record(kind: str, member: Member, facts: Mapping[str, Any]) -> Event:
    return events.record(kind, customer_id=member.customer_id, member_id=member.id, **facts)


def _order(event: Event) -> PaidOrder:
    """The order that an event tells of; its shop is the event's own."""
    return _read(_paid, {**event.properties, "shop_id": event.shop_id})


def _facts(adapter: TypeAdapter[T], told: T) -> dict[str, Any]:
    """What is told, in the words of the event, which its reader will accept."""
    facts = adapter.dump_python(told, mode="json", warnings=False)
    _read(adapter, facts)
    return facts


def _read(adapter: TypeAdapter[T], facts: Mapping[str, Any]) -> T:
    try:
        return adapter.validate_python(facts)
    except ValidationError as error:
        raise validation.refusal(error) from None


events.follows_many(book, book_all)

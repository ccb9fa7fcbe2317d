"""Notifications (自动消息): which message follows which event. A further one is one row of `NOTIFICATIONS`.

Each row is a subscriber that writes message rows in the transaction that marks its delivery done, so an event has its
messages exactly once, or none if they are out of date by then.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from store.core import money
from store.core.events import Event, Subscriber
from store.coupons.coupons import Coupon
from store.customers import members
from store.customers.members import Member
from store.membership import payer_claims, phone_claims
from store.membership.payer_claims import PayerClaim
from store.membership.phone_claims import PhoneClaim
from store.messages import (
    booking_variables,
    card_variables,
    expiry_reminders,
    kinds,
    messages,
    prize_variables,
    refund_variables,
)
from store.messages.kinds import MessageKind
from store.messages.messages import NewMessage
from store.orders import fulfilments, snapshots
from store.orders.tables import Order
from store.points.ledger import PointAccount, PointGroup
from store.shops.shops import Shop
from store.stored_value import accounts
from store.tenants import branding, business_days
from store.tiers import tiers
from store.tiers.tiers import Tier

Variables = Mapping[str, str] | None
ReadVariables = Callable[[Event], Variables]
ReadMany = Callable[[Sequence[Event]], Mapping[int, Variables]]  # by the id of the event


@dataclass(frozen=True)
class Notification:
    """`read` returns the variables of the message of an event, or None if it needs no message by now.

    `read_many` does so for many events in a few queries. `own_name` tells a second message of an event from the first.
    """

    event: str
    kind: str
    read: ReadVariables = lambda event: {}
    read_many: ReadMany | None = None
    own_name: str = ""

    @property
    def subscriber_name(self) -> str:
        return f"notifications.{self.own_name or self.event}"


def subscribers() -> dict[str, tuple[Subscriber, ...]]:
    """Return the subscribers of all notifications by the kind of event."""
    found: dict[str, tuple[Subscriber, ...]] = {}
    for row in NOTIFICATIONS:
        subscriber = Subscriber(row.subscriber_name, partial(_write, row), partial(_write_many, row))
        found[row.event] = (*found.get(row.event, ()), subscriber)
    return found


def _write(row: Notification, event: Event) -> None:
    _write_many(row, [event])


def _write_many(row: Notification, some: Sequence[Event]) -> None:
    kind = _kind_of(row)
    messages.write_many(kind, list(_new_messages(row, some)))


def _new_messages(row: Notification, some: Sequence[Event]) -> Iterable[NewMessage]:
    known = row.read_many(some) if row.read_many is not None else {}
    for event in some:
        if event.customer_id is None:
            continue
        variables = row.read(event) if row.read_many is None else known[event.id]
        if variables is not None:
            yield NewMessage(event.customer_id, f"event:{event.id}", {**_time_of(event), **variables})


def _kind_of(row: Notification) -> MessageKind:
    kind = kinds.find(row.kind)
    if kind is None:
        raise LookupError(f"no kind of message {row.kind}")
    return kind


def _time_of(event: Event) -> dict[str, str]:
    return {"时间": business_days.to_local(event.at).strftime("%Y-%m-%d %H:%M")}


def _format_yuan(fen: int) -> str:
    return f"{money.yuan(fen)}元"


def _format_day(event: Event) -> dict[str, str]:
    iso_day = event.properties["day"]
    _, month, day = iso_day.split("-")
    return {"到期日": f"{int(month)}月{int(day)}日", "到期日期": iso_day}


def _read_welcome(event: Event) -> Variables:
    member = Member.get_by_id(event.member_id)
    active = tiers.find_active(member)
    return {"等级": active.tier.name if active else "会员", "卡号": member.card_number or ""}


def _read_first_purchase(event: Event) -> Variables:
    return {"金额": _format_yuan(event.properties["paid_fen"]), "单号": event.properties["number"]}


def _read_points_earned(event: Event) -> Variables:
    group = PointGroup.find(id=event.properties["group_id"])
    if group is None:
        return None
    member = members.survivor(Member.get_by_id(event.member_id))
    account = PointAccount.find(member=member.id, group=group.id)
    return {
        "积分": str(event.properties["value"]), "积分名称": group.name,
        "当前积分": str(account.available if account else 0),
    }  # fmt: skip


def _read_coupon(event: Event) -> Variables:
    coupon = Coupon.find(id=event.properties["coupon_id"])
    if coupon is None or coupon.state != "issued":
        return None
    last_day = business_days.day_of(coupon.ends_at) if coupon.ends_at else None
    return {
        "券名称": coupon.rule.terms.name,
        "有效期至": last_day.isoformat() if last_day else "长期有效",
    }


def _read_points_left(some: Sequence[Event]) -> Mapping[int, Variables]:
    left = expiry_reminders.count_remaining(some)
    names = {group.id: group.name for group in PointGroup.select()}
    return {
        event.id: {
            "积分": str(left[event.id]), "积分名称": names[event.properties["group_id"]], **_format_day(event),
        } if left[event.id] and event.properties["group_id"] in names else None
        for event in some
    }  # fmt: skip


def _read_coupons_left(some: Sequence[Event]) -> Mapping[int, Variables]:
    left = expiry_reminders.count_remaining(some)
    return {
        event.id: {"张数": str(left[event.id]), **_format_day(event)} if left[event.id] else None
        for event in some
    }


def _read_tier(event: Event) -> Variables:
    member = Member.get_by_id(event.member_id)
    names = {row.code: row.name for row in Tier.find_all(programme=member.programme_id)}
    before, after = event.properties["before"], event.properties["after"]
    return {
        "原等级": names.get(before, before), "等级": names.get(after, after),
        "变更类型": "升级" if event.kind == "tiers.upgraded" else "降级",
    }  # fmt: skip


def _read_top_up(event: Event) -> Variables:
    principal_fen, bonus_fen = event.properties["principal_fen"], event.properties["bonus_fen"]
    return {
        "金额": _format_yuan(principal_fen + bonus_fen), "本金": _format_yuan(principal_fen),
        "赠金": _format_yuan(bonus_fen), "余额": _format_balance(event), "门店": _format_shop(event),
    }  # fmt: skip


def _read_stored_value(event: Event) -> Variables:
    amount = _format_yuan(event.properties["amount_fen"])
    return {"金额": amount, "余额": _format_balance(event), "门店": _format_shop(event)}


def _format_shop(event: Event) -> str:
    shop = Shop.find(id=event.shop_id) if event.shop_id is not None else None
    return shop.name if shop is not None else branding.read_name()


def _format_balance(event: Event) -> str:
    account = accounts.find_by_member(members.survivor(Member.get_by_id(event.member_id)))
    return _format_yuan(account.available_fen if account else 0)


def _read_phone_claim(event: Event) -> Variables:
    claim = PhoneClaim.find(id=event.properties["claim_id"])
    return {} if claim is not None and phone_claims.is_open(claim) else None


def _read_payer_claim(event: Event) -> Variables:
    claim = PayerClaim.find(id=event.properties["claim_id"])
    if claim is None or not payer_claims.is_open(claim):
        return None
    return {"问题": payer_claims.question(claim)}


def _read_order(event: Event) -> Variables:
    """Return the variables of a message about an order of the shop, None for one of a till."""
    order = Order.find(number=event.properties["number"])
    row = fulfilments.find(order) if order is not None else None
    if order is None or row is None:
        return None
    properties = event.properties
    back_fen = properties.get("surplus_fen", 0) or properties.get("refund_fen", 0)
    return {
        "门店": _format_shop(event), "金额": _format_yuan(order.total_fen), "单号": order.number,
        "商品": _format_goods(order), "取货码": row.pickup_code or "",
        "原因": properties.get("message") or order.close_reason, "快递": properties.get("message") or "由门店配送",
        "退款金额": _format_yuan(back_fen), "原金额": _format_yuan(properties.get("before_fen", 0)),
    }  # fmt: skip


def _read_arrival(event: Event) -> Variables:
    return {"门店": _format_shop(event), "商品": event.properties["name"]}


def _format_goods(order: Order) -> str:
    lines = [line for line in snapshots.list_lines(order) if not line.is_freight]
    units = sum(line.quantity for line in lines)
    return lines[0].name if units == 1 else f"{lines[0].name}等 {units} 件"


NOTIFICATIONS: tuple[Notification, ...] = (
    Notification("members.joined", "member_welcome", _read_welcome),
    Notification("members.first_purchase", "first_purchase", _read_first_purchase),
    Notification("points.earned", "points_earned", _read_points_earned),
    Notification("points.activated", "points_activated", read_many=_read_points_left),
    Notification("points.ending_soon", "points_expiring", read_many=_read_points_left),
    Notification("coupons.issued", "coupon_received", _read_coupon),
    Notification("coupons.ending_soon", "coupons_expiring", read_many=_read_coupons_left),
    Notification("tiers.upgraded", "tier_changed", _read_tier),
    Notification("tiers.downgraded", "tier_changed", _read_tier),
    Notification("top_ups.paid", "top_up_paid", _read_top_up),
    Notification("stored_value.spent", "stored_value_spent", _read_stored_value),
    Notification("stored_value.refunded", "stored_value_refunded", _read_stored_value),
    Notification("red_packets.sent", "red_packet_waiting", prize_variables.read_red_packet),
    Notification(
        "stored_value.refund_granted", "stored_value_refund_granted", refund_variables.read_refund_granted
    ),
    Notification(
        "stored_value.refund_rejected", "stored_value_refund_rejected", refund_variables.read_refund_rejected
    ),
    Notification("phone_claims.opened", "phone_claimed", _read_phone_claim),
    Notification("payer_claims.opened", "payer_claimed", _read_payer_claim),
    Notification("card_applications.submitted", "card_submitted", card_variables.read_application),
    Notification("card_applications.approved", "card_approved", card_variables.read_application),
    Notification("card_applications.rejected", "card_rejected", card_variables.read_application),
    Notification("card_applications.mailed", "card_mailed", card_variables.read_application),
    Notification("card_applications.received", "card_received", card_variables.read_application),
    Notification("physical_cards.lost", "card_lost", card_variables.read_card),
    Notification("physical_cards.reinstated", "card_reinstated", card_variables.read_card),
    Notification("physical_cards.replaced", "card_replaced", card_variables.read_card),
    Notification(
        "tiers.upgraded", "card_upgrade_due", card_variables.read_upgrade, own_name="card_upgrade_due"
    ),
    Notification("members.birthday", "birthday"),
    Notification("draws.won", "prize_won", prize_variables.read_win),
    Notification("draws.prize_given", "prize_shipped", prize_variables.read_prize_given),
    Notification("stock.arrived", "goods_arrived", _read_arrival),
    Notification("orders.awaiting_acceptance", "order_placed", _read_order),
    Notification("orders.accepted", "order_accepted", _read_order),
    Notification("orders.refused", "order_refused", _read_order),
    Notification("orders.ready", "order_ready", _read_order),
    Notification("orders.pickup_due", "order_pickup_due", _read_order),
    Notification("orders.shipped", "order_shipped", _read_order),
    Notification("orders.received", "order_received", _read_order),
    Notification("orders.closed", "order_closed", _read_order),
    Notification("orders.returned", "order_refunded", _read_order),
    Notification("orders.changed", "order_changed", _read_order),
    Notification("orders.surplus_refunded", "order_surplus_refunded", _read_order),
    Notification("appointments.requested", "appointment_requested", booking_variables.read_live_appointment),
    Notification("appointments.confirmed", "appointment_confirmed", booking_variables.read_live_appointment),
    Notification("appointments.rejected", "appointment_rejected", booking_variables.read_appointment),
    Notification("appointments.cancelled", "appointment_cancelled", booking_variables.read_appointment),
    Notification("appointments.expired", "appointment_expired", booking_variables.read_appointment),
    Notification(
        "appointments.reminder_due", "appointment_reminder", booking_variables.read_live_appointment
    ),
    Notification("appointments.no_show", "appointment_missed", booking_variables.read_appointment),
    Notification("queue_tickets.taken", "queue_taken", booking_variables.read_ticket),
    Notification("queue_tickets.near", "queue_near", booking_variables.read_ticket),
    Notification("queue_tickets.called", "queue_called", booking_variables.read_ticket),
    Notification("queue_tickets.skipped", "queue_skipped", booking_variables.read_ticket),
    Notification("reservations.submitted", "reservation_submitted", booking_variables.read_reservation),
    Notification("reservations.followed_up", "reservation_followed_up", booking_variables.read_reservation),
)

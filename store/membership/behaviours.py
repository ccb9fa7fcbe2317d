"""Behaviour records (行为记录): what customers did and what happened to their accounts, from the events."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from store.core import errors, listing
from store.core.database import db
from store.core.events import Event
from store.core.listing import Page
from store.customers import member_scope, member_search
from store.customers.customers import Customer
from store.customers.members import Member
from store.membership import member_list
from store.tenants import business_days
from store.tiers.tiers import Tier

# Of one customer by the time of the happening, of all in the order in which they were recorded: that has an index.
_SORTS_OF_ONE, _SORTS_OF_ALL = {"at": Event.at}, {"at": Event.id}

MAX_GOODS = 3  # of an order in the description of its record
_PROPERTIES = {
    "number": "单号", "order_number": "单号", "return_number": "退货单号", "coupon": "券码", "streak": "连续天数",
    "points": "积分", "day": "日期", "proof": "依据",
}  # fmt: skip

# Events that are not listed are technical: deliveries of messages, states of payments, requests to platforms.
LABELS = {
    "members.joined": "注册", "members.frozen": "会员冻结", "members.unfrozen": "会员解冻",
    "followers.created": "关注公众号", "followers.followed": "关注公众号", "followers.unfollowed": "取消关注",
    "orders.paid": "购买", "orders.returned": "退货", "check_ins.created": "签到", "make_ups.created": "补签",
    "coupons.issued": "领券", "coupons.used": "用券", "coupons.returned": "退券", "coupons.expired": "券过期",
    "coupons.voided": "券作废", "coupon_gifts.offered": "转赠优惠券", "coupon_gifts.accepted": "优惠券被领取",
    "coupon_gifts.declined": "转赠被婉拒", "coupon_gifts.cancelled": "收回转赠",
    "coupon_gifts.timed_out": "转赠超时退回",
    "tiers.joined": "等级变动", "tiers.upgraded": "升级", "tiers.retained": "保级", "tiers.downgraded": "降级",
    "top_ups.paid": "储值充值", "top_ups.refunded": "充值退款", "stored_value.spent": "储值消费",
    "stored_value.refunded": "储值消费退回", "stored_value.freeze": "储值冻结", "stored_value.unfreeze": "储值解冻",
    "stored_value.refund_requested": "申请储值退款", "stored_value.refund_granted": "同意储值退款",
    "stored_value.refund_rejected": "拒绝储值退款",
    "red_packets.sent": "收到红包", "red_packets.finished": "红包领取或退回",
    "favourites.added": "收藏门店", "favourites.removed": "取消收藏", "consents.given": "同意协议",
    "consents.ended": "撤回同意", "profiles.changed": "修改资料", "profiles.erased": "清除个人信息",
    "customers.merged": "合并客户", "customers.unmerged": "撤销合并", "phones.reassigned": "手机号转移",
    "phone_claims.opened": "手机号待确认", "phone_claims.accepted": "手机号已确认",
    "phone_claims.declined": "手机号未确认",
    "draws.won": "抽奖中奖", "draws.prize_given": "领取实物奖品",
    "closings.requested": "申请注销", "closings.cancelled": "撤回注销", "closings.finished": "注销",
}  # fmt: skip


@dataclass(frozen=True)
class BehaviourFilter:
    """Which records are listed. `since` and `until` are business days, both included.

    `search` is a card number, phone or whole name, `shop_id` where it happened. `shop_ids` are the shops that the
    caller sees, None for all: the records of customers who belong to them.
    """

    kind: str | None = None
    since: date | None = None
    until: date | None = None
    search: str = ""
    shop_id: int | None = None
    shop_ids: frozenset[int] | None = None


def list_page(criteria: BehaviourFilter, page: Page) -> tuple[list[Event], int]:
    """Return a page of the records of all customers, the latest first, and how many there are.

    Raises DomainError(invalid) for an unknown kind or sort.
    """
    query = _select(criteria)
    return listing.read_page(query, page, sorts=_SORTS_OF_ALL, default="-at", id_field=Event.id)


def list_page_of(customer: Customer, criteria: BehaviourFilter, page: Page) -> tuple[list[Event], int]:
    """Return a page of a customer's records, the latest first, and how many there are. Raises DomainError(invalid)."""
    query = _select(criteria).where(Event.customer_id == customer.id)
    return listing.read_page(query, page, sorts=_SORTS_OF_ONE, default="-at", id_field=Event.id)


def count_records(criteria: BehaviourFilter) -> int:
    """Return the number of records of all customers. Raises DomainError(invalid)."""
    return int(_select(criteria).count())


def iterate_records(criteria: BehaviourFilter) -> Iterator[Event]:
    """Yield the records of all customers, the latest first, and read them in batches. Raises DomainError(invalid)."""
    yield from listing.iterate_rows(_select(criteria), id_field=Event.id)


def read_members(records: Sequence[Event]) -> dict[int, Member]:
    """Return by customer id a member account, with its customer, of each customer of the records."""
    mine = (
        db.in_ids(Member.customer, [row.customer_id for row in records if row.customer_id])
        & Member.merged_into.is_null()
    )
    query = Member.select(Member, Customer).join(Customer).where(mine).order_by(Member.id.desc())
    return {member.customer_id: member for member in query}


def describe_properties(record: Event) -> str:
    """Describe what a record holds, for staff: numbers, points, and the first goods of an order."""
    held = record.properties
    facts = [f"{label} {held[name]}" for name, label in _PROPERTIES.items() if held.get(name)]
    if held.get("source"):
        facts.append(f"来源 {member_list.read_source_name(held['source'])}")
    lines = [line for line in held.get("lines") or [] if line.get("quantity")][:MAX_GOODS]
    goods = [f"{line.get('name') or line.get('product')} × {line['quantity']}" for line in lines]
    return "，".join([*facts, *goods])


def read_tier_names() -> dict[str, str]:
    """Return the names of the tiers of all programmes by their codes."""
    return {tier.code: tier.name for tier in Tier.select().order_by(Tier.id.desc())}


def describe_tiers(record: Event, names: Mapping[str, str]) -> str:
    """Return the tiers before and after a change of the tier, or an empty text."""
    if not record.kind.startswith("tiers."):
        return ""
    codes = (record.properties.get("before"), record.properties.get("after"))
    return " → ".join(names.get(code, code) for code in codes if code)


def _select(criteria: BehaviourFilter) -> Any:
    query = Event.select().where(Event.customer_id.is_null(False))
    for condition in _list_conditions(criteria):
        query = query.where(condition)
    return query


def _list_conditions(criteria: BehaviourFilter) -> Iterator[Any]:
    if criteria.kind is not None and criteria.kind not in LABELS:
        raise errors.invalid("kind", "没有这种行为类型")
    yield Event.kind.in_(list(LABELS)) if criteria.kind is None else Event.kind == criteria.kind
    if criteria.since is not None:
        yield Event.at >= business_days.start_of(criteria.since)
    if criteria.until is not None:
        yield Event.at < business_days.end_of(criteria.until)
    if criteria.search:
        yield Event.customer_id.in_(_select_customer_ids(member_search.select_member_ids(criteria.search)))
    if criteria.shop_id is not None:
        yield Event.shop_id == criteria.shop_id
    if criteria.shop_ids is not None:
        yield Event.customer_id.in_(_select_customer_ids(member_scope.select_member_ids(criteria.shop_ids)))


def _select_customer_ids(member_ids: Any) -> Any:
    return Member.select(Member.customer).where(Member.id.in_(member_ids))

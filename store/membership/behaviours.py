"""Behaviour records (行为记录): what a customer did and what happened to the account, from the events."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from store.core import errors, listing
from store.core.events import Event
from store.core.listing import Page
from store.customers.customers import Customer
from store.tenants import business_days

_SORTS = {"at": Event.at}

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
    "favourites.added": "收藏门店", "favourites.removed": "取消收藏", "consents.given": "同意协议",
    "consents.ended": "撤回同意", "profiles.changed": "修改资料", "profiles.erased": "清除个人信息",
    "customers.merged": "合并客户", "customers.unmerged": "撤销合并", "phones.reassigned": "手机号转移",
    "phone_claims.opened": "手机号待确认", "phone_claims.accepted": "手机号已确认",
    "phone_claims.declined": "手机号未确认",
    "closings.requested": "申请注销", "closings.cancelled": "撤回注销", "closings.finished": "注销",
}  # fmt: skip


@dataclass(frozen=True)
class BehaviourFilter:
    """Which records of a customer are listed. `since` and `until` are business days, both included."""

    kind: str | None = None
    since: date | None = None
    until: date | None = None


def list_page(customer: Customer, criteria: BehaviourFilter, page: Page) -> tuple[list[Event], int]:
    """Return a page of a customer's records, the latest first, and how many there are. Raises DomainError(invalid)."""
    query = Event.select().where(Event.customer_id == customer.id)
    for condition in _list_conditions(criteria):
        query = query.where(condition)
    return listing.read_page(query, page, sorts=_SORTS, default="-at", id_field=Event.id)


def _list_conditions(criteria: BehaviourFilter) -> Iterator[Any]:
    if criteria.kind is not None and criteria.kind not in LABELS:
        raise errors.invalid("kind", "没有这种行为类型")
    yield Event.kind.in_(list(LABELS)) if criteria.kind is None else Event.kind == criteria.kind
    if criteria.since is not None:
        yield Event.at >= business_days.start_of(criteria.since)
    if criteria.until is not None:
        yield Event.at < business_days.end_of(criteria.until)

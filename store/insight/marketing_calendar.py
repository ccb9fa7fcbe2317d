"""The marketing calendar (营销日历): what acts on customers on which days, of all kinds, in common states.

A kind that is added is one entry of `KINDS`.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from peewee import fn

from store.activities.activities import Activity
from store.core import clock, errors
from store.coupons import terms as coupon_terms
from store.coupons.bulk_issue import CouponBatch
from store.coupons.rules import CouponRule, CouponRuleStep
from store.coupons.terms import FixedDays, UntilDay
from store.flash_sales.flash_sales import FlashSale
from store.promotions import promotion_list
from store.promotions.promotion_list import PromotionFilter
from store.tenants import business_days

STATE_LABELS = {
    "draft": "草稿", "pending": "审批中", "rejected": "已拒绝", "upcoming": "未开始", "running": "进行中",
    "paused": "已暂停", "ended": "已结束",
}  # fmt: skip
CHANNEL_LABELS = {"online": "线上商城", "till": "门店收银"}
MAX_DAYS, MAX_ENTRIES, MAX_RULES = 62, 500, 2000
_RULE_STATES = {"approved": "upcoming", "listed": "running", "delisted": "paused"}
_PROMOTION_STATES = {"approved": "running", "submitted": "pending"}
_SALE_STATES = {"published": "running", "submitted": "pending", "stopped": "ended"}


@dataclass(frozen=True)
class Entry:
    """Something on the calendar, from its first to its last day, None for without an end. No channels mean all.

    `subject` is the public id of what a click opens.
    """

    subject: str
    title: str
    first_day: date
    last_day: date | None
    state: str
    channels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """A kind of entries. `right` is needed to see them, `path` is where they are opened."""

    title: str
    right: str
    path: str
    iterate: Callable[["CalendarFilter"], Iterable[Entry]]


@dataclass(frozen=True)
class CalendarFilter:
    """Which entries are shown: those of some days, both included.

    `rights` and `shop_ids` are those of the account, None for all shops.
    """

    first_day: date
    last_day: date
    rights: Collection[str]
    shop_ids: frozenset[int] | None = None
    kind: str | None = None
    channel: str | None = None
    state: str | None = None


def list_entries(criteria: CalendarFilter) -> tuple[list[tuple[str, Entry]], bool]:
    """Return the entries with their kinds, the first to begin first, and whether some were left out.

    Raises DomainError(invalid) for a period that is too long.
    """
    if not 0 <= (criteria.last_day - criteria.first_day).days < MAX_DAYS:
        raise errors.invalid("until", f"一次最多查看 {MAX_DAYS} 天")
    found = [
        (key, entry)
        for key in list_kinds(criteria.rights)
        if criteria.kind in (None, key)
        for entry in KINDS[key].iterate(criteria)
        if _is_wanted(entry, criteria)
    ]
    found.sort(key=lambda pair: (pair[1].first_day, pair[1].last_day is None, pair[1].title, pair[1].subject))
    return found[:MAX_ENTRIES], len(found) >= MAX_ENTRIES


def list_kinds(rights: Collection[str]) -> list[str]:
    """Return the kinds that an account may see."""
    return [key for key, kind in KINDS.items() if kind.right in rights]


def to_entry(
    *,
    subject: str,
    title: str,
    starts_at: datetime,
    ends_at: datetime,
    state: str,
    channels: tuple[str, ...] = (),
) -> Entry:
    """Return the entry of what runs from a moment until before another. What runs and has not begun is upcoming."""
    now = clock.now()
    if state in ("running", "paused") and ends_at <= now:
        state = "ended"
    elif state == "running" and starts_at > now:
        state = "upcoming"
    first, last = business_days.day_of(starts_at), business_days.day_of(ends_at - timedelta(seconds=1))
    return Entry(subject, title, first, max(first, last), state, channels)


def _is_wanted(entry: Entry, criteria: CalendarFilter) -> bool:
    if entry.first_day > criteria.last_day or (entry.last_day or criteria.last_day) < criteria.first_day:
        return False
    if criteria.state not in (None, entry.state):
        return False
    return criteria.channel is None or not entry.channels or criteria.channel in entry.channels


def _iterate_activities(criteria: CalendarFilter) -> Iterator[Entry]:
    begins, ends = business_days.start_of(criteria.first_day), business_days.end_of(criteria.last_day)
    rows = Activity.select().where((Activity.starts_at < ends) & (Activity.ends_at >= begins))
    for row in rows.order_by(Activity.id.desc()).limit(MAX_ENTRIES):
        over = min(row.ends_at, row.ended_at or row.ends_at)
        yield to_entry(
            subject=row.public_id, title=row.name, starts_at=row.starts_at, ends_at=max(over, row.starts_at),
            state=row.state, channels=("online",),
        )  # fmt: skip


def _iterate_rules(criteria: CalendarFilter) -> Iterator[Entry]:
    rules = CouponRule.select().where(CouponRule.created_at < business_days.end_of(criteria.last_day))
    listed, ended = _read_steps(fn.MIN, "listed"), _read_steps(fn.MAX, "ended")
    for rule in rules.order_by(CouponRule.id.desc()).limit(MAX_RULES):
        validity = coupon_terms.parse(rule.terms_json).validity
        begins = validity.first_day if isinstance(validity, FixedDays) else listed.get(rule.id)
        if begins is not None:
            yield _to_rule_entry(rule, begins, ended.get(rule.id))


def _to_rule_entry(rule: CouponRule, begins: date, ended: date | None) -> Entry:
    """Return a rule: coupons of fixed days on these days, others from the listing on until the rule ends."""
    validity = coupon_terms.parse(rule.terms_json).validity
    over = [
        day
        for day in (ended, validity.last_day if isinstance(validity, FixedDays | UntilDay) else None)
        if day
    ]
    last_day = max(begins, min(over)) if over else None
    return Entry(rule.public_id, rule.name, begins, last_day, _state_of_rule(rule, begins, last_day))


def _state_of_rule(rule: CouponRule, first_day: date, last_day: date | None) -> str:
    today, state = business_days.today(), _RULE_STATES.get(rule.state, rule.state)
    if state in ("draft", "pending", "rejected"):
        return state
    if state == "ended" or (last_day is not None and last_day < today):
        return "ended"
    if rule.stopped_at is not None:
        return "paused"
    return "upcoming" if state == "running" and first_day > today else state


def _read_steps(pick: Any, state: str) -> dict[int, date]:
    """Return by rule the first or last day on which it came into a state."""
    moment = pick(CouponRuleStep.occurred_at)
    rows = CouponRuleStep.select(CouponRuleStep.rule, moment.alias("at")).where(CouponRuleStep.state == state)
    return {row.rule_id: business_days.day_of(row.at) for row in rows.group_by(CouponRuleStep.rule)}


def _iterate_batches(criteria: CalendarFilter) -> Iterator[Entry]:
    begins, ends = business_days.start_of(criteria.first_day), business_days.end_of(criteria.last_day)
    during = CouponBatch.finished_at.is_null() | (CouponBatch.finished_at >= begins)
    rows = CouponBatch.select(CouponBatch, CouponRule).join(CouponRule)
    rows = rows.where((CouponBatch.created_at < ends) & during).order_by(CouponBatch.id.desc())
    for row in rows.limit(MAX_ENTRIES):
        over, state = (row.finished_at, "ended") if row.finished_at else (clock.now(), "running")
        days = business_days.day_of(row.created_at), business_days.day_of(over)
        yield Entry(row.rule.public_id, f"{row.rule.name}（{row.total} 人）", *days, state)


def _iterate_promotions(criteria: CalendarFilter) -> Iterator[Entry]:
    wanted = PromotionFilter(
        first_day=criteria.first_day, last_day=criteria.last_day, channel=criteria.channel,
        shop_ids=criteria.shop_ids,
    )  # fmt: skip
    for row in promotion_list.list_calendar(wanted, limit=MAX_ENTRIES):
        over = min(row.ends_at, row.ended_at or row.ends_at)
        yield to_entry(
            subject=row.public_id, title=row.name, starts_at=row.starts_at, ends_at=max(over, row.starts_at),
            state=_PROMOTION_STATES.get(row.state, row.state),
            channels=() if row.online and row.till else row.draft.channels,
        )  # fmt: skip


def _iterate_flash_sales(criteria: CalendarFilter) -> Iterator[Entry]:
    begins, ends = business_days.start_of(criteria.first_day), business_days.end_of(criteria.last_day)
    rows = FlashSale.select().where((FlashSale.starts_at < ends) & (FlashSale.ends_at >= begins))
    for row in rows.order_by(FlashSale.id.desc()).limit(MAX_ENTRIES):
        over = min(row.ends_at, row.ended_at or row.ends_at)
        yield to_entry(
            subject=row.public_id, title=row.name, starts_at=row.starts_at, ends_at=max(over, row.starts_at),
            state=_SALE_STATES.get(row.state, row.state), channels=("online",),
        )  # fmt: skip


KINDS: dict[str, Kind] = {
    "promotion": Kind("促销", "promotions.read", "/promotions", _iterate_promotions),
    "flash_sale": Kind("限时抢购", "flash_sales.read", "/flash-sales", _iterate_flash_sales),
    "activity": Kind("抽奖活动", "activities.read", "/activities", _iterate_activities),
    "coupon_rule": Kind("优惠券", "coupon_rules.read", "/coupon-rules", _iterate_rules),
    "coupon_batch": Kind("群体发券", "coupon_rules.read", "/coupon-rules", _iterate_batches),
}

"""The list of issued coupons (优惠券) for staff: searched, filtered, and the history of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from store.core import clock, errors, listing, numbers
from store.core.listing import Page
from store.coupons import coupons, gift_records, gifts, rules, shop_scope, terms
from store.coupons.coupons import Coupon
from store.coupons.gifts import CouponGift, CouponGiftStep
from store.coupons.redemption_records import CouponRedemption
from store.coupons.rules import CouponRule
from store.customers import identities, members, phones
from store.customers.customers import Customer
from store.customers.members import Member
from store.tenants import business_days
from store.tenants.audit import AuditEntry

_SAME_TIME = timedelta(seconds=2)  # a till holds and uses a coupon in one step
_SORTS = {"received_at": Coupon.id}
ORIGINS = {"claim": "会员领取", "key": "单个发放", "batch": "批量发放"}
_ENDS_OF_USE = {"released": "取消使用", "returned": "退款退回", "forfeited": "退款不退券"}


@dataclass(frozen=True)
class CouponFilter:
    """Which coupons are listed.

    `search` is a coupon's code, the rule's number or a part of its name, `member` the holder's card or phone, `rule` a
    public id. `since` and `until` are business days of the receipt, both included. `shop_ids` are the shops that the
    caller sees, None for all.
    """

    search: str = ""
    member: str | None = None
    rule: str | None = None
    kind: str | None = None
    state: str | None = None
    since: date | None = None
    until: date | None = None
    shop_ids: frozenset[int] | None = None


@dataclass(frozen=True)
class HistoryStep:
    """One step of a coupon. `reference` is the number of the sale, the card of a friend or a reason."""

    at: datetime
    scene: str
    reference: str = ""


def list_page(criteria: CouponFilter, page: Page) -> tuple[list[Coupon], int]:
    """Return a page of coupons with rule, holder and customer, and the number of all."""
    ids, total = listing.read_page(
        _filter(Coupon.select(Coupon.id), criteria),
        page,
        sorts=_SORTS,
        default="-received_at",
        id_field=Coupon.id,
    )
    rows = {row.id: row for row in _with_holder(Coupon.id.in_([row.id for row in ids]))}
    return [rows[row.id] for row in ids], total


def count_coupons(criteria: CouponFilter) -> int:
    """Return the number of coupons."""
    return int(_filter(Coupon.select(Coupon.id), criteria).count())


def iterate_coupons(criteria: CouponFilter) -> Iterator[Coupon]:
    """Yield all coupons, the latest first, and read them in batches."""
    yield from listing.iterate_rows(_filter(_with_holder(), criteria), id_field=Coupon.id)


def get_coupon(code: str, *, shop_ids: frozenset[int] | None) -> Coupon:
    """Return a coupon that the caller sees. Raises DomainError(not_found)."""
    wanted = _with_holder(Coupon.code == numbers.normalize(code))
    found = _filter(wanted, CouponFilter(shop_ids=shop_ids)).first()
    if found is None:
        raise errors.not_found("该券")
    return found


def display_state(coupon: Coupon) -> str:
    """Return the state as people see it: a coupon is expired from its end on."""
    return "expired" if coupon.state == "issued" and coupon.ends_at <= clock.now() else str(coupon.state)


def find_end(coupon: Coupon) -> str | None:
    """Return the moment after which a coupon is over in ISO form, or None for one without an end."""
    return coupon.ends_at.isoformat() if terms.has_end(coupon.ends_at) else None


def origin_of(coupon: Coupon) -> str:
    """Return by what a coupon was issued: `claim`, `key` or `batch`."""
    return str(coupon.issue_key).partition(":")[0]


def list_uses(coupon: Coupon) -> list[CouponRedemption]:
    """Return the redemptions of a coupon, the latest first."""
    query = CouponRedemption.select().where(CouponRedemption.coupon == coupon.id)
    return list(query.order_by(CouponRedemption.id.desc()))


def list_history(coupon: Coupon, uses: Sequence[CouponRedemption]) -> list[HistoryStep]:
    """Return all steps of a coupon, the first one first."""
    origin = ORIGINS.get(origin_of(coupon), "发放")
    found = [HistoryStep(coupon.received_at, origin, coupon.source)]
    found += [step for use in uses for step in _list_use_steps(use)]
    given = CouponGiftStep.select().join(CouponGift).where(CouponGift.coupon == coupon.id)
    for step in given.order_by(CouponGiftStep.id):
        party = gifts.to_party(step)
        found.append(
            HistoryStep(step.occurred_at, gift_records.SCENES[step.state], party.card_number if party else "")
        )
    for entry in AuditEntry.find_all(action="coupons.void", subject=f"coupon:{coupon.id}"):
        found.append(HistoryStep(entry.at, "作废", entry.after["reason"]))
    if display_state(coupon) == "expired":
        found.append(HistoryStep(coupon.ends_at, "过期"))
    return sorted(found, key=lambda step: step.at)


def _list_use_steps(use: CouponRedemption) -> Iterator[HistoryStep]:
    if use.used_at is None or use.used_at - use.held_at > _SAME_TIME:
        yield HistoryStep(use.held_at, "下单占用", use.order_number)
    if use.used_at is not None:
        yield HistoryStep(use.used_at, "使用", use.order_number)
    if use.ended_at is not None and use.state in _ENDS_OF_USE:
        yield HistoryStep(use.ended_at, _ENDS_OF_USE[use.state], use.order_number)


def _with_holder(*conditions: Any) -> Any:
    """Return the query of coupons with rule, holder and customer."""
    query = (
        Coupon.select(Coupon, CouponRule, Member, Customer)
        .join(CouponRule)
        .join_from(Coupon, Member, on=(Coupon.member == Member.id))
        .join(Customer)
    )
    return query.where(*conditions) if conditions else query


def _filter(query: Any, criteria: CouponFilter) -> Any:
    """Add conditions on coupons alone, so that a million of them are counted without joins."""
    for condition in _list_conditions(criteria):
        query = query.where(condition)
    return query


def _list_conditions(criteria: CouponFilter) -> Iterator[Any]:
    text = criteria.search.strip()
    if text:
        yield _search_condition(text)
    if criteria.member:
        yield Coupon.member.in_(_find_holders(criteria.member))
    if criteria.rule is not None:
        found = rules.find_by_public_id(criteria.rule)
        yield Coupon.rule == (found.id if found else None)
    if criteria.kind is not None:
        yield Coupon.rule.in_(CouponRule.select(CouponRule.id).where(CouponRule.kind == criteria.kind))
    if criteria.state is not None:
        yield _state_condition(criteria.state)
    if criteria.since is not None:
        yield Coupon.received_at >= business_days.start_of(criteria.since)
    if criteria.until is not None:
        yield Coupon.received_at < business_days.end_of(criteria.until)
    if criteria.shop_ids is not None:
        yield Coupon.member.in_(shop_scope.select_members(criteria.shop_ids))


def _search_condition(text: str) -> Any:
    """Return the condition for a code or the number of a rule, or else a part of its name."""
    digits = numbers.normalize(text)
    is_meant = CouponRule.number == digits if digits.isdigit() else CouponRule.name.contains(text)
    meant = [rule.id for rule in CouponRule.select(CouponRule.id).where(is_meant)]
    return Coupon.rule.in_(meant) if meant or not digits.isdigit() else Coupon.code == digits


def _find_holders(text: str) -> list[int]:
    """Return the ids of the members of a card or a phone."""
    phone = phones.find_normalized(text)
    owner = identities.find_by_phone(phone) if phone else None
    if owner is not None:
        return [row.id for row in members.list_for_customer(owner)]
    holder = Member.find(card_number=numbers.normalize(text))
    return [members.survivor(holder).id] if holder else []


def _state_condition(state: str) -> Any:
    """Return the condition for a state as people see it."""
    if state not in coupons.TRANSITIONS:
        raise errors.invalid("state", "没有这个券状态")
    is_over = (Coupon.state == "issued") & (Coupon.ends_at <= clock.now())
    return (Coupon.state == state) | is_over if state == "expired" else (Coupon.state == state) & ~is_over

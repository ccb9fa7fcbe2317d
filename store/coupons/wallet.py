"""The wallet (卡包): a member's coupons by tab, with their state and the available actions."""

from typing import Any

import peewee
from peewee import fn

from store.core import clock, errors, keyset, numbers
from store.core.keyset import Position
from store.coupons import coupons
from store.coupons.coupons import Coupon
from store.coupons.redemption_records import ACTIVE_STATES, CouponRedemption
from store.coupons.rules import CouponRule
from store.customers import members
from store.customers.members import Member

LABELS = coupons.LABELS | {"not_started": "未到使用时间"}
_NEWEST_FIRST: keyset.Keys = ((Coupon.id, True),)
_KEYS: dict[str, keyset.Keys] = {
    "available": ((Coupon.ends_at, False), (Coupon.id, False)),
    "used": ((CouponRedemption.used_at, True), (Coupon.id, True)),
}
TABS = ("available", "gifting", "used", "expired")


def list_page(
    member: Member, *, tab: str | None, page: int = 1, page_size: int = 20, after: Position | None = None
) -> tuple[list[Coupon], int]:
    """Return one page of a tab with rules and redemptions, or what comes after a position, and the total.

    Without a tab these are all coupons. Usable ones are sorted by their end, used ones by when they were used, all
    others newest first.
    """
    if tab is not None and tab not in TABS:
        raise errors.invalid("state", f"应为 {'、'.join(TABS)} 之一")
    query = _with_rule_and_redemption().where(Coupon.member == member.id)
    if tab is not None:
        query = query.where(_tab_conditions()[tab])
    keys = _KEYS.get(tab or "", _NEWEST_FIRST)
    return keyset.select_page(query, keys, page=page, page_size=page_size, after=after), query.count()


def get_position(coupon: Coupon, tab: str) -> Position:
    """Return the position of a listed coupon in its tab."""
    if tab == "available":
        return (coupon.ends_at, coupon.id)
    return (coupon.redemption.used_at, coupon.id) if tab == "used" else (coupon.id,)


def count_by_tab(member: Member) -> dict[str, int]:
    """Return the number of coupons in each tab."""
    columns = [
        fn.COALESCE(fn.SUM(peewee.Case(None, [(within, 1)], 0)), 0) for within in _tab_conditions().values()
    ]
    row: Any = Coupon.select(*columns).where(Coupon.member == member.id).tuples().get()
    return {tab: int(count) for tab, count in zip(TABS, row, strict=True)}


def get_coupon(member: Member, code: str) -> Coupon:
    """Return the member's coupon of a code with rule and redemption. Raises DomainError(not_found).

    Follows a merge that committed since the member was read.
    """
    code = numbers.normalize(code)
    found = _find_coupon(member, code) or _find_coupon(members.read_current(member), code)
    if found is None:
        raise errors.not_found("该券")
    return found


def display_state(coupon: Coupon) -> str:
    """Return the state as its holder sees it, one of `LABELS`. An ended coupon is expired at once."""
    now = clock.now()
    if coupon.state in ("issued", "gifting") and coupon.ends_at <= now:
        return "expired"
    return "not_started" if coupon.state == "issued" and now < coupon.starts_at else str(coupon.state)


def available_actions(coupon: Coupon) -> tuple[str, ...]:
    """Return what its holder can do: `use` at a till, `gift` to a friend, `cancel_gift`."""
    state = display_state(coupon)
    if state == "gifting":
        return ("cancel_gift",)
    giftable = ("gift",) if coupon.rule.terms.gift_hours else ()
    return {"issued": ("use", *giftable), "not_started": giftable}.get(state, ())


def _find_coupon(member: Member, code: str) -> Coupon | None:
    return _with_rule_and_redemption().where((Coupon.member == member.id) & (Coupon.code == code)).first()


def _tab_conditions() -> dict[str, Any]:
    """Return the tabs as conditions; together they contain every coupon once.

    A held coupon stays valid past its end, so it is shown among the usable ones.
    """
    running, state = Coupon.ends_at > clock.now(), Coupon.state
    gone = (state.in_(["issued", "gifting"]) & ~running) | state.in_(["expired", "void"])
    available = ((state == "issued") & running) | (state == "held")
    return dict(zip(TABS, (available, (state == "gifting") & running, state == "used", gone), strict=True))


def _with_rule_and_redemption() -> "peewee.ModelSelect[Coupon]":
    """Return coupons with their rule, and as `redemption` the active one, or None."""
    live = (CouponRedemption.coupon == Coupon.id) & CouponRedemption.state.in_(ACTIVE_STATES)
    query = Coupon.select(Coupon, CouponRule, CouponRedemption).join(CouponRule).switch(Coupon)
    return query.join(CouponRedemption, peewee.JOIN.LEFT_OUTER, on=live, attr="redemption")

"""The wallet (卡包): a member's coupons by tab, with their state and the available actions."""

from typing import Any

import peewee
from peewee import fn

from store.core import clock, errors, numbers
from store.coupons import coupons
from store.coupons.coupons import Coupon
from store.coupons.redemptions import ACTIVE_STATES, CouponRedemption
from store.coupons.rules import CouponRule
from store.customers.members import Member

LABELS = coupons.LABELS | {"not_started": "未到使用时间"}
TABS = ("available", "gifting", "used", "expired")


def list_page(member: Member, *, tab: str, page: int = 1, page_size: int = 20) -> tuple[list[Coupon], int]:
    """Return one page of a tab with rules and redemptions, and the total.

    Usable coupons are sorted by their end, used ones by when they were used, all others newest first.
    """
    if tab not in TABS:
        raise errors.invalid("state", f"应为 {'、'.join(TABS)} 之一")
    order = {
        "available": (Coupon.ends_at, Coupon.id),
        "used": (CouponRedemption.used_at.desc(), Coupon.id.desc()),
    }
    query = _with_rule_and_redemption().where((Coupon.member == member.id) & _tab_conditions()[tab])
    ordered = query.order_by(*order.get(tab, (Coupon.id.desc(),)))
    return list(ordered.paginate(page, page_size)), query.count()


def count_by_tab(member: Member) -> dict[str, int]:
    """Return the number of coupons in each tab."""
    columns = [
        fn.COALESCE(fn.SUM(peewee.Case(None, [(within, 1)], 0)), 0) for within in _tab_conditions().values()
    ]
    row: Any = Coupon.select(*columns).where(Coupon.member == member.id).tuples().get()
    return {tab: int(count) for tab, count in zip(TABS, row, strict=True)}


def get_coupon(member: Member, code: str) -> Coupon:
    """Return the member's coupon of a code with rule and redemption. Raises DomainError(not_found)."""
    mine = (Coupon.member == member.id) & (Coupon.code == numbers.normalize(code))
    found = _with_rule_and_redemption().where(mine).first()
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

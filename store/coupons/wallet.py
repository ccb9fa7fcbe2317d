"""A wallet (卡包): a member's coupons by tab, as their holder sees them and what can be done with each."""

from typing import Any

import peewee
from peewee import fn

from store.core import clock, errors
from store.coupons import coupons
from store.coupons.coupons import Coupon
from store.coupons.redemptions import ACTIVE_STATES, CouponRedemption
from store.coupons.rules import CouponRule
from store.customers.members import Member

LABELS = coupons.LABELS | {"not_started": "未到使用时间"}
TABS = ("available", "gifting", "used", "expired")


def list_page(member: Member, *, tab: str, page: int = 1, page_size: int = 20) -> tuple[list[Coupon], int]:
    """One page of a tab with rules and uses, and how many there are.

    What can be used is sorted by its end, what was used by when, everything else newest first.
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
    """How many coupons stand in each tab."""
    columns = [
        fn.COALESCE(fn.SUM(peewee.Case(None, [(within, 1)], 0)), 0) for within in _tab_conditions().values()
    ]
    row: Any = Coupon.select(*columns).where(Coupon.member == member.id).tuples().get()
    return {tab: int(count) for tab, count in zip(TABS, row, strict=True)}


def get_coupon(member: Member, code: str) -> Coupon:
    """The member's coupon of a code with its rule and use; somebody else's is not found."""
    found = _with_rule_and_redemption().where((Coupon.member == member.id) & (Coupon.code == code)).first()
    if found is None:
        raise errors.not_found("该券")
    return found


def display_state(coupon: Coupon) -> str:
    """The state as its holder sees it, one of `WORDS`: what is over is expired before the night run says so."""
    now = clock.now()
    if coupon.state in ("issued", "gifting") and coupon.ends_at <= now:
        return "expired"
    return "not_started" if coupon.state == "issued" and now < coupon.starts_at else str(coupon.state)


def available_actions(coupon: Coupon) -> tuple[str, ...]:
    """What its holder can do now: `use` it at a till, `gift` it to a friend, `cancel_gift` what was offered."""
    state = display_state(coupon)
    if state == "gifting":
        return ("cancel_gift",)
    giftable = ("gift",) if coupon.rule.terms.gift_hours else ()
    return {"issued": ("use", *giftable), "not_started": giftable}.get(state, ())


def _tab_conditions() -> dict[str, Any]:
    """The tabs as conditions; together they are every coupon, each once.

    What an order holds stays good past its end, so it is shown where the member looks for it.
    """
    running, state = Coupon.ends_at > clock.now(), Coupon.state
    gone = (state.in_(["issued", "gifting"]) & ~running) | state.in_(["expired", "void"])
    available = ((state == "issued") & running) | (state == "held")
    return dict(zip(TABS, (available, (state == "gifting") & running, state == "used", gone), strict=True))


def _with_rule_and_redemption() -> "peewee.ModelSelect[Coupon]":
    """Coupons with their rule, and as `redemption` what holds or used them, or None."""
    live = (CouponRedemption.coupon == Coupon.id) & CouponRedemption.state.in_(ACTIVE_STATES)
    query = Coupon.select(Coupon, CouponRule, CouponRedemption).join(CouponRule).switch(Coupon)
    return query.join(CouponRedemption, peewee.JOIN.LEFT_OUTER, on=live, attr="redemption")

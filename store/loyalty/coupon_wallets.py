"""A wallet (卡包): a member's coupons by tab, as their holder sees them and what can be done with each."""

from typing import Any

import peewee
from peewee import fn

from store.kernel import clock, refusals
from store.loyalty import coupons
from store.loyalty.coupon_rules import CouponRule
from store.loyalty.coupon_uses import LIVE, CouponUse
from store.loyalty.coupons import Coupon
from store.people.members import Member

WORDS = coupons.WORDS | {"not_started": "未到使用时间"}
TABS = ("available", "gifting", "used", "expired")


def page(member: Member, *, tab: str, page: int = 1, page_size: int = 20) -> tuple[list[Coupon], int]:
    """One page of a tab with rules and uses, and how many there are.

    What can be used is sorted by its end, what was used by when, everything else newest first.
    """
    if tab not in TABS:
        raise refusals.invalid("state", f"应为 {'、'.join(TABS)} 之一")
    order = {"available": (Coupon.ends_at, Coupon.id), "used": (CouponUse.used_at.desc(), Coupon.id.desc())}
    query = _whole().where((Coupon.member == member.id) & _tabs()[tab])
    ordered = query.order_by(*order.get(tab, (Coupon.id.desc(),)))
    return list(ordered.paginate(page, page_size)), query.count()


def counts(member: Member) -> dict[str, int]:
    """How many coupons stand in each tab."""
    columns = [fn.COALESCE(fn.SUM(peewee.Case(None, [(within, 1)], 0)), 0) for within in _tabs().values()]
    row: Any = Coupon.select(*columns).where(Coupon.member == member.id).tuples().get()
    return {tab: int(count) for tab, count in zip(TABS, row, strict=True)}


def of_code(member: Member, code: str) -> Coupon:
    """The member's coupon of a code with its rule and use; somebody else's is not found."""
    found = _whole().where((Coupon.member == member.id) & (Coupon.code == code)).first()
    if found is None:
        raise refusals.not_found("该券")
    return found


def standing(coupon: Coupon) -> str:
    """The state as its holder sees it, one of `WORDS`: what is over is expired before the night run says so."""
    now = clock.now()
    if coupon.state in ("issued", "gifting") and coupon.ends_at <= now:
        return "expired"
    return "not_started" if coupon.state == "issued" and now < coupon.starts_at else str(coupon.state)


def actions(coupon: Coupon) -> tuple[str, ...]:
    """What its holder can do now: `use` it at a till, `gift` it to a friend, `take_back` what was offered."""
    state = standing(coupon)
    if state == "gifting":
        return ("take_back",)
    giftable = ("gift",) if coupon.rule.terms.gift_hours else ()
    return {"issued": ("use", *giftable), "not_started": giftable}.get(state, ())


def _tabs() -> dict[str, Any]:
    """The tabs as conditions; together they are every coupon, each once.

    What an order holds stays good past its end, so it is shown where the member looks for it.
    """
    running, state = Coupon.ends_at > clock.now(), Coupon.state
    gone = (state.in_(["issued", "gifting"]) & ~running) | state.in_(["expired", "void"])
    available = ((state == "issued") & running) | (state == "held")
    return dict(zip(TABS, (available, (state == "gifting") & running, state == "used", gone), strict=True))


def _whole() -> "peewee.ModelSelect[Coupon]":
    """Coupons with their rule, and as `use` what holds or used them, or None."""
    live = (CouponUse.coupon == Coupon.id) & CouponUse.state.in_(LIVE)
    query = Coupon.select(Coupon, CouponRule, CouponUse).join(CouponRule).switch(Coupon)
    return query.join(CouponUse, peewee.JOIN.LEFT_OUTER, on=live, attr="use")

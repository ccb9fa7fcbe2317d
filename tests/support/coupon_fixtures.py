"""Rules, baskets and cards for the tests of coupons, made as a tenant would make them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from store.core import actors, clock
from store.coupons import rules as coupon_rules
from store.coupons import terms as coupon_terms
from store.coupons.basket import Basket, BasketLine
from store.coupons.eligibility import CouponSnapshot
from store.coupons.rules import CouponRule
from store.coupons.terms import Terms
from store.customers import followers, programmes
from store.customers.members import Member
from store.membership import registration
from store.tenants import channels, cost_centres

OWNER, MANAGER = (actors.Actor(kind="staff", name=name) for name in ("小李", "王店长"))
WEDNESDAY_NOON = datetime(2026, 12, 2, 4, tzinfo=UTC)  # a Wednesday, noon in Shanghai

FIVE_OFF = {"kind": "amount_off", "off_fen": 500}
TWENTY_PERCENT = {"kind": "percent_off", "percent": 20}


def rule_values(**changes: Any) -> dict[str, Any]:
    """What someone fills in for a rule: five yuan off, valid thirty days, two a member."""
    return {
        "name": "五元券",
        "benefit": FIVE_OFF,
        "cost_centre": "marketing",
        "validity": {"kind": "days", "days": 30},
        "claims_per_member": 2,
    } | changes


def create_cost_centre() -> None:
    """Who pays for the coupons."""
    cost_centres.create(code="marketing", name="市场部")


def create_approved_rule(**changes: Any) -> CouponRule:
    """A rule written by one and approved by another."""
    create_cost_centre()
    with actors.acting_as(OWNER):
        rule = coupon_rules.create_draft(programme=programmes.get_default(), values=rule_values(**changes))
        coupon_rules.request_approval(rule, approver=MANAGER.name)
    with actors.acting_as(MANAGER):
        return coupon_rules.approve(rule, version=rule.version)


def create_listed_rule(**changes: Any) -> CouponRule:
    """A rule whose coupons can be had."""
    return coupon_rules.publish(create_approved_rule(**changes))


def create_member(number: int = 1) -> Member:
    """A member with a phone of their own."""
    return registration.register_at_desk(phone=f"138{number:08d}")


def create_follower(openid: str) -> Member:
    """An openid's account: a follower of the mini-program."""
    mini = channels.get_by_key("acme-mini")
    customer = followers.get_or_create_customer(channel=mini, openid=openid, source="wechat_miniprogram")
    return registration.members.get_or_create(customer)


def make_line(
    number: str = "1", total_fen: int = 5000, *, product: str = "tea", quantity: int = 1, **more: Any
) -> BasketLine:
    return BasketLine(number=number, product=product, quantity=quantity, total_fen=total_fen, **more)


def make_basket(
    *lines: BasketLine, at: datetime | None = None, shop: str = "S1", groups: tuple[str, ...] = ()
) -> Basket:
    """A basket of one tea for fifty yuan, or of these lines, now or at a moment."""
    return Basket(
        lines=lines or (make_line(),),
        local_time=clock.to_local(at or clock.now()),
        shop=shop,
        shop_groups=groups,
    )


def make_snapshot(
    code: str = "c", rule: str | None = None, *, state: str = "issued", days: int = 30, **changes: Any
) -> CouponSnapshot:
    """A coupon as a quote sees it, of a rule of its own unless one is named."""
    terms = coupon_terms.parse(Terms.model_validate(rule_values(**changes)).model_dump_json())
    return CouponSnapshot(
        code=code, rule=rule or f"rule of {code}", terms=terms, state=state,
        starts_at=WEDNESDAY_NOON - timedelta(days=1), ends_at=WEDNESDAY_NOON + timedelta(days=days),
    )  # fmt: skip


def error_code_of(work: Any) -> str:
    """The code with which something is refused; fails when it is not."""
    try:
        work()
    except coupon_rules.errors.DomainError as refused:
        return refused.code
    raise AssertionError("it was not refused")

"""Rules, baskets and cards for the tests of coupons, made as a company would make them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from store.company import channels
from store.kernel import actors, clock
from store.loyalty import cost_centres, coupon_rules, coupon_terms, memberships
from store.loyalty.coupon_baskets import Basket, Line
from store.loyalty.coupon_reasons import Card
from store.loyalty.coupon_rules import CouponRule
from store.loyalty.coupon_terms import Terms
from store.people import codes, fans, programmes
from store.people.members import Member

OWNER, MANAGER = (actors.Actor(kind="staff", name=name) for name in ("小李", "王店长"))
SOON = datetime(2026, 12, 2, 4, tzinfo=UTC)  # a Wednesday, noon in Shanghai

FIVE_OFF = {"kind": "amount_off", "off_fen": 500}
TWENTY_PERCENT = {"kind": "percent_off", "percent": 20}


def values(**changes: Any) -> dict[str, Any]:
    """What somebody fills in for a rule: five yuan off, valid thirty days, two a member."""
    return {
        "name": "五元券",
        "benefit": FIVE_OFF,
        "cost_centre": "marketing",
        "validity": {"kind": "days", "days": 30},
        "claims_per_member": 2,
    } | changes


def open_centre() -> None:
    """Who pays for the coupons."""
    cost_centres.open_cost_centre(code="marketing", name="市场部")


def approved(**changes: Any) -> CouponRule:
    """A rule written by one and approved by another."""
    open_centre()
    with actors.acting(OWNER):
        rule = coupon_rules.draft(programme=programmes.main(), values=values(**changes))
        coupon_rules.ask_approval(rule, approver=MANAGER.name)
    with actors.acting(MANAGER):
        return coupon_rules.approve(rule, version=rule.version)


def listed(**changes: Any) -> CouponRule:
    """A rule whose coupons can be had."""
    return coupon_rules.put_up(approved(**changes))


def member(number: int = 1) -> Member:
    """A member with a phone of their own."""
    return memberships.register_by_clerk(phone=f"138{number:08d}")


def fan(openid: str) -> Member:
    """An openid's account: a fan of the mini-program."""
    mini = channels.of_key("acme-mini")
    customer = fans.known(channel=mini, openid=openid, source="wechat_miniprogram")
    return memberships.members.of_customer(customer)


def sign_up(account: Member, *, phone: str) -> Member:
    """The person behind an account proves a phone; who proves it already is the same person."""
    codes.SmsCode.delete().execute()  # nobody wants to wait a minute for the next code
    code = codes.ask(phone=phone, purpose=memberships.PURPOSE, address="")
    return memberships.register_by_sms(phone=phone, code=code, source="h5", customer=account.customer)


def line(
    number: str = "1", total_fen: int = 5000, *, product: str = "tea", quantity: int = 1, **more: Any
) -> Line:
    return Line(number=number, product=product, quantity=quantity, total_fen=total_fen, **more)


def basket(
    *lines: Line, at: datetime | None = None, shop: str = "S1", groups: tuple[str, ...] = ()
) -> Basket:
    """A basket of one tea for fifty yuan, or of these lines, now or at a moment."""
    return Basket(lines=lines or (line(),), at=clock.local(at or clock.now()), shop=shop, shop_groups=groups)


def card(
    code: str = "c", rule: str | None = None, *, state: str = "issued", days: int = 30, **changes: Any
) -> Card:
    """A coupon as a quote sees it, of a rule of its own unless one is named."""
    terms = coupon_terms.read(Terms.model_validate(values(**changes)).model_dump_json())
    return Card(
        code=code, rule=rule or f"rule of {code}", terms=terms, state=state,
        starts_at=SOON - timedelta(days=1), ends_at=SOON + timedelta(days=days),
    )  # fmt: skip


def refusal(work: Any) -> str:
    """The code with which something is refused; fails when it is not."""
    try:
        work()
    except coupon_rules.refusals.Refused as refused:
        return refused.code
    raise AssertionError("it was not refused")

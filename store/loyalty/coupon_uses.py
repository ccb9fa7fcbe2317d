"""A coupon's use (用券): held for an order, spent when it is paid, given back when it falls through."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import peewee
from pydantic import Field

from store.company import calendar, settings
from store.kernel import clock, db, limits, refusals
from store.kernel.fields import Json, Moment
from store.kernel.records import Record
from store.loyalty import coupon_quotes, coupons
from store.loyalty.coupon_baskets import Basket
from store.loyalty.coupon_quotes import PAYMENT_KIND, Quote
from store.loyalty.coupon_reasons import Card
from store.loyalty.coupon_rules import CouponRule
from store.loyalty.coupon_takings import Taken
from store.loyalty.coupons import Coupon
from store.people import members, merges
from store.people.customers import Customer
from store.people.members import Member

# A forfeited coupon is spent although its order was refunded: its terms do not give it back.
MOVES = {
    "held": {"used", "released"},
    "used": {"returned", "forfeited"},
    "released": set(),
    "returned": set(),
    "forfeited": set(),
}
LIVE = ("held", "used", "forfeited")
MOST_LOOKED_AT = 1000  # coupons of a wallet for one quote


class QuoteRules(settings.Topic):
    """How often one customer may ask for the best set: a large basket costs the house a second of work."""

    per_customer_a_minute: int = Field(default=60, ge=1)


class CouponUse(Record):
    """`value_fen` is what the coupon takes off, or pays when its `payment_kind` is set; `lines` how it is divided.

    `order_fen` is the goods before coupons, `paid_fen` what the order was paid with in money.
    """

    coupon = peewee.ForeignKeyField(Coupon, backref="uses")
    member = peewee.ForeignKeyField(Member)
    order_number = peewee.CharField(max_length=64, index=True)
    state = peewee.CharField(
        max_length=10, default="held", constraints=[peewee.Check(f"state IN {tuple(MOVES)}")]
    )
    value_fen = peewee.BigIntegerField(constraints=[peewee.Check("value_fen > 0")])
    payment_kind = peewee.CharField(max_length=20, null=True)
    lines = Json()
    order_fen = peewee.BigIntegerField()
    paid_fen = peewee.BigIntegerField(null=True)
    basket = peewee.CharField(max_length=64)
    shop = peewee.CharField(max_length=64)
    first_purchase = peewee.BooleanField(null=True)
    held_at = Moment(default=clock.now)
    used_at = Moment(null=True)
    ended_at = Moment(null=True)


CouponUse.add_index(
    CouponUse.index(CouponUse.coupon, unique=True, name="coupon_use_live").where(
        peewee.SQL("state IN ('held', 'used', 'forfeited')")
    )
)


def admit_quote(customer: Customer) -> None:
    """Count a question for the best set; refuses with `too_many`."""
    limits.take(
        name=f"coupon_quotes:{customer.id}", most=settings.read(QuoteRules).per_customer_a_minute,
        window_s=60, sentence="操作过于频繁，请稍后再试",
    )  # fmt: skip


def quote(*, member: Member, basket: Basket) -> Quote:
    """The best set out of the member's wallet for a basket, with the reasons against the others.

    Of more than a thousand coupons those that end last are not looked at, and nothing is proven.
    """
    mine = coupons.wallet(member, limit=MOST_LOOKED_AT + 1)
    found = coupon_quotes.best(basket, [card(coupon) for coupon in mine[:MOST_LOOKED_AT]])
    return replace(found, proven=found.proven and len(mine) <= MOST_LOOKED_AT)


@db.verb
def hold(*, member: Member, codes: Iterable[str], basket: Basket, order_number: str) -> list[CouponUse]:
    """Reserve exactly these coupons of a member for an order; asked again for the same basket it is done.

    They are quoted while they are locked, so what is held applies. Another set or basket of the order
    needs a `release` first; an order that was refunded has no coupons any more.
    """
    wanted, member = set(codes), members.locked(member.id)
    before = _live(order_number)
    if before:
        return _the_same(before, member, wanted, basket)
    if _was_returned(order_number):
        raise refusals.Refused("coupons_returned", "该订单已退款，不能再用券", 409)
    held = {coupon.code: coupon for coupon in coupons.locked_of(member, wanted)}
    rules = {rule_id: CouponRule.find(id=rule_id) for rule_id in {row.rule_id for row in held.values()}}
    cards = [card(coupon, rules[coupon.rule_id]) for coupon in held.values()]
    return [
        _hold(held[taken.card.code], taken, member, basket, order_number)
        for taken in coupon_quotes.of_these(basket, cards).taken
    ]


@db.verb
def commit(*, order_number: str, paid_fen: int) -> list[CouponUse]:
    """The order is paid, with `paid_fen` in money: its coupons are spent; committed before, nothing changes.

    It stands before the order enters the member's purchases: who has none yet is a new customer. A coupon
    that ended while it was held stays good. Refuses with `coupons_released` when they were given up.
    """
    uses = _locked(order_number)
    if not uses and CouponUse.select().where(CouponUse.order_number == order_number).exists():
        raise refusals.Refused("coupons_released", "该订单的优惠券已释放", 409)
    return _commit_all(uses, paid_fen)


@db.verb
def redeem(*, member: Member, codes: Iterable[str], basket: Basket, order_number: str) -> list[CouponUse]:
    """Hold and commit at once, at a till where the order is paid on the spot."""
    uses = hold(member=member, codes=codes, basket=basket, order_number=order_number)
    paid_fen = basket.total_fen - sum(use.value_fen for use in uses)
    return _commit_all(uses, paid_fen)


@db.verb
def release(*, order_number: str) -> list[CouponUse]:
    """The order falls through before it is paid: its coupons are free again; released before, nothing changes."""
    uses = _locked(order_number)
    for use in uses:
        _move(use, "released", ended_at=clock.now())
        coupons.move(coupons.locked(use.coupon_id), "issued")
    return uses


@db.verb
def give_back(*, order_number: str) -> list[CouponUse]:
    """The paid order was refunded in full: each coupon comes back, or is forfeited, by its terms; once.

    It comes back with the end that it had: one that has ended meanwhile is not usable any more.
    """
    uses = _locked(order_number)
    for use in uses:
        if use.state == "held":
            raise _not_now("退回")
        if use.state == "used":
            _give_back(use)
    return uses


def of_order(order_number: str) -> list[CouponUse]:
    """All that happened with coupons for an order, the first first."""
    query = CouponUse.select().where(CouponUse.order_number == order_number)
    return list(query.order_by(CouponUse.id))


def payments_of(order_number: str) -> dict[str, int]:
    """What vouchers pay of an order, by the payment kind under which reports show it."""
    paid = sum(use.value_fen for use in _live(order_number) if use.payment_kind == PAYMENT_KIND)
    return {PAYMENT_KIND: paid} if paid else {}


def card(coupon: Coupon, rule: CouponRule | None = None) -> Card:
    """A coupon as a quote sees it."""
    rule = rule or coupon.rule
    return Card(
        code=coupon.code,
        rule=rule.public_id,
        terms=rule.terms,
        state=coupon.state,
        starts_at=coupon.starts_at,
        ends_at=coupon.ends_at,
    )


def _live(order_number: str) -> list[CouponUse]:
    mine = (CouponUse.order_number == order_number) & CouponUse.state.in_(LIVE)
    return list(CouponUse.select().where(mine).order_by(CouponUse.coupon))


def _was_returned(order_number: str) -> bool:
    """Whether the order was refunded: a late copy of its message must not spend the coupons again."""
    returned = (CouponUse.order_number == order_number) & (CouponUse.state == "returned")
    return bool(CouponUse.select().where(returned).exists())


def _locked(order_number: str) -> list[CouponUse]:
    """The live uses of an order, locked: their member first, as everywhere, then their coupons."""
    uses = _live(order_number)
    if not uses:
        return []
    members.locked_with(lambda: CouponUse.get_by_id(uses[0].id))
    list(db.lock(Coupon.select().where(Coupon.id.in_([use.coupon_id for use in uses])).order_by(Coupon.id)))
    return _live(order_number)


def _the_same(uses: Sequence[CouponUse], member: Member, codes: set[str], basket: Basket) -> list[CouponUse]:
    mine = all((use.member_id, use.basket) == (member.id, basket.fingerprint) for use in uses)
    if not mine or {use.coupon.code for use in uses} != codes:
        raise refusals.Refused("order_has_coupons", "该订单已使用其他优惠券，请先取消", 409)
    return list(uses)


def _hold(coupon: Coupon, taken: Taken, member: Member, basket: Basket, order_number: str) -> CouponUse:
    coupons.move(coupon, "held")
    return CouponUse.create(
        coupon=coupon.id,
        member=member.id,
        order_number=order_number,
        value_fen=taken.fen,
        payment_kind=PAYMENT_KIND if taken.pays else None,
        lines={line.number: part for line, part in zip(basket.lines, taken.parts, strict=True) if part},
        order_fen=basket.total_fen,
        basket=basket.fingerprint,
        shop=basket.shop,
    )


def _commit_all(uses: list[CouponUse], paid_fen: int) -> list[CouponUse]:
    """The caller has locked the coupons."""
    for use in uses:
        if use.state == "held":
            _commit(use, paid_fen)
        elif use.state == "forfeited":
            raise _not_now("使用")
    return uses


def _commit(use: CouponUse, paid_fen: int) -> None:
    coupon, is_first = coupons.locked(use.coupon_id), members.locked(use.member_id).first_purchase_at is None
    _move(use, "used", used_at=clock.now(), paid_fen=paid_fen, first_purchase=is_first)
    coupons.move(coupon, "used")
    coupons.told("coupons.used", coupon, order_number=use.order_number, value_fen=use.value_fen)


def _give_back(use: CouponUse) -> None:
    coupon = coupons.locked(use.coupon_id)
    within = coupon.rule.terms.return_days
    back = within is not None and _days_since(use) <= within
    _move(use, "returned" if back else "forfeited", ended_at=clock.now())
    if back:
        coupons.move(coupon, "issued")
        coupons.told("coupons.returned", coupon, order_number=use.order_number)


def _days_since(use: CouponUse) -> int:
    return (calendar.today() - calendar.day_of(use.used_at)).days


def _move(use: CouponUse, state: str, **changes: object) -> None:
    if state not in MOVES[use.state]:
        raise _not_now("取消")
    use.put(state=state, **changes)


def _not_now(word: str) -> refusals.Refused:
    return refusals.Refused("coupon_use_state", f"该订单的优惠券当前不能{word}", 409)


merges.carries(CouponUse.member)

"""Redemption of one coupon without a sale (核销): for an amount that the cashier enters, or for the coupon's own."""

from dataclasses import dataclass

from store.core import clock, encryption, errors, input_limits
from store.core.database import db
from store.coupons import coupons
from store.coupons import redemptions as coupon_redemptions
from store.coupons.basket import Basket, BasketLine
from store.coupons.terms import AmountOff, Exchange, Terms, Voucher
from store.customers.members import Member
from store.shops.shops import Shop
from store.tenants import business_days

MAX_AMOUNT_FEN = 100_000_000
_ANY_PRODUCT = "till"


@dataclass(frozen=True)
class UsedCoupon:
    """A coupon that was used, for which order number, what it was worth, and what is left to pay."""

    code: str
    name: str
    order_number: str
    value_fen: int
    payable_fen: int
    card_number: str


@db.transactional
def use(*, code: str, shop: Shop, key: str, amount_fen: int | None = None) -> UsedCoupon:
    """Redeem a coupon for an order of one line. Idempotent by `key`.

    The goods are those of the coupon, as the cashier sees them. Without an amount the order is the smallest to which
    the coupon applies. Raises DomainError(coupon_not_applicable).
    """
    input_limits.check_key(key)
    coupon = coupons.get_by_code(code)
    member, terms = Member.get_by_id(coupon.member_id), coupon.rule.terms
    basket = _build_basket(terms, shop, amount_fen)
    number = _order_number(key)
    coupon_redemptions.hold(member=member, codes=[coupon.code], basket=basket, order_number=number)
    value_fen = sum(row.value_fen for row in coupon_redemptions.list_for_order(number))
    payable_fen = basket.total_fen - value_fen
    coupon_redemptions.commit(order_number=number, received_fen=payable_fen)
    return UsedCoupon(
        code=coupon.code, name=terms.name, order_number=number, value_fen=value_fen, payable_fen=payable_fen,
        card_number=member.card_number,
    )  # fmt: skip


def _build_basket(terms: Terms, shop: Shop, amount_fen: int | None) -> Basket:
    benefit = terms.benefit
    goods = benefit.products if isinstance(benefit, Exchange) else terms.products
    line = BasketLine(
        number="1", product=goods[0] if goods else _ANY_PRODUCT, groups=terms.product_groups[:1],
        quantity=benefit.quantity if isinstance(benefit, Exchange) else 1,
        total_fen=_smallest_amount(terms) if amount_fen is None else _check_amount(amount_fen),
    )  # fmt: skip
    return Basket(lines=(line,), local_time=business_days.to_local(clock.now()), shop=shop.code)


def _smallest_amount(terms: Terms) -> int:
    """Return the smallest amount to which a coupon applies; an exchange is worth a fen a piece at least."""
    benefit = terms.benefit
    if isinstance(benefit, AmountOff):
        return max(terms.threshold_fen, benefit.off_fen)
    if isinstance(benefit, Voucher):
        return max(terms.threshold_fen, benefit.worth_fen)
    if isinstance(benefit, Exchange):
        return max(terms.threshold_fen, (benefit.price_fen + 1) * benefit.quantity)
    raise errors.invalid("amount_fen", "折扣券请填写消费金额")


def _check_amount(amount_fen: int) -> int:
    if type(amount_fen) is not int or not 1 <= amount_fen <= MAX_AMOUNT_FEN:
        raise errors.invalid("amount_fen", "金额应在 0.01 到 1000000 元之间")
    return amount_fen


def _order_number(key: str) -> str:
    """Return the order number of a key, in the form of order numbers: a repeat finds its own redemption."""
    return "9" + str(int(encryption.blind_index(key, purpose="till-coupon-use"), 16) % 10**19).zfill(19)

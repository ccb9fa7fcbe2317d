"""The price of an order request (下单计价): shop, member, coupons and settings put together for `store/pricing`."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from store.core import clock, errors, money
from store.coupons import coupons, redemption_records
from store.coupons import redemptions as coupon_redemptions
from store.coupons.coupons import Coupon
from store.coupons.eligibility import CouponSnapshot
from store.coupons.redemption_records import CouponRedemption
from store.customers import members
from store.customers.members import Member
from store.flash_sales import offers
from store.flash_sales.offers import FlashLine
from store.orders.requests import Place, PlaceLine
from store.points import payments as point_payments
from store.points.payments import PointPaymentSettings
from store.pricing import calculation
from store.pricing.price import Price
from store.pricing.promotions import Promotion
from store.pricing.request import Buyer, PointTerms, PriceLine, PriceRequest
from store.promotions import active
from store.promotions.drafts import Channel
from store.shops.shops import Shop
from store.stock import reservations
from store.tenants import business_days, settings
from store.tiers import tiers

NO_CHOICE: frozenset[str] = frozenset()
# Orders of other sources, such as imports and collections of an amount, have their price already.
_CHANNELS: dict[str, Channel] = {"till": "till", "miniprogram": "online", "h5": "online", "staff": "online"}


@dataclass(frozen=True)
class Held:
    """What an order holds already: these coupons, points and promotions are its own to use.

    Coupons are judged as of the moment `held_at` when the order first held them, promotions as of `promotions_at`.
    """

    coupon_codes: Collection[str] = ()
    points: int = 0
    held_at: datetime | None = None
    order_number: str | None = None
    promotions_at: datetime | None = None


def price(request: Place, shop: Shop, member: Member | None, held: Held = Held()) -> Price:
    """Return the price of a request now. Raises DomainError(not_found, coupon_not_applicable)."""
    return calculation.price(build(request, shop, member, held))


def build(request: Place, shop: Shop, member: Member | None, held: Held = Held()) -> PriceRequest:
    """Return what decides the price of a request now."""
    rules = settings.read(PointPaymentSettings)
    return PriceRequest(
        lines=tuple(_to_price_line(str(number), line) for number, line in enumerate(request.lines, start=1)),
        local_time=business_days.to_local(held.held_at or clock.now()),
        shop=shop.code,
        buyer=_to_buyer(member),
        coupons=_list_coupons(request, member, held) if member else (),
        coupon_choice=request.coupon_codes,
        lowered=request.lowered,
        round_down_to_fen=request.round_down_to_fen,
        point_terms=PointTerms(rules.points_per_yuan, rules.max_percent),
        points_available=point_payments.available_points(member) + held.points if member else 0,
        points_wanted=request.points,
        stored_value_fen=request.stored_value_fen,
        freight=request.freight,
        promotions=(*_list_flash_prices(request), *list_promotions(request, shop, member, held)),
    )


def list_promotions(
    request: Place, shop: Shop, member: Member | None, held: Held = Held()
) -> tuple[Promotion, ...]:
    """Return the promotions that hold for a request, with what its member and the shop have left of them."""
    channel = _CHANNELS.get(request.source)
    if channel is None:
        return ()
    moment = held.promotions_at or held.held_at or clock.now()
    return active.list_active(
        shop, channel, moment, member, order_number=held.order_number, reserved=_read_reserved(request, held)
    )


def get_shop(shop_id: int) -> Shop:
    """Return an open or paused shop. Raises DomainError(not_found, shop_closed)."""
    shop = Shop.find(id=shop_id)
    if shop is None:
        raise errors.not_found("该门店")
    ensure_not_closed(shop)
    return shop


def ensure_not_closed(shop: Shop) -> None:
    """Raise DomainError(shop_closed) for a shop that sells nothing any more."""
    if shop.state == "closed":
        raise errors.DomainError("shop_closed", "该门店已停业", 409)


def find_member(member_id: int | None) -> Member | None:
    """Return the current account of a member id, or None without one. Raises DomainError(not_found)."""
    if member_id is None:
        return None
    found = Member.find(id=member_id)
    if found is None:
        raise errors.not_found("该会员")
    member = members.survivor(found)
    members.ensure_open(member)
    return member


def ensure_uncut(price: Price) -> None:
    """Raise DomainError(payment_cut) if points or stored value can pay less than was asked for."""
    for cut in price.cuts:
        raise errors.DomainError(
            "payment_cut", cut.sentence, 409, kind=cut.kind, wanted=cut.wanted, taken=cut.taken
        )


def ensure_expected(price: Price, expected_total_fen: int | None) -> None:
    """Raise DomainError(price_changed) if the customer was shown another total."""
    if expected_total_fen is not None and expected_total_fen != price.total_fen:
        sentence = f"价格已变为 {money.yuan(price.total_fen)} 元，请确认后重新提交"
        raise errors.DomainError(
            "price_changed", sentence, 409, total_fen=price.total_fen, due_fen=price.due_fen,
            list_fen=price.list_fen, fingerprint=price.fingerprint,
        )  # fmt: skip


def _to_price_line(number: str, line: PlaceLine) -> PriceLine:
    return PriceLine(
        line=number,
        product=line.product,
        quantity=line.quantity,
        list_fen=line.unit_price_fen,
        categories=line.categories,
        name=line.name,
        member_fen=line.member_price_fen,
        special_fen=line.special_price_fen,
        sku_id=line.sku_id,
        takes_tier_discount=line.takes_tier_discount,
    )


def _list_flash_prices(request: Place) -> tuple[Promotion, ...]:
    """Return the prices of the lines that are taken from flash sales."""
    lines = {
        str(number): FlashLine(line.product, line.sku_id, line.flash_item_id)
        for number, line in enumerate(request.lines, start=1)
        if line.flash_item_id is not None
    }
    return offers.list_promotions(request.shop_id, lines) if lines else ()


def _read_reserved(request: Place, held: Held) -> dict[int, int]:
    """Return by SKU how many units the goods of a request take from the stock, without those that it reserves."""
    wanted: dict[int, int] = {}
    for line in request.lines:
        if line.sku_id is not None:
            wanted[line.sku_id] = wanted.get(line.sku_id, 0) + line.quantity
    rows = reservations.list_of_order(held.order_number) if held.order_number else []
    for row in rows:
        if row.state == "reserved":
            sku_id = row.level.sku_id
            wanted[sku_id] = wanted.get(sku_id, 0) - row.units_left
    return wanted


def _to_buyer(member: Member | None) -> Buyer | None:
    if member is None:
        return None
    active = tiers.find_active(member)
    return Buyer(active.tier.name, active.tier.discount_percent) if active else Buyer()


def _list_coupons(request: Place, member: Member, held: Held) -> tuple[CouponSnapshot, ...]:
    """Return the coupons to choose from; those that the order holds are as good as when it took them."""
    if request.coupon_codes == NO_CHOICE:
        return ()
    wanted = held.coupon_codes if request.coupon_codes == "best" else request.coupon_codes
    named = [Coupon.find(code=code, member=member.id) for code in sorted(wanted)]
    found = {coupon.id: coupon for coupon in named if coupon is not None}
    if request.coupon_codes == "best" and not member.is_frozen:
        wallet = coupons.list_wallet(member, limit=coupon_redemptions.MAX_WALLET_COUPONS)
        found = {coupon.id: coupon for coupon in wallet} | found
    else:
        _ensure_free(found.values(), held)
    return tuple(_to_snapshots(found.values(), held))


def _ensure_free(wanted: Iterable[Coupon], held: Held) -> None:
    """Raise DomainError(coupon_held) that names the other order which holds one of the coupons."""
    for coupon in wanted:
        if coupon.state != "held" or coupon.code in held.coupon_codes:
            continue
        use = CouponRedemption.find(coupon=coupon.id, state="held")
        if use is not None:
            raise errors.DomainError(
                "coupon_held", f"该优惠券已被订单 {use.order_number} 占用", 409, coupon=coupon.code,
                order_number=use.order_number, held_since=use.held_at.isoformat(),
            )  # fmt: skip


def _to_snapshots(found: Iterable[Coupon], held: Held) -> Iterable[CouponSnapshot]:
    for coupon in found:
        snapshot = redemption_records.to_snapshot(coupon)
        yield replace(snapshot, state="issued") if coupon.code in held.coupon_codes else snapshot

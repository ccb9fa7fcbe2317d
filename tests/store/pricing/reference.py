"""A plain reference of the calculation, written from its rules with fractions and lists.

It takes at most one coupon of each kind, so that the order within a kind does not matter.
"""

from fractions import Fraction
from math import floor

from store.coupons.eligibility import CouponSnapshot
from store.pricing.request import PriceLine, PriceRequest

KINDS = ("amount_off", "percent_off", "voucher")


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def largest_remainder(amount: int, weights: list[int]) -> list[int]:
    """Give out fen one by one: each goes to the part that is furthest below its exact share."""
    total = sum(weights)
    if total == 0:
        return [0] * len(weights)
    exact = [Fraction(amount * weight, total) for weight in weights]
    parts = [floor(share) for share in exact]
    rest = amount - sum(parts)
    order = sorted(range(len(weights)), key=lambda at: (-(exact[at] - parts[at]), at))
    for at in order[:rest]:
        parts[at] += 1
    return parts


def calculate(request: PriceRequest) -> dict[str, object]:
    """Return due, total, and per line what each step took: (step, reference, amounts by line)."""
    lines = request.lines
    units = [min(_offers(line, request)) for line in lines]
    left = [unit * line.quantity for unit, line in zip(units, lines, strict=True)]
    steps: list[tuple[str, str, list[int]]] = []
    saved = [line.list_fen * line.quantity - fen for line, fen in zip(lines, left, strict=True)]
    steps.append(("unit", "", saved))

    def take(step: str, reference: str, amount: int, places: list[int]) -> int:
        weights = [left[at] for at in places]
        parts = largest_remainder(min(amount, sum(weights)), weights)
        amounts = [0] * len(lines)
        for at, part in zip(places, parts, strict=True):
            left[at] -= part
            amounts[at] = part
        steps.append((step, reference, amounts))
        return sum(amounts)

    chosen = [coupon for coupon in request.coupons if coupon.code in request.coupon_choice]
    for coupon in sorted(chosen, key=lambda one: KINDS.index(one.terms.benefit.kind)):
        places = _places(coupon, lines)
        if coupon.terms.benefit.kind != "voucher":
            take("coupon", coupon.code, _coupon_fen(coupon, sum(left[at] for at in places)), places)
    everything = list(range(len(lines)))
    for lowered in request.lowered:
        places = [at for at in everything if not lowered.lines or lines[at].line in lowered.lines]
        base = sum(left[at] for at in places)
        off = half_up(Fraction(base * lowered.percent, 100)) if lowered.percent else lowered.amount_fen
        take("staff", lowered.reference, off, places)
    take("rounding", "", sum(left) % request.round_down_to_fen, everything)
    total = sum(left)
    for coupon in chosen:
        if coupon.terms.benefit.kind == "voucher":
            take("voucher", coupon.code, coupon.terms.benefit.worth_fen, _places(coupon, lines))
    take("points", "", _points_fen(request, total, sum(left)), everything)
    take("stored_value", "", request.stored_value_fen, everything)
    return {"total": total, "due": sum(left), "left": left, "steps": steps}


def _offers(line: PriceLine, request: PriceRequest) -> list[int]:
    offers = [line.list_fen]
    if line.special_fen is not None:
        offers.append(line.special_fen)
    if request.buyer is not None:
        if line.member_fen is not None:
            offers.append(line.member_fen)
        if line.takes_tier_discount:
            off = half_up(Fraction(line.list_fen * request.buyer.discount_percent, 100))
            offers.append(line.list_fen - off)
    return offers


def _coupon_fen(coupon: CouponSnapshot, base: int) -> int:
    benefit = coupon.terms.benefit
    if benefit.kind == "amount_off":
        return benefit.off_fen
    off = half_up(Fraction(base * benefit.percent, 100))
    return min(off, benefit.max_fen or off)


def _places(coupon: CouponSnapshot, lines: tuple[PriceLine, ...]) -> list[int]:
    products = coupon.terms.products
    return [at for at, line in enumerate(lines) if not products or line.product in products]


def _points_fen(request: PriceRequest, goods: int, left: int) -> int:
    """Try every amount from the highest: the first that whole points pay, and that the member has."""
    terms = request.point_terms
    if not terms.points_per_yuan:
        return 0
    most = min(goods * terms.max_percent // 100, left)
    for fen in range(most, 0, -1):
        points = Fraction(fen * terms.points_per_yuan, 100)
        wanted = request.points_available if request.points_wanted == "most" else request.points_wanted
        if points.denominator == 1 and points <= min(request.points_available, wanted):
            return fen
    return 0

"""A plain reference of promotions, written from the rules of a price with one entry for every single unit.

It knows steps 1 to 3 and nothing of the modules that it is compared with, besides the values of a request.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from store.pricing.promotions import Promotion, SpecialPrice, Step
from store.pricing.request import PriceRequest
from tests.store.pricing.reference import half_up, largest_remainder


@dataclass(eq=False)
class Unit:
    """One unit: the place of its line in the request, its price and what a promotion made of it."""

    place: int
    product: str
    categories: tuple[str, ...]
    fen: int
    why: str
    special: Promotion | None = None
    used: bool = False


@dataclass(eq=False)
class Part:
    """Units of one line of the request with one price."""

    place: int
    units: list[Unit]
    left: int


def calculate(request: PriceRequest) -> dict[str, Any]:
    """Return the total, and each discount with its shares by line of the request, and the gifts."""
    basket = _Basket(request)
    queue = sorted(request.promotions, key=lambda one: (one.priority, -one.created))
    for promotion in queue:
        if promotion.kind in ("second_half", "buy_get", "bundle"):
            basket.apply_to_lines(promotion)
    basket.after_lines = {id(part): part.left for part in basket.parts}
    for promotion in queue:
        if promotion.kind in ("reduction", "discount", "member_day", "gift"):
            basket.apply_to_order(promotion)
    places = range(len(request.lines))
    left = [sum(part.left for part in basket.parts if part.place == at) for at in places]
    return {"left": left, "total": sum(left), "discounts": basket.found, "gifts": basket.gifts}


class _Basket:
    """Every unit with its price, which promotions each product has, and what was found so far."""

    def __init__(self, request: PriceRequest) -> None:
        self.request = request
        self.parts = _parts(_units(request))
        self.given: dict[str, set[str]] = {}
        self.after_lines: dict[int, int] = {}
        self.stock: dict[str, int] = {}
        self.found: list[tuple[str, list[int]]] = []
        self.gifts: list[tuple[str, int, tuple[int, ...]]] = []
        for part in self.parts:
            special = part.units[0].special
            if special:
                self.given.setdefault(part.units[0].product, set()).add(special.code)

    def apply_to_lines(self, promotion: Promotion) -> None:
        for amount, units in _line_groups(promotion, self.list_open(promotion)):
            took = [part for part in self.parts if any(unit in units for unit in part.units)]
            weights = [sum(unit.fen for unit in units if unit in part.units) for part in took]
            if amount > 0:
                for unit in units:
                    unit.used = True
                self.record(promotion, amount, took, weights)

    def apply_to_order(self, promotion: Promotion) -> None:
        mine = self.list_open(promotion)
        fen = sum(self.after_lines[id(part)] for part in mine)
        count = sum(len(part.units) for part in mine)
        reached = [step for step in promotion.steps if fen >= step.from_fen and count >= step.from_units]
        if not mine or not reached or promotion.max_times == 0:
            return
        step = max(reached, key=lambda one: one.from_fen or one.from_units)
        times = _times(promotion, step, fen, count)
        weights = [part.left for part in mine]
        off = step.off_fen * times or half_up(Fraction(sum(weights) * step.percent, 100))
        gave = self.give(step, times, mine)
        if gave or min(off, sum(weights)) > 0:
            self.record(promotion, off, mine, weights)

    def list_open(self, promotion: Promotion) -> list[Part]:
        return [part for part in self.parts if _is_open(self.request, promotion, part, self.given)]

    def record(self, promotion: Promotion, amount: int, mine: list[Part], weights: list[int]) -> None:
        shares = [0] * len(self.request.lines)
        parts = largest_remainder(min(amount, sum(weights)), weights)
        for part, fen in zip(mine, parts, strict=True):
            part.left -= fen
            shares[part.place] += fen
            self.given.setdefault(part.units[0].product, set()).add(promotion.code)
        if any(shares):
            self.found.append((promotion.code, shares))

    def give(self, step: Step, times: int, mine: list[Part]) -> bool:
        gave = False
        for gift in step.gifts:
            available = 10**9 if gift.available is None else gift.available
            in_stock = self.stock.setdefault(gift.product, available)
            quantity = min(in_stock, gift.quantity * times)
            self.stock[gift.product] -= quantity
            if quantity:
                gave = True
                self.gifts.append((gift.product, quantity, tuple(sorted({part.place for part in mine}))))
        return gave


def _times(promotion: Promotion, step: Step, fen: int, count: int) -> int:
    times, most = 1, 10**9 if promotion.max_times is None else promotion.max_times
    if promotion.repeats and not step.percent and (step.from_fen or step.from_units):
        while times < most and fen >= step.from_fen * (times + 1) and count >= step.from_units * (times + 1):
            times += 1
    return times


def _units(request: PriceRequest) -> list[Unit]:
    """Price every unit by itself: the lowest offer whose limit is not used up."""
    used: dict[tuple[str, str], int] = {}
    units = []
    for place, line in enumerate(request.lines):
        for _ in range(line.quantity):
            plain = [(line.list_fen, 0, "list")]
            if line.special_fen is not None:
                plain.append((line.special_fen, 1, "special"))
            member = []
            if request.buyer and line.member_fen is not None:
                member.append((line.member_fen, 3, "member"))
            if request.buyer and line.takes_tier_discount:
                off = half_up(Fraction(line.list_fen * request.buyer.discount_percent, 100))
                member.append((line.list_fen - off, 3, "member"))
            fen, _rank, why = min(plain + member)
            unit = Unit(place, line.product, line.categories, fen, why)
            for special, price in _specials(request, line.product):
                rivals = plain + member if special.with_member_prices else plain
                key = (special.code, line.product)
                limit = 10**9 if price.limit is None else price.limit
                if (price.fen, 2) < min(rivals)[:2] and used.get(key, 0) < limit:
                    used[key] = used.get(key, 0) + 1
                    unit = Unit(place, line.product, line.categories, price.fen, "special", special)
                    break
            units.append(unit)
    return units


def _specials(request: PriceRequest, product: str) -> list[tuple[Promotion, SpecialPrice]]:
    found = [
        (one, price)
        for one in request.promotions
        for price in one.prices
        if one.kind == "special_price" and price.product == product and _may(request, one)
    ]
    return sorted(found, key=lambda pair: (pair[1].fen, pair[0].priority, -pair[0].created))


def _parts(units: list[Unit]) -> list[Part]:
    parts: list[Part] = []
    for unit in units:
        last = parts[-1].units[0] if parts else None
        if last and (last.place, last.fen, last.special) == (unit.place, unit.fen, unit.special):
            parts[-1].units.append(unit)
            parts[-1].left += unit.fen
        else:
            parts.append(Part(unit.place, [unit], unit.fen))
    return parts


def _may(request: PriceRequest, promotion: Promotion) -> bool:
    buyer = request.buyer
    if promotion.kind == "member_day" or promotion.members_only:
        return buyer is not None and (not promotion.tiers or buyer.tier in promotion.tiers)
    return not promotion.tiers or (buyer is not None and buyer.tier in promotion.tiers)


def _is_open(request: PriceRequest, promotion: Promotion, part: Part, given: dict[str, set[str]]) -> bool:
    unit = part.units[0]
    named = promotion.products | {one for bundle in promotion.parts for one in bundle.products}
    meant = not named and not promotion.categories
    meant = meant or unit.product in named or bool(set(unit.categories) & promotion.categories)
    by_code = {one.code: one for one in request.promotions}
    others = given.get(unit.product, set()) - {promotion.code}
    free = not others or not (promotion.exclusive or any(by_code[code].exclusive for code in others))
    member_ok = unit.why != "member" or promotion.with_member_prices
    return bool(unit.fen) and _may(request, promotion) and meant and member_ok and free


def _line_groups(promotion: Promotion, mine: list[Part]) -> list[tuple[int, list[Unit]]]:
    """Return the amount and the units of each discount that the promotion gives."""
    units = [unit for part in mine for unit in part.units if not unit.used]
    units.sort(key=lambda unit: -unit.fen)
    if promotion.kind == "bundle":
        return [_bundle(promotion, units)]
    groups = [units]
    if promotion.per_product:
        names = dict.fromkeys(part.units[0].product for part in mine)
        groups = [[unit for unit in units if unit.product == name] for name in names]
    found, times = [], 10**9 if promotion.max_times is None else promotion.max_times
    size = promotion.buy + promotion.get
    for group in groups:
        took, amount = [], 0
        while len(group) - len(took) >= size and times:
            piece = group[len(took) : len(took) + size]
            amount += sum(unit.fen for unit in piece[promotion.buy :])
            took += piece
            times -= 1
        percent = 50 if promotion.kind == "second_half" else promotion.percent
        found.append((half_up(Fraction(amount * percent, 100)), took))
    return found


def _bundle(promotion: Promotion, units: list[Unit]) -> tuple[int, list[Unit]]:
    took: list[Unit] = []
    amount, times = 0, 10**9 if promotion.max_times is None else promotion.max_times
    while times:
        piece: list[Unit] = []
        for part in promotion.parts:
            fit = [unit for unit in units if unit.product in part.products and unit not in took]
            if len(fit) < part.quantity:
                return amount, took
            piece += fit[: part.quantity]
        saved = sum(unit.fen for unit in piece) - promotion.price_fen
        if saved <= 0:
            return amount, took
        took, amount, times = took + piece, amount + saved, times - 1
    return amount, took

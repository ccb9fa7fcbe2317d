"""Limited special prices (限量特价, step 1): units at different prices become lines of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from store.pricing import unit_prices
from store.pricing.promotions import Promotion, SpecialPrice
from store.pricing.request import Buyer, PriceLine
from store.pricing.unit_prices import MEMBER, SPECIAL, TIER, UnitPrice


class UnitLine(NamedTuple):
    """Units of one price. `source` is the line of the request, `promotion` what made the special price."""

    line: PriceLine
    source: str
    unit: UnitPrice
    promotion: Promotion | None = None


def split(lines: Sequence[PriceLine], promotions: Sequence[Promotion], buyer: Buyer | None) -> list[UnitLine]:
    """Return the lines with the price of a unit, numbered `1-2`, `1-3` and so on where a limit splits one."""
    left = {
        (one.code, price.product, price.line): price.limit
        for one in promotions
        for price in one.prices
        if price.limit is not None
    }
    if not any(one.kind == "special_price" for one in promotions):
        return [UnitLine(line, line.line, unit_prices.unit_price(line, buyer)) for line in lines]
    taken = {line.line for line in lines}
    return [part for line in lines for part in _split_line(line, promotions, buyer, left, taken)]


def _split_line(
    line: PriceLine,
    promotions: Sequence[Promotion],
    buyer: Buyer | None,
    left: dict[tuple[str, str, str], int],
    taken: set[str],
) -> list[UnitLine]:
    """Give the units of a line the lowest prices whose limits are not reached, the others their usual price."""
    usual, quantity = unit_prices.unit_price(line, buyer), line.quantity
    parts: list[tuple[int, UnitPrice, Promotion | None]] = []
    for promotion, price in _list_offers(line, promotions, buyer):
        key = (promotion.code, line.product, price.line)
        units = min(quantity, left.get(key, quantity))
        if units and _is_lower(line, promotion, price, usual):
            parts.append((units, UnitPrice(price.fen, SPECIAL), promotion))
            quantity -= units
            if key in left:
                left[key] -= units
    if quantity:
        parts.append((quantity, usual, None))
    numbers = _number(line.line, len(parts), taken)
    return [
        UnitLine(replace(line, line=number, quantity=units), line.line, unit, promotion)
        for number, (units, unit, promotion) in zip(numbers, parts, strict=True)
    ]


def _list_offers(
    line: PriceLine, promotions: Sequence[Promotion], buyer: Buyer | None
) -> list[tuple[Promotion, SpecialPrice]]:
    offers = [
        (promotion, price)
        for promotion in promotions
        if promotion.kind == "special_price" and _is_for(promotion, buyer)
        for price in promotion.prices
        if price.product == line.product and price.line in ("", line.line)
    ]
    return sorted(offers, key=lambda offer: (offer[1].fen, offer[0].order))


def _is_for(promotion: Promotion, buyer: Buyer | None) -> bool:
    if promotion.needs_member and buyer is None:
        return False
    return not promotion.tiers or (buyer is not None and buyer.tier in promotion.tiers)


def _is_lower(line: PriceLine, promotion: Promotion, price: SpecialPrice, usual: UnitPrice) -> bool:
    """Check a special price against the usual one; a setting keeps member and tier prices off special prices."""
    if not promotion.with_member_prices:
        usual = unit_prices.unit_price(line, None)
    return price.fen < usual.fen or (price.fen == usual.fen and usual.kind in (MEMBER, TIER))


def _number(line: str, count: int, taken: set[str]) -> list[str]:
    numbers, place = [line], 2
    while len(numbers) < count:
        number = f"{line}-{place}"
        if number not in taken:
            taken.add(number)
            numbers.append(number)
        place += 1
    return numbers


def group_by_source(lines: Sequence[UnitLine]) -> Mapping[str, list[str]]:
    """Return by line of the request the lines that it became."""
    found: dict[str, list[str]] = {}
    for one in lines:
        found.setdefault(one.source, []).append(one.line.line)
    return found

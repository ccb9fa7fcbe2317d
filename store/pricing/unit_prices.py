"""Unit prices (单价): the lowest of list price, special price, member price and the tier's discount."""

from typing import NamedTuple

from store.core import money
from store.pricing.request import Buyer, PriceLine

SPECIAL, MEMBER, TIER = "special_price", "member_price", "tier"


class UnitPrice(NamedTuple):
    """`kind` says what lowered the price; it is empty for the list price."""

    fen: int
    kind: str


def unit_price(line: PriceLine, buyer: Buyer | None) -> UnitPrice:
    """Return the price of a unit. Of equal prices the list price counts, then the special price."""
    offers = [UnitPrice(line.list_fen, "")]
    if line.special_fen is not None:
        offers.append(UnitPrice(line.special_fen, SPECIAL))
    if buyer is not None and line.member_fen is not None:
        offers.append(UnitPrice(line.member_fen, MEMBER))
    if buyer is not None and line.takes_tier_discount:
        off = money.percent_off(line.list_fen, buyer.discount_percent)
        offers.append(UnitPrice(line.list_fen - off, TIER))
    return min(offers, key=lambda offer: offer.fen)


def describe(kind: str, buyer: Buyer | None) -> str:
    """Return the sentence for a lowered unit price."""
    if kind == TIER:
        return f"{buyer.tier} {format_fold(buyer.discount_percent)}".strip() if buyer else ""
    return {SPECIAL: "特价", MEMBER: "会员价"}[kind]


def format_fold(percent_off: int) -> str:
    """Return a percentage off as 折: 20 is `8 折`, 5 is `9.5 折`."""
    tens, ones = divmod(100 - percent_off, 10)
    return f"{tens}.{ones} 折" if ones else f"{tens} 折"

"""The promotions of an order (促销, steps 2 and 3), by priority: first those on lines, then those on the order."""

from collections.abc import Sequence

from store.pricing import line_promotions, order_promotions
from store.pricing.promotion_rows import PromotionState, Row
from store.pricing.promotions import Promotion
from store.pricing.request import Buyer
from store.pricing.special_prices import UnitLine
from store.pricing.unit_prices import MEMBER, TIER


def apply(lines: Sequence[UnitLine], promotions: Sequence[Promotion], buyer: Buyer | None) -> PromotionState:
    """Apply all promotions to lines with unit prices, and return what they gave."""
    state = PromotionState([_to_row(one) for one in lines], buyer.tier if buyer else None)
    by_priority = sorted(promotions, key=lambda promotion: promotion.order)
    line_promotions.apply(state, by_priority)
    order_promotions.apply(state, by_priority)
    return state


def _to_row(one: UnitLine) -> Row:
    return Row(
        line=one.line.line,
        product=one.line.product,
        categories=one.line.categories,
        quantity=one.line.quantity,
        unit_fen=one.unit.fen,
        has_member_price=one.unit.kind in (MEMBER, TIER),
        special=one.promotion,
    )

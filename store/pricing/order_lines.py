"""The lines of a price: what lowered the price of a unit, which lines are promoted, and gifts as lines of 0.00."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from store.pricing import promotion_words, unit_prices
from store.pricing.price import AppliedPromotion, PricedLine
from store.pricing.promotion_rows import GivenGift, PromotionState, Shares
from store.pricing.promotions import Promotion
from store.pricing.request import Buyer
from store.pricing.special_prices import UnitLine


class Lowered(NamedTuple):
    """What one kind of unit price saves, by line."""

    kind: str
    reference: str
    sentence: str
    cost_centre: str
    saved: Shares


def list_lowered(lines: Sequence[UnitLine], buyer: Buyer | None) -> Iterator[Lowered]:
    """Yield what special prices, member prices and the tier save, each promotion by itself."""
    for kind in (unit_prices.SPECIAL, unit_prices.MEMBER, unit_prices.TIER):
        mine = [one for one in lines if one.unit.kind == kind]
        for promotion in _list_promotions(mine):
            saved = {
                one.line.line: (one.line.list_fen - one.unit.fen) * one.line.quantity
                for one in mine
                if one.promotion is promotion
            }
            if promotion is not None:
                sentence = promotion_words.describe_offer(promotion)
                yield Lowered(kind, promotion.code, sentence, promotion.cost_centre, saved)
            else:
                tier = buyer.tier if buyer and kind == unit_prices.TIER else ""
                yield Lowered(kind, tier, unit_prices.describe(kind, buyer), "", saved)


def is_promoted(one: UnitLine, state: PromotionState) -> bool:
    """Check whether promotions, not membership, lowered a price, so that a coupon may leave the line out."""
    return one.unit.kind == unit_prices.SPECIAL or any(True for _ in state.list_given(one.line.line))


def to_priced_lines(
    lines: Sequence[UnitLine], goods: Shares, state: PromotionState
) -> tuple[PricedLine, ...]:
    """Return the lines of goods in their order, and after them the gifts."""
    sold = [
        PricedLine(
            line=one.line.line,
            product=one.line.product,
            quantity=one.line.quantity,
            unit_fen=one.unit.fen,
            list_fen=one.line.list_fen * one.line.quantity,
            goods_fen=goods[one.line.line],
            promoted=is_promoted(one, state),
            source=one.source,
        )
        for one in lines
    ]
    gifts = [gift for application in state.applications for gift in application.gifts]
    taken = {one.line for one in sold}
    numbers = (f"G{place}" for place in range(1, len(gifts) + len(taken) + 1))
    free = (number for number in numbers if number not in taken)
    return (*sold, *(_to_gift_line(number, gift) for number, gift in zip(free, gifts, strict=False)))


def list_applied(lines: Sequence[UnitLine], state: PromotionState) -> tuple[AppliedPromotion, ...]:
    """Return what the order has of each promotion: special prices by product, then the others."""
    special: dict[tuple[str, str], AppliedPromotion] = {}
    for one in lines:
        if one.promotion is not None:
            key, units = (one.promotion.code, one.line.product), one.line.quantity
            before = special.get(key, AppliedPromotion(one.promotion.code, 0, 0, 0, 0, one.line.product))
            special[key] = replace(
                before, times=before.times + units, units=before.units + units,
                list_fen=before.list_fen + units * one.line.list_fen,
                off_fen=before.off_fen + units * (one.line.list_fen - one.unit.fen),
            )  # fmt: skip
    prices = {one.line.line: one.line.list_fen for one in lines}
    others = (
        AppliedPromotion(
            code=one.promotion.code, times=one.times, units=sum(one.units.values()),
            list_fen=sum(prices[line] * units for line, units in one.units.items()), off_fen=sum(one.shares.values()),
        )
        for one in state.applications
    )  # fmt: skip
    return (*special.values(), *_merge(others))


def _merge(applied: Iterable[AppliedPromotion]) -> Iterator[AppliedPromotion]:
    """Yield one value for each promotion that was applied to several products by themselves."""
    found: dict[str, AppliedPromotion] = {}
    for one in applied:
        before = found.get(one.code)
        found[one.code] = one if before is None else replace(
            one, times=before.times + one.times, units=before.units + one.units,
            list_fen=before.list_fen + one.list_fen, off_fen=before.off_fen + one.off_fen,
        )  # fmt: skip
    yield from found.values()


def _list_promotions(lines: Sequence[UnitLine]) -> list[Promotion | None]:
    """Return the promotions behind special prices, in their order, each once."""
    return list(dict.fromkeys(one.promotion for one in lines))


def _to_gift_line(number: str, gift: GivenGift) -> PricedLine:
    return PricedLine(
        line=number,
        product=gift.product,
        quantity=gift.quantity,
        unit_fen=0,
        list_fen=0,
        goods_fen=0,
        promoted=True,
        gift=gift,
    )

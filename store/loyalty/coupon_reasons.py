"""The reasons (不可用原因) why a coupon does not apply to a basket, each with its sentence for the shopper."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from store.kernel import money
from store.loyalty import coupon_terms, coupons
from store.loyalty.coupon_baskets import Basket, Line
from store.loyalty.coupon_terms import Exchange, Terms


@dataclass(frozen=True)
class Card:
    """A coupon as the quote sees it; `rule` is the public id of its rule."""

    code: str
    rule: str
    terms: Terms
    state: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Reason:
    """`code` is stable; `sentence` is for the shopper."""

    code: str
    sentence: str


def against(card: Card, basket: Basket) -> Reason | None:
    """The first thing that speaks against a coupon on a basket; None when it applies."""
    return against_itself(card, basket) or against_terms(card.terms, basket)


def against_itself(card: Card, basket: Basket) -> Reason | None:
    """The first thing that speaks against a coupon whatever its terms say of the basket."""
    return next(filter(None, (test(card, basket) for test in _OF_ITS_OWN)), None)


def against_terms(terms: Terms, basket: Basket) -> Reason | None:
    """The first thing that speaks against every coupon of these terms on a basket."""
    return next(filter(None, (test(terms, basket) for test in _OF_ITS_TERMS)), None)


def eligible(terms: Terms, basket: Basket) -> list[int]:
    """The places of the lines that a coupon lowers."""
    if isinstance(terms.benefit, Exchange):
        goods = terms.benefit.products
        return [place for place in _shared(terms, basket) if basket.lines[place].product in goods]
    return _covered(terms, basket)


def _covered(terms: Terms, basket: Basket) -> list[int]:
    """The places of the lines that count towards a coupon."""
    shared = _shared(terms, basket)
    if not terms.products and not terms.product_groups:
        return shared
    return [place for place in shared if _is_meant(terms, basket.lines[place])]


def _shared(terms: Terms, basket: Basket) -> list[int]:
    """The places of the lines that a coupon may touch beside the promotions on them."""
    both = terms.stacking.promotions
    return [place for place, line in enumerate(basket.lines) if both or not line.promoted]


def _is_meant(terms: Terms, line: Line) -> bool:
    return _among(line.product, line.groups, terms.products, terms.product_groups)


def _among(code: str, groups: Iterable[str], codes: tuple[str, ...], in_groups: tuple[str, ...]) -> bool:
    """Whether something is meant by a list of codes and one of groups; both empty mean everything."""
    return (not codes and not in_groups) or code in codes or any(group in in_groups for group in groups)


def _state(card: Card, basket: Basket) -> Reason | None:
    return None if card.state == "issued" else Reason("state", f"该券{coupons.WORDS[card.state]}")


def _not_yet(card: Card, basket: Basket) -> Reason | None:
    if basket.at >= card.starts_at:
        return None
    begins = card.starts_at.astimezone(basket.at.tzinfo)
    return Reason("not_yet", f"{begins:%Y-%m-%d} 起可用")


def _ended(card: Card, basket: Basket) -> Reason | None:
    return None if basket.at < card.ends_at else Reason("ended", "该券已过期")


def _hours(terms: Terms, basket: Basket) -> Reason | None:
    if coupon_terms.open_at(terms, basket.at):
        return None
    return Reason("hours", f"限{coupon_terms.opening_words(terms)} 使用")


def _shop(terms: Terms, basket: Basket) -> Reason | None:
    meant = _among(basket.shop, basket.shop_groups, terms.shops, terms.shop_groups)
    return None if meant else Reason("shop", "本门店不可用")


def _products(terms: Terms, basket: Basket) -> Reason | None:
    places = eligible(terms, basket)
    if any(basket.lines[place].total_fen for place in places):
        return None
    if any(line.promoted for line in basket.lines) and not terms.stacking.promotions:
        return Reason("promotions", "不与促销同享，没有其他可用商品")
    return Reason("products", "没有可用商品")


def _threshold(terms: Terms, basket: Basket) -> Reason | None:
    """Counted over the lines that the coupon covers, after promotions and before any coupon."""
    threshold = terms.threshold_fen
    missing = threshold - sum(basket.lines[place].total_fen for place in _covered(terms, basket))
    if missing <= 0:
        return None
    return Reason("threshold", f"满 {money.yuan(threshold)} 元可用，还差 {money.yuan(missing)} 元")


_OF_ITS_OWN: tuple[Callable[[Card, Basket], Reason | None], ...] = (_state, _not_yet, _ended)
_OF_ITS_TERMS: tuple[Callable[[Terms, Basket], Reason | None], ...] = (_hours, _shop, _products, _threshold)

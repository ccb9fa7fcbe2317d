"""The rows of an order on which promotions act, and what they have given so far. Amounts are whole fen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from store.core import money
from store.pricing.promotions import Promotion

Shares = Mapping[str, int]  # fen by line; lines without a share are left out


@dataclass(frozen=True)
class Row:
    """Goods after step 1: units of one price, `special` if a promotion made it."""

    line: str
    product: str
    categories: tuple[str, ...]
    quantity: int
    unit_fen: int
    has_member_price: bool = False
    special: Promotion | None = None


@dataclass(frozen=True)
class GivenGift:
    """A gift: which promotion gives it, and the lines that earn it."""

    promotion: str
    sentence: str
    cost_centre: str
    product: str
    name: str
    sku_id: int | None
    quantity: int
    value_fen: int
    gift_for: tuple[str, ...]
    picture: str = ""


@dataclass(frozen=True)
class Application:
    """What a promotion gave once: `lines` took part; `bases` is by line what counted towards `threshold_fen`.

    `times` are the sets or steps that it gave, `units` by line how many units took part.
    """

    promotion: Promotion
    sentence: str
    shares: Shares
    lines: tuple[str, ...]
    gifts: tuple[GivenGift, ...] = ()
    threshold_fen: int = 0
    bases: Shares = field(default_factory=dict)
    times: int = 1
    units: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """What is missing for more: "还差 8.00 元减 5 元". One of the two numbers is 0."""

    promotion: str
    sentence: str
    missing_fen: int
    missing_units: int


@dataclass(frozen=True)
class Notice:
    """What the customer is to know before paying: a gift that is out of stock."""

    kind: str
    reference: str
    sentence: str


class PromotionState:
    """Rows with what is left on each, the units that are still free for line promotions, and what was given.

    `tier` is None for customers without membership.
    """

    def __init__(self, rows: Sequence[Row], tier: str | None) -> None:
        self.rows, self.tier = rows, tier
        self.left = {row.line: row.unit_fen * row.quantity for row in rows}
        self.free_units = {row.line: row.quantity for row in rows}
        self.applications: list[Application] = []
        self.progress: list[Progress] = []
        self.notices: list[Notice] = []
        self._given: dict[str, list[Promotion]] = {}
        for row in rows:
            if row.special is not None:
                self._given.setdefault(row.product, []).append(row.special)

    def list_open(self, promotion: Promotion) -> list[Row]:
        """Return the rows on which a promotion may act: goods with a price, and nothing that excludes it."""
        if promotion.needs_member and self.tier is None:
            return []
        if promotion.tiers and self.tier not in promotion.tiers:
            return []
        return [row for row in self.rows if row.unit_fen and self._is_open(promotion, row)]

    def apply(self, application: Application) -> None:
        """Take the shares off, and remember which goods have the promotion."""
        for line, fen in application.shares.items():
            self.left[line] -= fen
        products = {row.product for row in self.rows if row.line in application.lines}
        for product in products:
            self._given.setdefault(product, []).append(application.promotion)
        self.applications.append(application)

    def split(self, amount: int, weights: Mapping[str, int]) -> Shares:
        """Split an amount, at most what the weights sum to, over lines."""
        parts = money.split(min(amount, sum(weights.values())), list(weights.values()))
        return {line: part for line, part in zip(weights, parts, strict=True) if part}

    def list_given(self, line: str) -> Iterable[Promotion]:
        """Return the promotions that a row has: its special price, and those in which it took part."""
        special = [row.special for row in self.rows if row.line == line and row.special is not None]
        return [*special, *(one.promotion for one in self.applications if line in one.lines)]

    def _is_open(self, promotion: Promotion, row: Row) -> bool:
        if not promotion.covers(row.product, row.categories):
            return False
        if row.has_member_price and not promotion.with_member_prices:
            return False
        others = [one for one in self._given.get(row.product, ()) if one.code != promotion.code]
        return not others or not (promotion.exclusive or any(one.exclusive for one in others))

"""Promotions (促销) as pricing sees them: what each gives, on which goods, and what it may be combined with.

The caller passes the promotions that are effective now in this shop and channel. Amounts are whole fen.
"""

from dataclasses import dataclass
from typing import Literal

PromotionKind = Literal[
    "special_price", "second_half", "buy_get", "bundle", "reduction", "discount", "member_day", "gift"
]

LINE_KINDS = ("second_half", "buy_get", "bundle")
ORDER_KINDS = ("reduction", "discount", "member_day", "gift")


@dataclass(frozen=True)
class SpecialPrice:
    """A limited special price (限量特价) of a product, for at most `limit` units of an order.

    With a `line` it holds for this line of the request only.
    """

    product: str
    fen: int
    limit: int | None = None
    line: str = ""

    def __post_init__(self) -> None:
        if self.fen < 0 or (self.limit is not None and self.limit < 0):
            raise ValueError(f"{self.product}: {self.limit} units at {self.fen} fen")


@dataclass(frozen=True)
class Gift:
    """Goods that are given for 0.00: `value_fen` is what a unit costs if it is kept, `available` what is in stock."""

    product: str
    name: str
    value_fen: int
    quantity: int = 1
    sku_id: int | None = None
    available: int | None = None
    picture: str = ""

    def __post_init__(self) -> None:
        if self.quantity < 1 or min(self.value_fen, self.available or 0) < 0:
            raise ValueError(f"gift {self.product}: {self.quantity} units of {self.value_fen} fen")


@dataclass(frozen=True)
class Step:
    """What an order promotion gives from an amount or a number of units on: an amount, a percentage or gifts."""

    from_fen: int = 0
    from_units: int = 0
    off_fen: int = 0
    percent: int = 0
    gifts: tuple[Gift, ...] = ()

    def __post_init__(self) -> None:
        if min(self.from_fen, self.from_units, self.off_fen) < 0 or (self.from_fen and self.from_units):
            raise ValueError("a step begins at an amount or at a number of units")
        if not 0 <= self.percent <= 100:
            raise ValueError(f"{self.percent} % off")
        if (self.off_fen > 0) + (self.percent > 0) + bool(self.gifts) != 1:
            raise ValueError("a step gives an amount, a percentage or gifts")


@dataclass(frozen=True)
class BundlePart:
    """Units of any of these products that belong to a bundle (商品组合)."""

    products: frozenset[str]
    quantity: int = 1

    def __post_init__(self) -> None:
        if not self.products or self.quantity < 1:
            raise ValueError(f"a part of {self.quantity} units of {len(self.products)} products")


@dataclass(frozen=True)
class Promotion:
    """A promotion; the fields from `prices` on belong to its kind.

    `created` is the order of creation: of equal priorities the newest comes first. Without products and categories it
    is for all goods, without tiers for every buyer. An exclusive promotion applies to goods without any
    other, and no other applies to goods that have it. `buy` and `get`: of so many units of a set, the `get` cheapest
    cost `percent` less. `per_product` counts each product by itself. `max_times` is the most an order may have of it.
    """

    kind: PromotionKind
    code: str
    name: str
    priority: int = 100
    created: int = 0
    exclusive: bool = False
    with_coupons: bool = True
    with_points: bool = True
    with_member_prices: bool = True
    products: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()
    members_only: bool = False
    cost_centre: str = ""
    max_times: int | None = None
    recalculates: bool = False
    prices: tuple[SpecialPrice, ...] = ()
    buy: int = 1
    get: int = 1
    percent: int = 100
    per_product: bool = False
    parts: tuple[BundlePart, ...] = ()
    price_fen: int = 0
    steps: tuple[Step, ...] = ()
    repeats: bool = False

    def __post_init__(self) -> None:
        if min(self.buy, self.get) < 1 or not 1 <= self.percent <= 100:
            raise ValueError(f"{self.code}: buy {self.buy}, get {self.get} at {self.percent} % off")
        if self.price_fen < 0 or (self.max_times is not None and self.max_times < 0):
            raise ValueError(f"{self.code}: {self.max_times} times at {self.price_fen} fen")
        if self.kind == "special_price":
            self._check_prices()
        if self.kind == "second_half" and (self.buy, self.get) != (1, 1):
            raise ValueError(f"{self.code}: second at half is one and one")
        if self.kind in ORDER_KINDS:
            self._check_steps()
        if self.kind == "bundle":
            self._check_parts()

    def _check_prices(self) -> None:
        named = [(price.product, price.line) for price in self.prices]
        if not named or len(set(named)) < len(named):
            raise ValueError(f"{self.code}: a special price has one price for each product")

    def _check_steps(self) -> None:
        by_units = {step.from_units > 0 for step in self.steps if step.from_fen or step.from_units}
        if not self.steps or len(by_units) > 1:
            raise ValueError(f"{self.code}: steps all begin at amounts, or all at numbers of units")

    def _check_parts(self) -> None:
        named = [product for part in self.parts for product in part.products]
        if not named or len(set(named)) < len(named):
            raise ValueError(f"{self.code}: the parts of a bundle have different products")

    @property
    def order(self) -> tuple[int, int, str]:
        """The place among others: the lower priority first, then the newest."""
        return (self.priority, -self.created, self.code)

    @property
    def off_percent(self) -> int:
        """What the reduced units of a set cost less."""
        return 50 if self.kind == "second_half" else self.percent

    @property
    def needs_member(self) -> bool:
        return self.members_only or bool(self.tiers) or self.kind == "member_day"

    def covers(self, product: str, categories: tuple[str, ...]) -> bool:
        """Check whether goods are among those that the promotion is for."""
        if self.kind == "special_price":
            return any(price.product == product for price in self.prices)
        if self.kind == "bundle":
            return any(product in part.products for part in self.parts)
        everything = not self.products and not self.categories
        return everything or product in self.products or not self.categories.isdisjoint(categories)

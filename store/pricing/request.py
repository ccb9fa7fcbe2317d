"""Price requests (计价请求): everything that decides what an order costs. Amounts are whole fen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from store.coupons.eligibility import CouponSnapshot
from store.pricing.promotions import Promotion

CouponChoice = Literal["best"] | frozenset[str]
PointsWanted = int | Literal["most"]


@dataclass(frozen=True)
class PriceLine:
    """Goods of one price, or a free amount as one unit.

    Prices are per unit. `categories` are the product groups of the goods, by which coupons choose their lines.
    """

    line: str
    product: str
    quantity: int
    list_fen: int
    categories: tuple[str, ...] = ()
    name: str = ""
    member_fen: int | None = None
    special_fen: int | None = None
    sku_id: int | None = None
    takes_tier_discount: bool = True

    def __post_init__(self) -> None:
        prices = (self.list_fen, self.member_fen or 0, self.special_fen or 0)
        if self.quantity < 1 or min(prices) < 0:
            raise ValueError(f"line {self.line}: {self.quantity} units at {prices} fen")


@dataclass(frozen=True)
class Buyer:
    """A member: member prices apply, and `discount_percent` off by the tier (5 is 9.5 折)."""

    tier: str = ""
    discount_percent: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.discount_percent <= 100:
            raise ValueError(f"{self.discount_percent} % off")


@dataclass(frozen=True)
class StaffDiscount:
    """A price lowered by staff: a percentage or an amount off `lines`, or off all goods if there are none."""

    reference: str
    reason: str
    percent: int = 0
    amount_fen: int = 0
    lines: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not (0 <= self.percent <= 100 and self.amount_fen >= 0) or bool(self.percent) == bool(
            self.amount_fen
        ):
            raise ValueError(f"a discount of {self.percent} % and {self.amount_fen} fen")


@dataclass(frozen=True)
class Freight:
    """What a delivery costs (运费); goods of `free_from_fen` after all discounts are delivered for nothing."""

    fee_fen: int
    free_from_fen: int | None = None

    def __post_init__(self) -> None:
        if min(self.fee_fen, self.free_from_fen or 0) < 0:
            raise ValueError(f"a freight of {self.fee_fen} fen, free from {self.free_from_fen} fen")


@dataclass(frozen=True)
class PointTerms:
    """Points as payment: how many are a yuan (0: none are taken), and the most of the goods in per cent."""

    points_per_yuan: int = 0
    max_percent: int = 0


@dataclass(frozen=True)
class PriceRequest:
    """The goods of one shop, the buyer if known, and what shall pay.

    `local_time` is the moment as the clocks in the shop show it. `coupon_choice` names codes, or asks for the best.
    `promotions` are those that are effective at that moment in this shop and channel.
    """

    lines: tuple[PriceLine, ...]
    local_time: datetime
    shop: str
    shop_groups: tuple[str, ...] = ()
    buyer: Buyer | None = None
    coupons: tuple[CouponSnapshot, ...] = ()
    coupon_choice: CouponChoice = "best"
    lowered: tuple[StaffDiscount, ...] = ()
    round_down_to_fen: int = 1
    point_terms: PointTerms = PointTerms()
    points_available: int = 0
    points_wanted: PointsWanted = 0
    stored_value_fen: int = 0
    freight: Freight | None = None
    promotions: tuple[Promotion, ...] = ()

    def __post_init__(self) -> None:
        if not self.lines or len({line.line for line in self.lines}) != len(self.lines):
            raise ValueError("an order has lines, each with a number of its own")
        if min(self.round_down_to_fen - 1, self.points_available, self.stored_value_fen) < 0:
            raise ValueError("amounts are not negative, and rounding is to a fen or more")
        unknown = frozenset().union(*(one.lines for one in self.lowered)) - {line.line for line in self.lines}
        if unknown:
            raise ValueError(f"no lines {sorted(unknown)}")
        if len({one.code for one in self.promotions}) < len(self.promotions):
            raise ValueError("two promotions have the same code")

"""The price of an order (价格): lines, discounts, tenders and what is due. Amounts are whole fen.

On every line the list amount is the sum of its shares of discounts, of tenders and of what is due.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from store.coupons.basket import Basket
from store.coupons.eligibility import IneligibilityReason
from store.pricing.promotion_rows import GivenGift, Notice, Progress, Shares

FREIGHT_LINE = "F"  # the number of the line that a freight is


@dataclass(frozen=True)
class PricedLine:
    """`list_fen` and `goods_fen` are of all units: before and after all discounts.

    `source` is the line of the request: the limit of a special price makes several lines of one. It is empty for a
    `gift`, which costs 0.00.
    """

    line: str
    product: str
    quantity: int
    unit_fen: int
    list_fen: int
    goods_fen: int
    promoted: bool
    source: str = ""
    gift: GivenGift | None = None


@dataclass(frozen=True)
class Discount:
    """What is taken off, and the sentence that says why.

    `kind` is special_price, member_price, tier, the kind of a promotion, coupon, staff or rounding. `reference` names
    the tier, the code of the promotion or coupon, or the discount of the staff. With a `threshold_fen` a return
    recalculates it: `bases` is by line what counted towards the threshold.
    """

    kind: str
    reference: str
    sentence: str
    fen: int
    shares: Shares
    cost_centre: str = ""
    threshold_fen: int = 0
    bases: Shares = field(default_factory=dict)


@dataclass(frozen=True)
class Tender:
    """What pays besides money: `kind` is voucher, points or stored_value."""

    kind: str
    reference: str
    sentence: str
    fen: int
    shares: Shares
    points: int = 0


@dataclass(frozen=True)
class AppliedPromotion:
    """What an order has of a promotion.

    `times` are sets, steps or gifts, for a special price units of the `product`, which is empty for other kinds.
    `units` took part, `list_fen` is their list price, `off_fen` what the promotion took off.
    """

    code: str
    times: int
    units: int
    list_fen: int
    off_fen: int
    product: str = ""


@dataclass(frozen=True)
class Cut:
    """A request that was not met in full: a preview shows it, an order is refused."""

    kind: str
    wanted: int
    taken: int
    sentence: str


@dataclass(frozen=True)
class Price:
    """`total_fen` is the goods after all discounts with the freight, `due_fen` what is left for money.

    `lines` are the goods. A freight is a further line `FREIGHT_LINE` in shares and in `list_fen`.

    `basket` is what coupons were quoted on, `unused` says by code why a coupon is not applied, and `optimal` whether
    no other set of coupons is proven better. `progress` says what is missing for more promotions, `notices` which gifts
    are out of stock, `promotions` what counts towards their limits.
    """

    lines: tuple[PricedLine, ...]
    discounts: tuple[Discount, ...]
    tenders: tuple[Tender, ...]
    list_fen: int
    total_fen: int
    due_fen: int
    due_shares: Shares
    cuts: tuple[Cut, ...]
    unused: Mapping[str, IneligibilityReason]
    optimal: bool
    basket: Basket
    freight_fen: int = 0
    progress: tuple[Progress, ...] = ()
    notices: tuple[Notice, ...] = ()
    promotions: tuple[AppliedPromotion, ...] = ()

    @property
    def goods_fen(self) -> int:
        return self.total_fen - self.freight_fen

    @property
    def discount_fen(self) -> int:
        return sum(discount.fen for discount in self.discounts)

    @property
    def fingerprint(self) -> str:
        """The same as long as goods, discounts, tenders and totals stay the same."""
        lines = [[line.line, line.product, line.quantity, line.unit_fen] for line in self.lines]
        discounts = [[one.kind, one.reference, one.fen] for one in self.discounts]
        tenders = [[one.kind, one.reference, one.fen] for one in self.tenders]
        text = json.dumps([self.basket.shop, lines, discounts, tenders, self.total_fen, self.due_fen])
        return hashlib.sha256(text.encode()).hexdigest()

"""A basket (购物篮) as coupons see it: lines with what is left to pay on each, where and when."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class BasketLine:
    """One line, after promotions: `total_fen` for all its units; `promoted` when one has lowered it."""

    number: str
    product: str
    quantity: int
    total_fen: int
    groups: tuple[str, ...] = ()
    promoted: bool = False

    def __post_init__(self) -> None:
        if self.quantity < 1 or self.total_fen < 0:
            raise ValueError(f"line {self.number}: {self.quantity} units for {self.total_fen} fen")


@dataclass(frozen=True)
class Basket:
    """`local_time` is the moment as the clocks in the shop show it (`calendar.local`); `shop` and groups are codes."""

    lines: tuple[BasketLine, ...]
    local_time: datetime
    shop: str
    shop_groups: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len({line.number for line in self.lines}) != len(self.lines):
            raise ValueError("two lines of a basket have the same number")
        if self.local_time.tzinfo is None:
            raise ValueError("the moment of a basket needs its zone")

    @property
    def total_fen(self) -> int:
        return sum(line.total_fen for line in self.lines)

    @property
    def fingerprint(self) -> str:
        """Return a hash that is equal for the same goods at the same prices in the same shop."""
        goods = [[line.number, line.product, line.quantity, line.total_fen] for line in self.lines]
        return hashlib.sha256(json.dumps([self.shop, goods]).encode()).hexdigest()


def split_proportionally(amount: int, weights: Sequence[int]) -> list[int]:
    """Divide an amount in proportion, to the fen and in full. No part exceeds its weight.

    The amount is at most the sum of the weights.
    """
    total, before, parts = sum(weights), 0, []
    seen = 0
    for weight in weights:
        seen += weight
        upto = amount * seen // total if total else 0
        parts.append(upto - before)
        before = upto
    return parts

"""The parameters of each kind of promotion (促销参数), typed and bounded.

Amounts are whole fen, percentages are what is taken off (20 is 8 折).
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

KIND_LABELS = {
    "special_price": "限量特价", "second_half": "第二件半价", "buy_get": "买 X 送 Y", "bundle": "商品组合",
    "reduction": "满减", "discount": "折扣", "member_day": "会员日", "gift": "满赠",
}  # fmt: skip

Code = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")
]
Fen = Annotated[int, Field(strict=True, ge=0, le=100_000_000)]
PaidFen = Annotated[int, Field(strict=True, ge=1, le=100_000_000)]
Units = Annotated[int, Field(strict=True, ge=1, le=10_000)]
Percent = Annotated[int, Field(strict=True, ge=1, le=100)]


class DraftModel(BaseModel):
    """Values that never change. Unknown names are rejected."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SpecialPriceRow(DraftModel):
    """The price of a product: at most `per_order` units of an order, and `quantity` units in all shops together."""

    product: Code
    price_fen: Fen
    per_order: Units | None = None
    quantity: Annotated[int, Field(strict=True, ge=1, le=10_000_000)] | None = None


class SpecialPrices(DraftModel):
    """限量特价: products with a lower price, each once."""

    kind: Literal["special_price"] = "special_price"
    prices: tuple[SpecialPriceRow, ...] = Field(min_length=1, max_length=500)

    @model_validator(mode="after")
    def _validate_products(self) -> Self:
        ensure_different("特价商品", [row.product for row in self.prices])
        return self


class SecondHalf(DraftModel):
    """第二件半价: of two units the cheaper one; `per_product` counts each product by itself."""

    kind: Literal["second_half"] = "second_half"
    per_product: bool = True


class BuyGet(DraftModel):
    """买 X 送 Y: of `buy` + `get` units the `get` cheapest cost `percent` less, 100 is for nothing."""

    kind: Literal["buy_get"] = "buy_get"
    buy: Annotated[int, Field(strict=True, ge=1, le=99)]
    get: Annotated[int, Field(strict=True, ge=1, le=99)] = 1
    percent: Percent = 100
    per_product: bool = True


class BundlePartRow(DraftModel):
    """Units of any of these products."""

    products: Annotated[tuple[Code, ...], Field(min_length=1, max_length=200)]
    quantity: Annotated[int, Field(strict=True, ge=1, le=99)] = 1


class Bundle(DraftModel):
    """商品组合: all parts together for one price."""

    kind: Literal["bundle"] = "bundle"
    parts: tuple[BundlePartRow, ...] = Field(min_length=1, max_length=20)
    price_fen: Fen

    @model_validator(mode="after")
    def _validate_parts(self) -> Self:
        ensure_different("组合中的商品", [product for part in self.parts for product in part.products])
        if sum(part.quantity for part in self.parts) < 2:
            raise ValueError("组合至少要有两件商品")
        return self


class StepRow(DraftModel):
    """A step begins at an amount or at a number of units; a step from 0 holds for every order."""

    from_fen: Fen = 0
    from_units: Annotated[int, Field(strict=True, ge=0, le=10_000)] = 0


class ReductionStep(StepRow):
    """满 X 减 Y."""

    off_fen: PaidFen

    @model_validator(mode="after")
    def _validate_amount(self) -> Self:
        if self.from_fen and self.off_fen > self.from_fen:
            raise ValueError("减的金额不能超过满的金额")
        return self


class Reduction(DraftModel):
    """满减: an amount off from a threshold on; `repeats` gives it for every time that it is reached."""

    kind: Literal["reduction"] = "reduction"
    steps: tuple[ReductionStep, ...] = Field(min_length=1, max_length=10)
    repeats: bool = False

    @model_validator(mode="after")
    def _validate_steps(self) -> Self:
        _check_steps(self.steps, must_begin=True)
        if self.repeats and len(self.steps) > 1:
            raise ValueError("每满减只能设置一个档位")
        return self


class DiscountStep(StepRow):
    """A percentage off from a threshold on."""

    percent: Annotated[int, Field(strict=True, ge=1, le=99)]


class Discount(DraftModel):
    """折扣: a percentage off, by steps or on every order."""

    kind: Literal["discount"] = "discount"
    steps: tuple[DiscountStep, ...] = Field(min_length=1, max_length=10)

    @model_validator(mode="after")
    def _validate_steps(self) -> Self:
        _check_steps(self.steps)
        return self


class MemberDay(DraftModel):
    """会员日: a percentage off for members on certain days."""

    kind: Literal["member_day"] = "member_day"
    steps: tuple[DiscountStep, ...] = Field(min_length=1, max_length=10)

    @model_validator(mode="after")
    def _validate_steps(self) -> Self:
        _check_steps(self.steps)
        return self


class GiftRow(DraftModel):
    """Units of a SKU by its code. `value_fen` is what one costs if it is kept, by default the price of the shop."""

    sku: Code
    quantity: Annotated[int, Field(strict=True, ge=1, le=99)] = 1
    value_fen: Fen | None = None


class GiftStep(StepRow):
    """Gifts from a threshold on."""

    gifts: tuple[GiftRow, ...] = Field(min_length=1, max_length=10)

    @model_validator(mode="after")
    def _validate_gifts(self) -> Self:
        ensure_different("赠品", [gift.sku for gift in self.gifts])
        return self


class FullGift(DraftModel):
    """满赠: gifts from a threshold on; `repeats` gives them for every time that it is reached."""

    kind: Literal["gift"] = "gift"
    steps: tuple[GiftStep, ...] = Field(min_length=1, max_length=10)
    repeats: bool = False

    @model_validator(mode="after")
    def _validate_steps(self) -> Self:
        _check_steps(self.steps)
        if self.repeats and len(self.steps) > 1:
            raise ValueError("每满赠只能设置一个档位")
        return self


Parameters = Annotated[
    SpecialPrices | SecondHalf | BuyGet | Bundle | Reduction | Discount | MemberDay | FullGift,
    Field(discriminator="kind"),
]


def _check_steps(steps: Sequence[StepRow], *, must_begin: bool = False) -> None:
    """Raise ValueError if steps begin at the same place, or some at amounts and others at units."""
    if any(step.from_fen and step.from_units for step in steps):
        raise ValueError("每个档位只能按金额或按件数之一")
    if len({step.from_units > 0 for step in steps if step.from_fen or step.from_units}) > 1:
        raise ValueError("所有档位应都按金额，或都按件数")
    if must_begin and any(not step.from_fen and not step.from_units for step in steps):
        raise ValueError("请填写满多少元或多少件")
    ensure_different("档位", [(step.from_fen, step.from_units) for step in steps])


def ensure_different(label: str, values: Iterable[object]) -> None:
    """Raise ValueError if a value is named twice."""
    found = list(values)
    if len(set(found)) < len(found):
        raise ValueError(f"{label}重复")

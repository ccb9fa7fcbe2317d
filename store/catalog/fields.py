"""Fields of categories, products and SKUs as people enter them, each typed and bounded."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from store.catalog.rich_text import clean
from store.core.invisible_text import remove_invisible
from store.shops.details import Link, Text

MAX_SKUS = 100
MAX_PRICE_FEN = 100_000_000
MAX_DESCRIPTION = 20_000
MAX_WARNING = 100_000_000
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
# What a scanner reads as goods, see the table of codes in `store/core/numbers.py`.
Barcode = Annotated[str, StringConstraints(pattern=r"^[0-9]{8,14}$")]
PriceFen = Annotated[int, Field(ge=0, le=MAX_PRICE_FEN, strict=True)]
SpecificationName = Annotated[Text, Field(min_length=1, max_length=10)]
SpecificationValue = Annotated[Text, Field(min_length=1, max_length=20)]
Name = Annotated[Text, Field(min_length=1, max_length=100)]


class Parameter(BaseModel):
    """A line of the table of parameters (商品参数), such as 保质期: 12 个月."""

    model_config = ConfigDict(extra="forbid")

    name: Text = Field(min_length=1, max_length=20)
    value: Text = Field(min_length=1, max_length=60)


class CategoryFields(BaseModel):
    """What may be changed about a category."""

    model_config = ConfigDict(extra="forbid")

    name: Text = Field(min_length=1, max_length=30)
    sort_order: int = Field(default=0, ge=0, le=9999)
    source: Text = Field(default="", max_length=30)
    warning_at: int | None = Field(default=None, ge=0, le=MAX_WARNING, strict=True)


class ProductFields(BaseModel):
    """What may be changed about a product, except its category, SKUs and state."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    brand: Text = Field(default="", max_length=60)
    unit: Text = Field(default="", max_length=10)
    origin: Text = Field(default="", max_length=60)
    source: Text = Field(default="", max_length=30)
    keywords: Text = Field(default="", max_length=200)
    pictures: list[Annotated[Link, Field(min_length=1)]] = Field(default=[], max_length=10)
    description: Text = Field(default="", max_length=MAX_DESCRIPTION)
    specifications: list[SpecificationName] = Field(default=[], max_length=3)
    is_hot: bool = Field(default=False, strict=True)
    tags: list[Annotated[Text, Field(min_length=1, max_length=10)]] = Field(default=[], max_length=5)
    parameters: list[Parameter] = Field(default=[], max_length=30)

    @field_validator("name", "brand", "keywords")
    @classmethod
    def _remove_invisible(cls, text: str) -> str:
        return remove_invisible(text)

    @field_validator("description")
    @classmethod
    def _clean_description(cls, text: str) -> str:
        cleaned = clean(text)
        if len(cleaned) > MAX_DESCRIPTION:  # escaped characters are longer
            raise ValueError("图文详情过长")
        return cleaned

    @field_validator("tags")
    @classmethod
    def _drop_repeated(cls, tags: list[str]) -> list[str]:
        return list(dict.fromkeys(tags))

    @field_validator("specifications")
    @classmethod
    def _reject_repeated(cls, names: list[str]) -> list[str]:
        if len(set(names)) != len(names):
            raise ValueError("规格名称重复")
        return names


class SkuFields(BaseModel):
    """A SKU of a product, found again by its code. Prices in fen."""

    model_config = ConfigDict(extra="forbid")

    code: Code
    barcode: Barcode | None = None
    specification: list[SpecificationValue] = Field(default=[], max_length=3)
    list_price_fen: PriceFen
    member_price_fen: PriceFen | None = None

    @model_validator(mode="after")
    def _check_member_price(self) -> Self:
        if self.member_price_fen is not None and self.member_price_fen > self.list_price_fen:
            raise ValueError("会员价不能高于零售价")
        return self


class ShopSkuFields(BaseModel):
    """How a shop sells a SKU. Without a price the prices of the SKU hold."""

    model_config = ConfigDict(extra="forbid")

    price_fen: PriceFen | None = None
    rack_area: Text = Field(default="", max_length=20)
    rack_number: Text = Field(default="", max_length=20)
    is_sold: bool = True

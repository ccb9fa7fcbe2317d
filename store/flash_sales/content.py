"""Content of a flash sale (抢购内容): all that is approved and published. A draft may lack most of it."""

import hashlib
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from store.core import clock, errors
from store.tenants import business_days

MAX_PERIOD = timedelta(days=31)
MAX_AHEAD = timedelta(days=366)
MAX_GOODS, MAX_SHOPS, MAX_ITEMS = 50, 500, 2_000

Line = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00]*$")]
PictureUrl = Annotated[str, StringConstraints(max_length=500, pattern=r"^((https?://|/)[^\s]+)?$")]
Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]


class ContentModel(BaseModel):
    """Values that never change. Unknown names are rejected."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class GoodsContent(ContentModel):
    """A SKU by its code: its price, the units in each shop, and how many of them a member may buy."""

    sku: Code
    price_fen: Annotated[int, Field(strict=True, ge=1, le=10_000_000_00)]
    quantity: Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
    limit: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 1


class FlashSaleContent(ContentModel):
    """Name, moments, texts, what the price may be combined with, shops by code, and goods.

    Customers see the sale from `announced_at` on and buy between `starts_at` and `ends_at`.
    """

    name: Line = Field(min_length=1, max_length=30)
    announced_at: AwareDatetime | None = None
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    picture_url: PictureUrl = ""
    rules_text: Text = Field(default="", max_length=5000)
    takes_coupons: bool = False
    takes_points: bool = True
    takes_promotions: bool = False
    cost_centre: Line | None = Field(default=None, max_length=30)
    shops: tuple[Annotated[str, StringConstraints(min_length=1, max_length=40)], ...] = Field(
        default=(), max_length=MAX_SHOPS
    )
    goods: tuple[GoodsContent, ...] = Field(default=(), max_length=MAX_GOODS)

    @model_validator(mode="after")
    def _validate(self) -> Self:
        moments = [one for one in (self.announced_at, self.starts_at, self.ends_at) if one is not None]
        if moments != sorted(moments) or (self.starts_at and self.starts_at == self.ends_at):
            raise ValueError("时间应依次为：预告、开始、结束")
        if self.starts_at and self.ends_at and self.ends_at > self.starts_at + MAX_PERIOD:
            raise ValueError(f"一场抢购最长 {MAX_PERIOD.days} 天")
        if len({one.sku for one in self.goods}) < len(self.goods):
            raise ValueError("同一规格只能出现一次")
        if len(set(self.shops)) < len(self.shops):
            raise ValueError("同一门店只能出现一次")
        return self

    @property
    def unit_count(self) -> int:
        """The units of all goods in all shops."""
        return len(self.shops) * sum(one.quantity for one in self.goods)


@lru_cache(maxsize=512)
def parse(content_json: str) -> FlashSaleContent:
    """Parse stored content."""
    return FlashSaleContent.model_validate_json(content_json)


def hash_content(content_json: str) -> str:
    """Return the hash of stored content that an approval refers to (SHA-256)."""
    return hashlib.sha256(content_json.encode()).hexdigest()


def check_publishable(content: FlashSaleContent) -> None:
    """Check that a sale can be published. Raises DomainError(invalid) with the field that is missing or wrong."""
    now = clock.now()
    for field, is_wrong, reason in (
        ("announced_at", content.announced_at is None, "请填写预告时间"),
        ("starts_at", content.starts_at is None, "请填写开始时间"),
        ("ends_at", content.ends_at is None, "请填写结束时间"),
        ("ends_at", content.ends_at is not None and content.ends_at <= now, "结束时间已过"),
        ("starts_at", content.starts_at is not None and content.starts_at > now + MAX_AHEAD, "开始时间应在一年以内"),
        ("rules_text", not content.rules_text, "请填写抢购规则，发布后会展示给顾客"),
        ("shops", not content.shops, "请选择门店"),
        ("goods", not content.goods, "请至少添加一件商品"),
        ("shops", len(content.shops) * len(content.goods) > MAX_ITEMS,
         f"门店数乘商品数不能超过 {MAX_ITEMS}，请分成几场"),
    ):  # fmt: skip
        if is_wrong:
            raise errors.invalid(field, reason)


def format_moment(moment: datetime | None) -> str:
    """Return a moment in the tenant's zone, such as `2026-12-01 00:00`."""
    return "未定" if moment is None else f"{business_days.to_local(moment):%Y-%m-%d %H:%M}"

"""Drafts of promotions (促销内容): all that is approved about a promotion, typed and bounded.

The kinds with their parameters are in `parameters`.
"""

import hashlib
from datetime import timedelta
from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from store.core import clock, errors
from store.promotions.parameters import (
    KIND_LABELS,
    Code,
    DraftModel,
    Parameters,
    Units,
    ensure_different,
)

CHANNEL_LABELS = {"online": "线上（小程序、H5）", "till": "门店收银台"}
Channel = Literal["online", "till"]
MAX_PERIOD = timedelta(days=1100)

Line = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00]*$", max_length=2000)]
Codes = Annotated[tuple[Code, ...], Field(max_length=1000)]
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Weekday = Annotated[int, Field(strict=True, ge=1, le=7)]  # Monday is 1
MonthDay = Annotated[int, Field(strict=True, ge=1, le=31)]


class Hours(DraftModel):
    """A period of the day from `begins` until before `ends`; it may run over midnight (22:00–02:00)."""

    begins: TimeOfDay
    ends: TimeOfDay

    @model_validator(mode="after")
    def _validate_not_empty(self) -> Self:
        if self.begins == self.ends:
            raise ValueError("时段的开始和结束不能相同")
        return self


class PromotionDraft(DraftModel):
    """Without products, categories and product groups it is for all goods, without shops in all of them.

    `tiers`, `products`, `categories`, `product_groups` and `shops` are codes. Of equal priorities the newest counts
    first, and a lower number comes before a higher one. `limit_per_member` is how often a customer may have it in the
    whole period, for special prices how many units of a product; for a buyer without membership it counts in each
    order. `weekdays`, `month_days` and `hours` narrow the period; empty ones do not.
    """

    name: Annotated[Line, Field(min_length=1, max_length=40)]
    parameters: Parameters
    rules_text: Text = ""
    priority: Annotated[int, Field(strict=True, ge=1, le=999)] = 100
    exclusive: bool = False
    with_coupons: bool = True
    with_points: bool = True
    with_member_prices: bool = True
    recalculates: bool = False
    products: Codes = ()
    categories: Codes = ()
    product_groups: Codes = ()
    tiers: Annotated[tuple[Code, ...], Field(max_length=50)] = ()
    members_only: bool = False
    channels: Annotated[tuple[Channel, ...], Field(min_length=1, max_length=2)] = ("online", "till")
    shops: Annotated[tuple[Code, ...], Field(max_length=5000)] = ()
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    weekdays: Annotated[tuple[Weekday, ...], Field(max_length=7)] = ()
    month_days: Annotated[tuple[MonthDay, ...], Field(max_length=31)] = ()
    hours: Hours | None = None
    limit_per_member: Units | None = None
    cost_centre: Annotated[Line, Field(max_length=30)] = ""

    @model_validator(mode="after")
    def _validate_whole(self) -> Self:
        if not self.starts_at < self.ends_at <= self.starts_at + MAX_PERIOD:
            raise ValueError("结束时间应晚于开始时间，促销最长三年")
        for label, values in (
            ("商品", self.products), ("分类", self.categories), ("商品组", self.product_groups),
            ("等级", self.tiers), ("门店", self.shops), ("渠道", self.channels), ("星期", self.weekdays),
            ("日期", self.month_days),
        ):  # fmt: skip
            ensure_different(label, values)
        if self.kind in ("special_price", "bundle") and (
            self.products or self.categories or self.product_groups
        ):
            raise ValueError(f"{KIND_LABELS[self.kind]}的商品请在活动内容中设置")
        return self

    @property
    def kind(self) -> str:
        return self.parameters.kind


@lru_cache(maxsize=2048)
def parse(content_json: str) -> PromotionDraft:
    """Parse stored content."""
    return PromotionDraft.model_validate_json(content_json)


def hash_content(content_json: str) -> str:
    """Return the hash of stored content that an approval refers to (SHA-256)."""
    return hashlib.sha256(content_json.encode()).hexdigest()


def ensure_not_over(draft: PromotionDraft) -> None:
    """Raise DomainError(invalid) if the period of a draft has ended."""
    if draft.ends_at <= clock.now():
        raise errors.invalid("ends_at", "促销的结束时间已过")

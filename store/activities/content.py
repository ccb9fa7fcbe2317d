"""Content of an activity (活动内容): all that is approved and published about a lucky draw.

A draft may lack most of it. `check_publishable` names what is missing.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from store.core import clock, errors
from store.tenants import business_days

MAX_PRIZES = 7  # the nine-grid has eight places, and one is for no prize
MAX_TOP_PRIZE_FEN = 50_000_00  # of a single prize, by the rules on prize promotions (规范促销行为暂行规定)
MIN_PACKET_FEN, MAX_PACKET_FEN = 1_00, 200_00  # of a cash red packet without a scene, by WeChat Pay
MAX_PERIOD = timedelta(days=366)
KIND_LABELS = {"cash": "现金红包", "coupon": "优惠券", "points": "积分", "goods": "实物"}
WAY_LABELS = {"delivery": "邮寄", "shop": "到店领取"}

Line = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00]*$")]
PictureUrl = Annotated[str, StringConstraints(max_length=500, pattern=r"^((https?://|/)[^\s]+)?$")]
Count = Annotated[int, Field(strict=True, ge=0, le=100)]


class ContentModel(BaseModel):
    """Values that never change. Unknown names are rejected."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PrizeContent(ContentModel):
    """One prize. Which of the amounts counts depends on its kind; `value_fen` is what goods are worth."""

    name: Line = Field(min_length=1, max_length=30)
    kind: Literal["cash", "coupon", "points", "goods"]
    quantity: Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
    picture_url: PictureUrl = ""
    min_fen: Annotated[int, Field(strict=True, ge=0)] | None = None
    max_fen: Annotated[int, Field(strict=True, ge=0)] | None = None
    coupon_rule: Annotated[str, StringConstraints(max_length=40)] | None = None
    points: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] | None = None
    points_valid_days: Annotated[int, Field(strict=True, ge=1, le=3650)] = 365
    value_fen: Annotated[int, Field(strict=True, ge=0)] | None = None
    ways: tuple[Literal["delivery", "shop"], ...] = ()

    @model_validator(mode="after")
    def _validate_kind(self) -> Self:
        problem = {
            "cash": self._find_cash_problem, "coupon": self._find_coupon_problem,
            "points": self._find_points_problem, "goods": self._find_goods_problem,
        }[self.kind]()  # fmt: skip
        if problem is not None:
            raise ValueError(f"奖品“{self.name}”：{problem}")
        return self

    @property
    def most_fen(self) -> int:
        """The most that one of it costs in money or goods."""
        return {"cash": self.max_fen, "goods": self.value_fen}.get(self.kind) or 0

    def _find_cash_problem(self) -> str | None:
        least, most = self.min_fen, self.max_fen
        if least is None or most is None:
            return "请填写红包的最小和最大金额"
        if not MIN_PACKET_FEN <= least <= most <= MAX_PACKET_FEN:
            return f"红包金额应为 {MIN_PACKET_FEN // 100} 到 {MAX_PACKET_FEN // 100} 元，最小的不超过最大的"
        return None

    def _find_coupon_problem(self) -> str | None:
        return None if self.coupon_rule else "请选择优惠券"

    def _find_points_problem(self) -> str | None:
        return None if self.points else "请填写积分"

    def _find_goods_problem(self) -> str | None:
        if self.value_fen is None:
            return "请填写价值"
        if self.value_fen > MAX_TOP_PRIZE_FEN:
            return f"单个奖品的价值不能超过 {MAX_TOP_PRIZE_FEN // 100:,} 元"
        if not self.ways or len(set(self.ways)) < len(self.ways):
            return "请选择领取方式：邮寄或到店领取"
        return None


class ActivityContent(ContentModel):
    """Name, period and texts, the limits of draws, the ways to get chances, shops by code (none means all), prizes.

    `draws_per_device` and `draws_per_member` are None without a limit. `share_chances` and `follow_chances` count
    only while the settings of the tenant allow them.
    """

    name: Line = Field(min_length=1, max_length=40)
    look: Literal["wheel", "grid"] = "wheel"
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    cover_url: PictureUrl = ""
    rules_text: Text = Field(default="", max_length=5000)
    share_title: Line = Field(default="", max_length=40)
    share_picture_url: PictureUrl = ""
    cost_centre: Line | None = Field(default=None, max_length=30)
    budget: Annotated[str, StringConstraints(max_length=40)] | None = None
    members_only: bool = True

    total_draws: Annotated[int, Field(strict=True, ge=1, le=10_000_000)] | None = None
    draws_per_member: Annotated[int, Field(strict=True, ge=1, le=10_000)] | None = None
    draws_per_day: Annotated[int, Field(strict=True, ge=1, le=100)] = 3
    draws_per_device: Annotated[int, Field(strict=True, ge=1, le=1000)] | None = 10
    free_per_day: Count = 1
    points_price: Annotated[int, Field(strict=True, ge=0, le=100_000)] = 0
    points_draws_per_day: Count = 0
    scan_chances: Count = 0
    purchase_chances: Count = 0
    purchase_min_fen: Annotated[int, Field(strict=True, ge=0, le=1_000_000_00)] = 0
    share_chances: Count = 0
    share_friends_per_day: Annotated[int, Field(strict=True, ge=1, le=20)] = 3
    follow_chances: Count = 0

    shops: tuple[Annotated[str, StringConstraints(max_length=40)], ...] = Field(default=(), max_length=5000)
    prizes: tuple[PrizeContent, ...] = Field(default=(), max_length=MAX_PRIZES)

    @model_validator(mode="after")
    def _validate_period(self) -> Self:
        if (
            self.starts_at
            and self.ends_at
            and not self.starts_at < self.ends_at <= self.starts_at + MAX_PERIOD
        ):
            raise ValueError("结束时间应晚于开始时间，活动最长一年")
        return self

    @property
    def prize_count(self) -> int:
        return sum(prize.quantity for prize in self.prizes)

    @property
    def cash_fen(self) -> int:
        """The most that the red packets of all prizes cost together."""
        return sum(prize.quantity * prize.most_fen for prize in self.prizes if prize.kind == "cash")

    @property
    def cost_fen(self) -> int:
        """The most that all prizes cost in money and goods."""
        return sum(prize.quantity * prize.most_fen for prize in self.prizes)


@lru_cache(maxsize=512)
def parse(content_json: str) -> ActivityContent:
    """Parse stored content."""
    return ActivityContent.model_validate_json(content_json)


def hash_content(content_json: str) -> str:
    """Return the hash of stored content that an approval refers to (SHA-256)."""
    return hashlib.sha256(content_json.encode()).hexdigest()


def check_publishable(content: ActivityContent) -> None:
    """Check that an activity can be published. Raises DomainError(invalid) with the field that is missing or wrong."""
    for field, is_missing, reason in (
        ("starts_at", content.starts_at is None or content.ends_at is None, "请填写活动时间"),
        ("ends_at", content.ends_at is not None and content.ends_at <= clock.now(), "活动的结束时间已过"),
        ("rules_text", not content.rules_text, "请填写活动规则，发布后会展示给顾客"),
        ("total_draws", content.total_draws is None, "请填写总抽奖次数"),
        ("prizes", not content.prizes, "请至少设置一种奖品"),
        ("free_per_day", not has_source(content), "请至少设置一种获得抽奖次数的方式"),
        ("points_draws_per_day", bool(content.points_price) != bool(content.points_draws_per_day),
         "积分抽奖请同时填写所需积分和每天次数，不开放则都填 0"),
        ("budget", bool(content.cash_fen) and content.budget is None, "有现金红包时请选择预算"),
    ):  # fmt: skip
        if is_missing:
            raise errors.invalid(field, reason)
    ensure_fitting(content.total_draws or 0, [prize.quantity for prize in content.prizes])


def ensure_fitting(total_draws: int, quantities: Sequence[int]) -> None:
    """Raise DomainError(invalid) if there are more prizes than draws."""
    if sum(quantities) > total_draws:
        raise errors.invalid("total_draws", f"奖品共 {sum(quantities)} 份，超过了总抽奖次数 {total_draws}")


def has_source(content: ActivityContent) -> bool:
    """Return whether a member can get a chance by any of the ways."""
    sources = (
        content.free_per_day, content.points_price, content.scan_chances, content.purchase_chances,
        content.share_chances, content.follow_chances,
    )  # fmt: skip
    return any(sources)


def format_period(content: ActivityContent) -> str:
    """Return the period in the tenant's zone, such as `2026-12-01 00:00 至 2026-12-31 23:59`."""
    return " 至 ".join(_format_moment(moment) for moment in (content.starts_at, content.ends_at))


def _format_moment(moment: datetime | None) -> str:
    return "未定" if moment is None else f"{business_days.to_local(moment):%Y-%m-%d %H:%M}"

"""Schemas of activities and prizes, and how rows become them."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from store.activities.activities import LABELS as STATE_LABELS
from store.activities.activities import Activity, Prize
from store.activities.content import KIND_LABELS, WAY_LABELS
from store.draws import draw_records, wins
from store.draws.chances import Chances
from store.draws.draw_records import Draw
from store.draws.wins import Win


class ActivityPrize(BaseModel):
    """A prize with its numbers. Everybody sees how many there are and how many are left."""

    id: str
    name: str
    kind: Literal["cash", "coupon", "points", "goods"]
    kind_label: str
    picture_url: str
    quantity: int
    left: int


class MyChances(BaseModel):
    """How often the customer may still draw, without points and by points."""

    left: int
    left_by_points: int
    points_price: int
    left_today: int


class ActivityResponse(BaseModel):
    """An activity as customers see it."""

    id: str
    name: str
    state: str
    label: str
    look: Literal["wheel", "grid"]
    starts_at: datetime
    ends_at: datetime
    claims_until: datetime
    cover_url: str
    rules_text: str
    share_title: str
    share_picture_url: str
    members_only: bool
    total_draws: int
    draws_left: int
    prizes: list[ActivityPrize]
    stores: list[str] = Field(description="参加活动的门店名称，空为全部门店")
    ways: list[str] = Field(description="获得抽奖次数的方式")
    chances: MyChances | None = Field(description="未登录时为 null")
    share_code: str | None = Field(description="本人分享链接中的代码，还没有分享时为 null")
    actions: list[str] = Field(description="能抽奖时有 draw，能用积分抽奖时有 draw_with_points")
    server_time: datetime


class DrawnPrize(BaseModel):
    """A prize that the customer has won."""

    id: str
    activity_id: str
    activity_name: str
    name: str
    kind: Literal["cash", "coupon", "points", "goods"]
    picture_url: str
    amount_fen: int | None = Field(description="现金红包的金额")
    state: Literal["waiting", "claiming", "claimed", "expired"]
    label: str
    note: str = Field(description="领取的说明")
    ways: list[str] = Field(description="实物的领取方式：delivery 邮寄，shop 到店")
    way: str | None
    code: str | None = Field(description="到店领取时出示的领奖码")
    courier: str
    tracking_number: str
    won_at: datetime
    claims_until: datetime
    draw_number: int
    actions: list[str] = Field(description="能领取时有 claim")


class DrawnNumbers(BaseModel):
    """The numbers that decided a draw.

    Prize 1 wins with the picked numbers from 0 below its number left, prize 2 with those that follow, and so on.
    """

    number: int = Field(description="本活动的第几次抽奖")
    drawn_at: datetime
    source: str
    draws_left: int = Field(description="抽之前剩余的次数")
    prizes_left: list[int] = Field(description="抽之前每种奖品剩余的数量")
    pick: int = Field(description="抽到的号码，从 0 到剩余次数减 1")
    prize: str | None
    is_correct: bool = Field(description="按号码重新计算，结果一致")


def to_prize(prize: Prize, activity: Activity) -> ActivityPrize:
    """Return a prize with its numbers."""
    return ActivityPrize(
        id=prize.public_id, name=prize.name, kind=prize.kind, kind_label=KIND_LABELS[prize.kind],
        picture_url=activity.content.prizes[prize.position].picture_url, quantity=prize.quantity, left=prize.left,
    )  # fmt: skip


def to_chances(chances: Chances) -> MyChances:
    """Return the chances of a customer."""
    return MyChances(
        left=chances.left, left_by_points=chances.left_by_points, points_price=chances.points_price,
        left_today=chances.left_today,
    )  # fmt: skip


def describe_ways(activity: Activity) -> list[str]:
    """Return in words how a customer gets chances. Sharing and following are never promised."""
    content, lines = activity.content, []
    if content.free_per_day:
        lines.append(f"每天免费 {content.free_per_day} 次")
    if content.points_price:
        lines.append(f"每天可用 {content.points_price} 积分换 1 次，最多 {content.points_draws_per_day} 次")
    if content.scan_chances:
        lines.append(f"到店扫码每天得 {content.scan_chances} 次")
    if content.purchase_chances:
        lines.append(f"{_describe_minimum(content.purchase_min_fen)}得 {content.purchase_chances} 次")
    limit = "" if content.draws_per_member is None else f"，全程最多 {content.draws_per_member} 次"
    return [*lines, f"每人每天最多抽 {content.draws_per_day} 次{limit}"]


def to_drawn_prize(win: Win) -> DrawnPrize:
    """Return a prize that was won."""
    content, is_open = win.content, win.state == "waiting" and wins.is_claimable(win)
    return DrawnPrize(
        id=win.public_id, activity_id=win.activity.public_id, activity_name=win.activity.name, name=win.name,
        kind=win.kind, picture_url=content.picture_url, amount_fen=win.amount_fen or None, state=win.state,
        label=wins.LABELS[win.state], note=_describe_claim(win), ways=list(content.ways), way=win.way, code=win.code,
        courier=win.courier, tracking_number=win.tracking_number, won_at=win.won_at,
        claims_until=win.activity.claims_until, draw_number=win.draw.number, actions=["claim"] if is_open else [],
    )  # fmt: skip


def to_numbers(draw: Draw, prizes: list[Prize]) -> DrawnNumbers:
    """Return the numbers of a draw."""
    return DrawnNumbers(
        number=draw.number, drawn_at=draw.at, source=draw_records.SOURCE_LABELS[draw.source],
        draws_left=draw.draws_left, prizes_left=draw.left_by_prize, pick=draw.pick,
        prize=None if draw.place is None else prizes[draw.place].name, is_correct=draw_records.is_correct(draw),
    )  # fmt: skip


def to_state_label(activity: Activity) -> str:
    """Return the state of an activity in words."""
    return STATE_LABELS[activity.state]


def _describe_minimum(minimum_fen: int) -> str:
    return f"消费满 {minimum_fen / 100:g} 元" if minimum_fen else "每次消费"


def _describe_claim(win: Win) -> str:
    if win.state == "waiting":
        return "上次领取没有成功，请重新领取" if win.failure else ""
    if win.state == "claiming" and win.way == "shop":
        return "请到参加活动的门店出示领奖码"
    if win.state == "claiming":
        return "商家正在准备寄出" if win.way == "delivery" else "红包正在发放，请留意微信通知"
    return f"{WAY_LABELS[win.way]}" if win.way and win.state == "claimed" else ""

"""Tiers: where the signed-in customer stands, what is missing to the next one, how it came about."""

from datetime import date, datetime

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

import doors
from doors import answered
from miniprogram_api.caller import Caller, signed_in
from miniprogram_api.shapes import AskedPage, Page
from store.loyalty import tier_progress, tier_rules, tier_words, tiers
from store.loyalty.tier_progress import Progress
from store.loyalty.tiers import Tier, TierRecord
from store.people import members

door = APIBlueprint("tiers", __name__, tag="等级")


class NamedTier(BaseModel):
    """A tier by its names; the higher `rank`, the higher the tier."""

    code: str
    name: str
    rank: int


class CurrentTier(NamedTier):
    """The tier in force: since when, and until which day; it has no end where `last_day` is null."""

    since: datetime
    last_day: date | None
    lasting: str


class TierWay(BaseModel):
    """One rule and how far the customer is: points, fen or a number of purchases, as `basis` says."""

    basis: str
    group: str | None = Field(description="按积分时的积分组")
    window_days: int
    gathered: int
    at_least: int
    missing: int
    sentence: str


class NextTier(BaseModel):
    """The next tier; any one of the ways leads there."""

    tier: NamedTier
    ways: list[TierWay]


class TierKeeping(BaseModel):
    """What keeps the tier beyond its last day, any one of the ways; without any it is judged anew that night."""

    last_day: date
    ways: list[TierWay]
    sentence: str


class DescribedTier(NamedTier):
    """A tier of the programme with its rules in words; any one of them is enough."""

    is_base: bool
    lasting: str
    rules: list[str]


class TierPage(BaseModel):
    """Everything that a member asks about tiers; a fan has no current one."""

    joined: bool
    current: CurrentTier | None
    next: NextTier | None
    keep: TierKeeping | None
    tiers: list[DescribedTier]


class TierTerm(BaseModel):
    """A stretch of time at a tier, and why it began."""

    tier: NamedTier
    kind: str
    word: str
    because: str
    started_at: datetime
    ended_at: datetime | None
    last_day: date | None


class TierHistory(Page):
    """A page of records, the latest first."""

    list: list[TierTerm]


@door.get("/api/me/tier")
@signed_in
@door.doc(summary="我的等级", security="session")
@door.output(TierPage)
def show(caller: Caller) -> Response:
    member = members.of_customer(caller.customer)
    progress = tier_progress.of(member)
    return answered(
        TierPage(
            joined=member.joined_at is not None,
            current=_current(progress.record) if progress.record else None,
            next=_up(progress),
            keep=_keep(progress),
            tiers=_described(int(member.programme_id)),
        )
    )


@door.get("/api/me/tier/history")
@signed_in
@door.doc(summary="等级记录", security="session")
@door.input(AskedPage, location="query")
@door.output(TierHistory)
def history(caller: Caller, query_data: AskedPage) -> Response:
    page, page_size = query_data.page, query_data.page_size
    rows = tiers.history(members.of_customer(caller.customer))
    shown = [_record(row) for row in rows[(page - 1) * page_size : page * page_size]]
    return answered(TierHistory(**doors.page(shown, total=len(rows), page=page, page_size=page_size)))


def _named(tier: Tier) -> NamedTier:
    return NamedTier(code=tier.code, name=tier.name, rank=tier.rank)


def _current(record: TierRecord) -> CurrentTier:
    return CurrentTier(
        **_named(record.tier).model_dump(),
        since=record.started_at,
        last_day=_last_day(record),
        lasting=tier_words.lasting(record.tier.valid),
    )


def _up(progress: Progress) -> NextTier | None:
    return (
        NextTier(tier=_named(progress.up), ways=[_way(one) for one in progress.ways]) if progress.up else None
    )


def _keep(progress: Progress) -> TierKeeping | None:
    last_day = _last_day(progress.record) if progress.record else None
    if last_day is None:
        return None
    ways = [_way(one) for one in progress.keep]
    how = "达成任一条件即可保级" if ways else "到期后按届时的累计重新评定"
    return TierKeeping(last_day=last_day, ways=ways, sentence=f"有效期至 {last_day}，{how}")


def _way(way: tier_progress.Way) -> TierWay:
    rule = way.rule
    return TierWay(
        basis=rule.basis,
        group=rule.group.code if rule.group else None,
        window_days=rule.window_days,
        gathered=way.gathered,
        at_least=rule.at_least,
        missing=way.missing,
        sentence=way.sentence,
    )


def _described(programme_id: int) -> list[DescribedTier]:
    rules = tier_rules.in_force(programme_id)
    return [
        DescribedTier(
            **_named(tier).model_dump(),
            is_base=tier.is_base,
            lasting=tier_words.lasting(tier.valid),
            rules=[tier_words.rule(rule) for rule in rules if rule.tier_id == tier.id],
        )
        for tier in tiers.listing(programme_id)
    ]


def _record(row: TierRecord) -> TierTerm:
    return TierTerm(
        tier=_named(row.tier),
        kind=row.kind,
        word=tier_words.KINDS[row.kind],
        because=tier_words.because(row),
        started_at=row.started_at,
        ended_at=row.ended_at,
        last_day=_last_day(row),
    )


def _last_day(record: TierRecord) -> date | None:
    return tier_words.last_day(record.valid_until) if record.valid_until else None

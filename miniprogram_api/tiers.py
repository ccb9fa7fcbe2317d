"""Tiers: the signed-in customer's tier, what is missing to the next one, and the history."""

from datetime import date, datetime
from functools import partial

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from store.customers import members
from store.tiers import descriptions as tier_descriptions
from store.tiers import progress as tier_progress
from store.tiers import rules as tier_rules
from store.tiers import tiers
from store.tiers.progress import Progress
from store.tiers.tiers import Tier, TierRecord
from web import paging
from web.auth import Caller, login_required
from web.responses import json_response
from web.schemas import PageQuery, PageResponse

bp = APIBlueprint("tiers", __name__, tag="等级")


class TierSummary(BaseModel):
    """A tier by its names; the higher `rank`, the higher the tier."""

    code: str
    name: str
    rank: int


class CurrentTier(TierSummary):
    """The current tier with start and last day. It has no end where `last_day` is null."""

    started_at: datetime
    last_day: date | None
    validity: str


class TierRequirement(BaseModel):
    """One rule and how far the customer is: points, fen or a number of purchases, as `basis` says."""

    basis: str
    group: str | None = Field(description="按积分时的积分组")
    window_days: int
    total: int
    at_least: int
    remaining: int
    message: str


class NextTier(BaseModel):
    """The next tier; any one of the ways leads there."""

    tier: TierSummary
    requirements: list[TierRequirement]


class TierRetention(BaseModel):
    """What keeps the tier beyond its last day, any one of the ways; without any it is judged anew that night."""

    last_day: date
    requirements: list[TierRequirement]
    message: str


class TierDescription(TierSummary):
    """A tier of the programme with its rules in words; any one of them is enough."""

    is_base: bool
    validity: str
    rules: list[str]


class TierResponse(BaseModel):
    """Everything that a member asks about tiers; a follower has no current one."""

    joined: bool
    current: CurrentTier | None
    next: NextTier | None
    retention: TierRetention | None
    tiers: list[TierDescription]


class TierPeriod(BaseModel):
    """A stretch of time at a tier, and why it began."""

    tier: TierSummary
    kind: str
    label: str
    explanation: str
    started_at: datetime
    ended_at: datetime | None
    last_day: date | None


class TierHistoryResponse(PageResponse):
    """A page of records, the latest first."""

    list: list[TierPeriod]


@bp.get("/api/me/tier")
@login_required
@bp.doc(summary="我的等级", security="session")
@bp.output(TierResponse)
def get_tier(caller: Caller) -> Response:
    member = members.get_or_create(caller.customer)
    progress = tier_progress.get_progress(member)
    return json_response(
        TierResponse(
            joined=member.joined_at is not None,
            current=_to_current_tier(progress.record) if progress.record else None,
            next=_next_tier(progress),
            retention=_retention(progress),
            tiers=_list_descriptions(int(member.programme_id)),
        )
    )


@bp.get("/api/me/tier/history")
@login_required
@bp.doc(summary="等级记录", security="session")
@bp.input(PageQuery, location="query")
@bp.output(TierHistoryResponse)
def list_history(caller: Caller, query_data: PageQuery) -> Response:
    member = members.get_or_create(caller.customer)
    rows, page = paging.read_page(
        query_data,
        name=f"tier-history.{member.id}",
        fetch=partial(tiers.list_history_page, member),
        position=lambda row: (row.started_at, row.id),
    )
    return json_response(TierHistoryResponse(list=[_to_period(row) for row in rows], **page))


def _to_summary(tier: Tier) -> TierSummary:
    return TierSummary(code=tier.code, name=tier.name, rank=tier.rank)


def _to_current_tier(record: TierRecord) -> CurrentTier:
    return CurrentTier(
        **_to_summary(record.tier).model_dump(),
        started_at=record.started_at,
        last_day=_last_day(record),
        validity=tier_descriptions.describe_validity(record.tier.validity),
    )


def _next_tier(progress: Progress) -> NextTier | None:
    return (
        NextTier(
            tier=_to_summary(progress.next_tier),
            requirements=[_to_requirement(one) for one in progress.requirements],
        )
        if progress.next_tier
        else None
    )


def _retention(progress: Progress) -> TierRetention | None:
    last_day = _last_day(progress.record) if progress.record else None
    if last_day is None:
        return None
    ways = [_to_requirement(one) for one in progress.retention]
    how = "达成任一条件即可保级" if ways else "到期后按届时的累计重新评定"
    return TierRetention(last_day=last_day, requirements=ways, message=f"有效期至 {last_day}，{how}")


def _to_requirement(requirement: tier_progress.Requirement) -> TierRequirement:
    rule = requirement.rule
    return TierRequirement(
        basis=rule.basis,
        group=rule.group.code if rule.group else None,
        window_days=rule.window_days,
        total=requirement.total,
        at_least=rule.at_least,
        remaining=requirement.remaining,
        message=requirement.message,
    )


def _list_descriptions(programme_id: int) -> list[TierDescription]:
    rules = tier_rules.list_active(programme_id)
    return [
        TierDescription(
            **_to_summary(tier).model_dump(),
            is_base=tier.is_base,
            validity=tier_descriptions.describe_validity(tier.validity),
            rules=[tier_descriptions.describe_rule(rule) for rule in rules if rule.tier_id == tier.id],
        )
        for tier in tiers.list_tiers(programme_id)
    ]


def _to_period(row: TierRecord) -> TierPeriod:
    return TierPeriod(
        tier=_to_summary(row.tier),
        kind=row.kind,
        label=tier_descriptions.KIND_LABELS[row.kind],
        explanation=tier_descriptions.describe_reason(row),
        started_at=row.started_at,
        ended_at=row.ended_at,
        last_day=_last_day(row),
    )


def _last_day(record: TierRecord) -> date | None:
    return tier_descriptions.last_day_before(record.valid_until) if record.valid_until else None

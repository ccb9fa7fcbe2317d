"""Check-ins: today's is made once; a month is shown as a calendar."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from store.check_ins import check_ins, make_ups, streak_rewards
from store.core.validation import IsoDate
from store.tenants import business_days, settings
from web import idempotency
from web.auth import Caller, login_required
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("check_ins", __name__, tag="签到")


class CheckInResponse(BaseModel):
    """What today's check-in gave; `already` when it was done before. `points` includes `extra`."""

    already_done: bool
    streak: int
    points: int
    extra: int
    balance: int
    next_streak: int | None
    next_extra: int | None


class MonthQuery(RequestModel):
    """A month as `2026-11`, the running one by default."""

    month: str | None = Field(default=None, pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")


class TodayStatus(BaseModel):
    """Whether today is done, the days in a row, and the next day in a row that brings extra points."""

    done: bool
    streak: int
    next_streak: int | None = Field(description="没有连签奖励时为 null")
    next_extra: int | None


class CheckedInDay(BaseModel):
    """One day that was done."""

    day: date
    points: int
    streak: int


class MakeUpRequest(RequestModel):
    """The day to be filled, as `2026-11-03`."""

    day: Annotated[IsoDate, Field(ge=date(2000, 1, 1), le=date(2999, 12, 31))]


class MakeUpResponse(BaseModel):
    """What a make-up gave and cost; `already` when the day was done before. `left` is for the running month."""

    already_done: bool
    day: date
    streak: int
    points: int
    extra: int
    price: int
    balance: int
    remaining: int


class MakeUpOptions(BaseModel):
    """The missed days that can be filled now, how many more this month, and the price of each in points."""

    days: list[date]
    remaining: int
    price: int


class CheckInRewards(BaseModel):
    """Points of a day, and the extra points by days in a row, which repeat after `cycle_days`."""

    points: int
    streaks: dict[int, int]
    cycle_days: int | None = Field(description="每满这么多天，连签奖励重新计算。没有连签奖励时为 null")


class CalendarResponse(BaseModel):
    """A month of check-ins."""

    today: TodayStatus
    days: list[CheckedInDay]
    rules: CheckInRewards
    make_ups: MakeUpOptions | None = Field(description="公司未开放补签时为 null")


@bp.post("/api/me/check-ins")
@login_required
@bp.doc(
    summary="签到",
    description="当天第一次答 201，已经签过答 200。",
    security="session",
    responses={200: "今天已签到"},
)
@bp.output(CheckInResponse, status_code=201)
def check_in(caller: Caller) -> Response:
    outcome = idempotency.run_idempotent(caller.scope, None, lambda: _check_in(caller))
    return json_response(outcome, 200 if outcome["already_done"] else 201)


@bp.get("/api/me/check-ins")
@login_required
@bp.doc(summary="签到日历", security="session")
@bp.input(MonthQuery, location="query")
@bp.output(CalendarResponse)
def get_calendar(caller: Caller, query_data: MonthQuery) -> Response:
    rules = settings.read(check_ins.CheckInSettings)
    today = business_days.today()
    first = date.fromisoformat(f"{query_data.month}-01") if query_data.month else today.replace(day=1)
    days = [
        CheckedInDay(day=row.day, points=row.points, streak=row.streak)
        for row in check_ins.list_month(caller.customer, first)
    ]
    cycle = streak_rewards.cycle_days(rules.streaks)
    return json_response(
        CalendarResponse(
            today=_today_status(caller, rules),
            days=days,
            rules=CheckInRewards(points=rules.points, streaks=rules.streaks, cycle_days=cycle),
            make_ups=_available_make_ups(caller),
        )
    )


@bp.post("/api/me/check-ins/make-ups")
@login_required
@bp.doc(
    summary="补签",
    description="第一次答 201，那天已经签过答 200。",
    security="session",
    responses={200: "那天已签到", 409: "未开放补签、本月次数用完或积分不足"},
)
@bp.input(MakeUpRequest)
@bp.output(MakeUpResponse, status_code=201)
def make_up_day(caller: Caller, json_data: MakeUpRequest) -> Response:
    outcome = idempotency.run_idempotent(caller.scope, json_data, lambda: _make_up(caller, json_data.day))
    return json_response(outcome, 200 if outcome["already_done"] else 201)


def _today_status(caller: Caller, rules: check_ins.CheckInSettings) -> TodayStatus:
    streak = check_ins.current_streak(caller.customer)
    ahead = streak_rewards.find_next(streak, rules.streaks)
    return TodayStatus(
        done=check_ins.find_today(caller.customer) is not None,
        streak=streak,
        next_streak=ahead[0] if ahead else None,
        next_extra=ahead[1] if ahead else None,
    )


def _available_make_ups(caller: Caller) -> MakeUpOptions | None:
    found = make_ups.find_available(caller.customer)
    return MakeUpOptions(**asdict(found)) if found else None


def _make_up(caller: Caller, day: date) -> MakeUpResponse:
    outcome = make_ups.make_up(
        customer=caller.customer,
        day=day,
        source=caller.channel.kind,
        channel_id=caller.session.channel_id,
    )
    return MakeUpResponse(**asdict(outcome))


def _check_in(caller: Caller) -> CheckInResponse:
    outcome = check_ins.check_in(
        customer=caller.customer, source=caller.channel.kind, channel_id=caller.session.channel_id
    )
    return CheckInResponse(**asdict(outcome))

"""Check-ins: today's is made once; a month is shown as a calendar."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from doors import answered
from miniprogram_api import repeats
from miniprogram_api.caller import Caller, signed_in
from miniprogram_api.shapes import Asked
from store.company import calendar, settings
from store.kernel.validation import WrittenDay
from store.loyalty import check_ins, make_ups

door = APIBlueprint("check_ins", __name__, tag="签到")


class Outcome(BaseModel):
    """What today's check-in gave; `already` when it was done before. `points` includes `extra`."""

    already: bool
    streak: int
    points: int
    extra: int
    balance: int
    next_streak: int | None
    next_extra: int | None


class AskedMonth(Asked):
    """A month as `2026-11`, the running one by default."""

    month: str | None = Field(default=None, pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")


class Today(BaseModel):
    """Whether today is done, and the days in a row."""

    done: bool
    streak: int


class Day(BaseModel):
    """One day that was done."""

    day: date
    points: int
    streak: int


class MissedDay(Asked):
    """The day to be filled, as `2026-11-03`."""

    day: Annotated[WrittenDay, Field(ge=date(2000, 1, 1), le=date(2999, 12, 31))]


class MadeUp(BaseModel):
    """What a make-up gave and cost; `already` when the day was done before. `left` is for the running month."""

    already: bool
    day: date
    streak: int
    points: int
    extra: int
    price: int
    balance: int
    left: int


class MakeUps(BaseModel):
    """The missed days that can be filled now, how many more this month, and the price of each in points."""

    days: list[date]
    left: int
    price: int


class Rules(BaseModel):
    """Points of a day, and the extra points by days in a row."""

    points: int
    streaks: dict[int, int]


class Calendar(BaseModel):
    """A month of check-ins."""

    today: Today
    days: list[Day]
    rules: Rules
    make_ups: MakeUps | None = Field(description="公司未开放补签时为 null")


@door.post("/api/me/check-ins")
@signed_in
@door.doc(
    summary="签到",
    description="当天第一次答 201，已经签过答 200。",
    security="session",
    responses={200: "今天已签到"},
)
@door.output(Outcome, status_code=201)
def check_in(caller: Caller) -> Response:
    outcome = repeats.once(caller.scope, None, lambda: _done(caller))
    return answered(outcome, 200 if outcome["already"] else 201)


@door.get("/api/me/check-ins")
@signed_in
@door.doc(summary="签到日历", security="session")
@door.input(AskedMonth, location="query")
@door.output(Calendar)
def show(caller: Caller, query_data: AskedMonth) -> Response:
    rules = settings.read(check_ins.CheckInRules)
    today = calendar.today()
    first = date.fromisoformat(f"{query_data.month}-01") if query_data.month else today.replace(day=1)
    days = [
        Day(day=row.day, points=row.points, streak=row.streak)
        for row in check_ins.month(caller.customer, first)
    ]
    done = check_ins.today(caller.customer) is not None
    return answered(
        Calendar(
            today=Today(done=done, streak=check_ins.streak(caller.customer)),
            days=days,
            rules=Rules(points=rules.points, streaks=rules.streaks),
            make_ups=_offered(caller),
        )
    )


@door.post("/api/me/check-ins/make-ups")
@signed_in
@door.doc(
    summary="补签",
    description="第一次答 201，那天已经签过答 200。",
    security="session",
    responses={200: "那天已签到", 409: "未开放补签、本月次数用完或积分不足"},
)
@door.input(MissedDay)
@door.output(MadeUp, status_code=201)
def make_up(caller: Caller, json_data: MissedDay) -> Response:
    outcome = repeats.once(caller.scope, json_data, lambda: _made_up(caller, json_data.day))
    return answered(outcome, 200 if outcome["already"] else 201)


def _offered(caller: Caller) -> MakeUps | None:
    found = make_ups.offer(caller.customer)
    return MakeUps(**asdict(found)) if found else None


def _made_up(caller: Caller, day: date) -> MadeUp:
    outcome = make_ups.make_up(
        customer=caller.customer,
        day=day,
        source=caller.channel.kind,
        channel_id=caller.session.channel_id,
    )
    return MadeUp(**asdict(outcome))


def _done(caller: Caller) -> Outcome:
    outcome = check_ins.check_in(
        customer=caller.customer, source=caller.channel.kind, channel_id=caller.session.channel_id
    )
    return Outcome(**asdict(outcome))

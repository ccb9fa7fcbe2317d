"""Check-ins: today's is made once; a month is shown as a calendar."""

from dataclasses import asdict
from datetime import date

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from doors import answered
from miniprogram_api import repeats
from miniprogram_api.caller import Caller, signed_in
from miniprogram_api.shapes import Asked
from store.company import calendar, settings
from store.loyalty import check_ins

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


class Rules(BaseModel):
    """Points of a day, and the extra points by days in a row."""

    points: int
    streaks: dict[int, int]


class Calendar(BaseModel):
    """A month of check-ins."""

    today: Today
    days: list[Day]
    rules: Rules


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
        )
    )


def _done(caller: Caller) -> Outcome:
    outcome = check_ins.check_in(
        customer=caller.customer, source=caller.channel.kind, channel_id=caller.session.channel_id
    )
    return Outcome(**asdict(outcome))

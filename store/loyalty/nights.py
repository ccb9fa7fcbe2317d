"""The club's night (夜间处理): what a day leaves to be done, in one order, as often as it is asked."""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import peewee

from store.company import calendar
from store.kernel import bounds, clock, db, refusals
from store.kernel.fields import Day, Moment
from store.kernel.records import Record
from store.loyalty import coupons, point_expiry, reminders, tier_moves

# Each hands out portions for a past day, one transaction a call, and finds none once the day is done.
STEPS: Mapping[str, Callable[..., Iterator[Callable[[], int]]]] = {
    "activate": reminders.activations,
    "expire": point_expiry.portions,
    "tiers": tier_moves.portions,
    "coupons": coupons.portions,
    "reminders": reminders.portions,
}
STATES = ("running", "done", "failed")

PATIENCE_S = 10.0  # of one turn: the clock has other jobs and other companies to see to
LONGEST_BACK_DAYS = 3650


class NightStep(Record):
    """One step of the night that closed a day; `count` grows in the transaction of each portion.

    A step that is killed stays `running` until it is gone on with.
    """

    day = Day()
    step = peewee.CharField(max_length=20, constraints=[peewee.Check(f"step IN {tuple(STEPS)}")])
    state = peewee.CharField(
        max_length=10, default="running", constraints=[peewee.Check(f"state IN {STATES}")]
    )
    count = peewee.BigIntegerField(default=0)
    started_at = Moment(default=clock.now)
    finished_at = Moment(null=True)
    error = peewee.TextField(null=True)

    class Meta:
        indexes = ((("day", "step"), True),)


def close_yesterday(*, patience_s: float = PATIENCE_S) -> int:
    """Close yesterday, after every day before it that a clock which stood still has missed.

    Returns how many things were done. When patience is at its end the rest waits for the next turn.
    """
    deadline, count = time.monotonic() + patience_s, 0
    for day in left_open():
        for _, done in _night(day, [step for step in STEPS if step not in _done(day)]):
            count += done
            if time.monotonic() > deadline:
                return count
    return count


def run(*, day: date) -> dict[str, int]:
    """Close a past day, whatever was done of it before; returns how many things each step found to do."""
    if not 1 <= (calendar.today() - bounds.day(day, field="day")).days <= LONGEST_BACK_DAYS:
        raise refusals.invalid("day", "只能处理已经结束的日期，最早十年前")
    found = dict.fromkeys(STEPS, 0)
    for step, done in _night(day, list(STEPS)):
        found[step] += done
    return found


def left_open() -> list[date]:
    """The days up to yesterday that want closing, in their order; of a new company only yesterday."""
    yesterday = calendar.today() - timedelta(days=1)
    newest = NightStep.select().order_by(NightStep.day.desc()).first()
    if newest is None:
        return [yesterday]
    undone = {row.day for row in NightStep.select().where(NightStep.state != "done")}
    if len(_done(newest.day)) < len(STEPS):
        undone.add(newest.day)
    missed = [newest.day + timedelta(days=n) for n in range(1, (yesterday - newest.day).days + 1)]
    return sorted(undone) + missed


def listing(*, limit: int = 50) -> list[NightStep]:
    """The latest nights first, each step in its turn."""
    rows = list(NightStep.select().order_by(NightStep.day.desc()).limit(limit))
    return sorted(rows, key=lambda row: (-row.day.toordinal(), list(STEPS).index(row.step)))


def _night(day: date, steps: list[str]) -> Iterator[tuple[str, int]]:
    """Go through the steps and tell after each portion what was done; the next step waits for the one before."""
    for step in steps:
        row = _begin(day, step)
        try:
            for some in STEPS[step](day=day):
                yield step, _count(row, some)
        except (
            Exception
        ) as error:  # the shell of a step: how it failed is kept in its row, and the clock told
            _end(row, "failed", f"{type(error).__name__}: {error}"[:500])
            raise
        _end(row, "done")


def _done(day: date) -> set[str]:
    rows = NightStep.select(NightStep.step).where((NightStep.day == day) & (NightStep.state == "done"))
    return {row.step for row in rows}


@db.verb
def _begin(day: date, step: str) -> NightStep:
    row = NightStep.find(day=day, step=step, lock=True)
    if row is None:
        return NightStep.create(day=day, step=step)
    row.put(state="running", finished_at=None, error=None)
    return row


@db.verb
def _count(row: NightStep, some: Callable[[], int]) -> int:
    """A portion and its count together, so that the count is right whenever the power fails."""
    done = some()
    NightStep.update(count=NightStep.count + done).where(NightStep.id == row.id).execute()
    return done


@db.verb
def _end(row: NightStep, state: str, error: Any = None) -> None:
    row.put(state=state, finished_at=clock.now(), error=error)

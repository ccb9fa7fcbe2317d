"""The daily close (日终处理): the steps that end a business day, in order. Idempotent."""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import peewee

from store.closings import closings
from store.core import clock, errors, input_limits
from store.core.database import db
from store.core.database.fields import DateField, UtcDateTimeField
from store.core.database.models import Model
from store.coupons import coupons
from store.messages import birthdays, expiry_reminders
from store.points import expiry as point_expiry
from store.tenants import business_days
from store.tiers import evaluation as tier_evaluation

# Each processes a batch of a past day in one transaction and returns its number of rows, 0 once the day is done.
STEPS: Mapping[str, Callable[[date], int]] = {
    "activate": expiry_reminders.run_activation_batch,
    "expire": point_expiry.run_batch,
    "tiers": tier_evaluation.run_batch,
    "coupons": coupons.run_batch,
    "closings": closings.run_batch,
    "reminders": expiry_reminders.run_batch,
    "birthdays": birthdays.run_batch,
}
STATES = ("running", "done", "failed")

TIME_BUDGET_S = 10.0  # of one turn: the clock has other jobs and other tenants to see to
MAX_BACK_DAYS = 3650


class DailyCloseStep(Model):
    """One step of the daily close of a day; `count` grows in the transaction of each batch.

    A killed step stays `running` until it is continued.
    """

    day = DateField()
    step = peewee.CharField(max_length=20, constraints=[peewee.Check(f"step IN {tuple(STEPS)}")])
    state = peewee.CharField(
        max_length=10, default="running", constraints=[peewee.Check(f"state IN {STATES}")]
    )
    count = peewee.BigIntegerField(default=0)
    started_at = UtcDateTimeField(default=clock.now)
    finished_at = UtcDateTimeField(null=True)
    error = peewee.TextField(null=True)

    class Meta:
        indexes = ((("day", "step"), True),)


def close_open_days(*, time_budget_s: float = TIME_BUDGET_S) -> int:
    """Close all open days up to yesterday, oldest first, and return the number of processed rows.

    Days are open if the scheduler was down. After the time budget the next call continues.
    """
    deadline, count = time.monotonic() + time_budget_s, 0
    for day in days_to_close():
        for _, done in _run_steps(day, [step for step in STEPS if step not in _finished_steps(day)]):
            count += done
            if time.monotonic() > deadline:
                return count
    return count


def close_day(*, day: date) -> dict[str, int]:
    """Close a past day again and return how many rows each step processed."""
    if not 1 <= (business_days.today() - input_limits.check_day(day, field="day")).days <= MAX_BACK_DAYS:
        raise errors.invalid("day", "只能处理已经结束的日期，最早十年前")
    found = dict.fromkeys(STEPS, 0)
    for step, done in _run_steps(day, list(STEPS)):
        found[step] += done
    return found


def days_to_close() -> list[date]:
    """Return the open days up to yesterday, oldest first. Of a new tenant this is only yesterday."""
    yesterday = business_days.today() - timedelta(days=1)
    newest = DailyCloseStep.select().order_by(DailyCloseStep.day.desc()).first()
    if newest is None:
        return [yesterday]
    undone = {row.day for row in DailyCloseStep.select().where(DailyCloseStep.state != "done")}
    if len(_finished_steps(newest.day)) < len(STEPS):
        undone.add(newest.day)
    missed = [newest.day + timedelta(days=n) for n in range(1, (yesterday - newest.day).days + 1)]
    return sorted(undone) + missed


def list_steps(*, limit: int = 50) -> list[DailyCloseStep]:
    """Return the steps of the latest days first, in the order of the steps."""
    rows = list(DailyCloseStep.select().order_by(DailyCloseStep.day.desc()).limit(limit))
    return sorted(rows, key=lambda row: (-row.day.toordinal(), list(STEPS).index(row.step)))


def _run_steps(day: date, steps: list[str]) -> Iterator[tuple[str, int]]:
    """Run the steps in order and yield after each batch what it processed."""
    for step in steps:
        row = _start_step(day, step)
        try:
            while done := _run_counted(row):
                yield step, done
        except (
            Exception
        ) as error:  # top-level handler of a step: its row keeps the error, the scheduler logs it
            _finish_step(row, "failed", f"{type(error).__name__}: {error}"[:500])
            raise
        _finish_step(row, "done")


def _finished_steps(day: date) -> set[str]:
    rows = DailyCloseStep.select(DailyCloseStep.step).where(
        (DailyCloseStep.day == day) & (DailyCloseStep.state == "done")
    )
    return {row.step for row in rows}


@db.transactional
def _start_step(day: date, step: str) -> DailyCloseStep:
    row = DailyCloseStep.find(day=day, step=step, lock=True)
    if row is None:
        return DailyCloseStep.create(day=day, step=step)
    row.update_fields(state="running", finished_at=None, error=None)
    return row


@db.transactional
def _run_counted(row: DailyCloseStep) -> int:
    """Run a batch of a step and add to its count in one transaction, so that the count survives a crash."""
    done = STEPS[row.step](row.day)
    if not done:
        return 0
    DailyCloseStep.update(count=DailyCloseStep.count + done).where(DailyCloseStep.id == row.id).execute()
    return done


@db.transactional
def _finish_step(row: DailyCloseStep, state: str, error: Any = None) -> None:
    row.update_fields(state=state, finished_at=clock.now(), error=error)

"""SMS budgets (短信额度): how many codes and messages a tenant sends a business day, with an alarm before it stops."""

from datetime import date

import peewee
import structlog

from store.core import clock, errors
from store.core.database import db
from store.core.database.fields import DateField, UtcDateTimeField
from store.core.database.models import Model
from store.tenants import business_days

log = structlog.get_logger("sms_budget")

USED_UP_TEXT = "今天的短信验证码已发完，请明天再试，或到门店办理"


PURPOSES = ("code", "message")  # each has a budget of its own, so that messages never use up the codes


class SmsBudgetDay(Model):
    """How many of a purpose were sent on a business day, and when it came to the alarm and to the end."""

    day = DateField()
    purpose = peewee.CharField(max_length=10, constraints=[peewee.Check(f"purpose IN {PURPOSES}")])
    sent = peewee.IntegerField(default=0)
    alarmed_at = UtcDateTimeField(null=True)
    stopped_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("day", "purpose"), True),)


@db.transactional
def consume(*, limit: int, alarm_percent: int) -> None:
    """Count one code of today. Raises DomainError(sms_budget_used_up) if nothing is left."""
    if not take("code", limit=limit, alarm_percent=alarm_percent):
        raise errors.DomainError("sms_budget_used_up", USED_UP_TEXT, 429, retry_after_s=3600)


@db.transactional
def take(purpose: str, *, limit: int, alarm_percent: int) -> bool:
    """Count one SMS of today and return whether the budget allows it.

    One statement counts and decides, so concurrent callers cannot pass together. The alarm and the end are logged
    once a day as errors, after the commit.
    """
    day = business_days.today()
    if limit < 1 or not _count(day, purpose, limit):
        log.error("sms_budget_stopped", tenant=db.current_tenant(), purpose=purpose, limit=limit)
        return False
    row = SmsBudgetDay.get((SmsBudgetDay.day == day) & (SmsBudgetDay.purpose == purpose))
    if row.sent >= alarm_threshold(limit, alarm_percent):
        _record_once(row, "alarmed_at", "sms_budget_alarm", limit)
    if row.sent >= limit:
        _record_once(row, "stopped_at", "sms_budget_used_up", limit)
    return True


@db.transactional
def give_back(purpose: str) -> None:
    """Take back one SMS of today that was not sent."""
    mine = (SmsBudgetDay.day == business_days.today()) & (SmsBudgetDay.purpose == purpose)
    SmsBudgetDay.update(sent=SmsBudgetDay.sent - 1).where(mine & (SmsBudgetDay.sent > 0)).execute()


def count_today(purpose: str = "code") -> int:
    """Return how many of a purpose were sent today."""
    row = SmsBudgetDay.find(day=business_days.today(), purpose=purpose)
    return row.sent if row else 0


def alarm_threshold(limit: int, alarm_percent: int) -> int:
    """Return the number of codes from which the alarm is raised."""
    return -(-limit * alarm_percent // 100)


def _count(day: date, purpose: str, limit: int) -> int:
    counted: int = (
        SmsBudgetDay.insert(day=day, purpose=purpose, sent=1)
        .on_conflict(
            conflict_target=[SmsBudgetDay.day, SmsBudgetDay.purpose],
            update={SmsBudgetDay.sent: SmsBudgetDay.sent + 1},
            where=SmsBudgetDay.sent < limit,
        )
        .as_rowcount()
        .execute()
    )
    return counted


def _record_once(row: SmsBudgetDay, column: str, event: str, limit: int) -> None:
    if getattr(row, column) is not None:
        return
    row.update_fields(**{column: clock.now()})
    sent, tenant, purpose = row.sent, db.current_tenant(), row.purpose
    db.after_commit(lambda: log.error(event, tenant=tenant, purpose=purpose, sent=sent, limit=limit))

"""SMS budget (短信额度): how many SMS codes a tenant sends a business day, with an alarm before it stops."""

import peewee
import structlog

from store.core import clock, errors
from store.core.database import db
from store.core.database.fields import DateField, UtcDateTimeField
from store.core.database.models import Model
from store.tenants import business_days

log = structlog.get_logger("sms_budget")

USED_UP_TEXT = "今天的短信验证码已发完，请明天再试，或到门店办理"


class SmsBudgetDay(Model):
    """How many codes were sent on a business day, and when it came to the alarm and to the end."""

    day = DateField(unique=True)
    sent = peewee.IntegerField(default=0)
    alarmed_at = UtcDateTimeField(null=True)
    stopped_at = UtcDateTimeField(null=True)


@db.transactional
def consume(*, limit: int, alarm_percent: int) -> None:
    """Count one code of today. Raises DomainError(sms_budget_used_up) if nothing is left.

    One statement counts and decides, so concurrent callers cannot pass together. The alarm and the end are logged
    once a day as errors, after the commit.
    """
    day = business_days.today()
    if limit < 1:
        raise _used_up(limit)
    counted = (
        SmsBudgetDay.insert(day=day, sent=1)
        .on_conflict(
            conflict_target=[SmsBudgetDay.day],
            update={SmsBudgetDay.sent: SmsBudgetDay.sent + 1},
            where=SmsBudgetDay.sent < limit,
        )
        .as_rowcount()
        .execute()
    )
    if not counted:
        raise _used_up(limit)
    row = SmsBudgetDay.get(SmsBudgetDay.day == day)
    if row.sent >= alarm_threshold(limit, alarm_percent):
        _record_once(row, "alarmed_at", "sms_budget_alarm", limit)
    if row.sent >= limit:
        _record_once(row, "stopped_at", "sms_budget_used_up", limit)


def count_today() -> int:
    """Return how many codes were sent today."""
    row = SmsBudgetDay.find(day=business_days.today())
    return row.sent if row else 0


def alarm_threshold(limit: int, alarm_percent: int) -> int:
    """Return the number of codes from which the alarm is raised."""
    return -(-limit * alarm_percent // 100)


def _record_once(row: SmsBudgetDay, column: str, event: str, limit: int) -> None:
    if getattr(row, column) is not None:
        return
    row.update_fields(**{column: clock.now()})
    sent, tenant = row.sent, db.current_tenant()
    db.after_commit(lambda: log.error(event, tenant=tenant, sent=sent, limit=limit))


def _used_up(limit: int) -> errors.DomainError:
    log.error("sms_budget_stopped", tenant=db.current_tenant(), limit=limit)
    return errors.DomainError("sms_budget_used_up", USED_UP_TEXT, 429, retry_after_s=3600)

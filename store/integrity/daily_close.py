"""The daily close: its steps ran in order and finished, and every reminder has an event."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import peewee
from peewee import fn

from store.core import clock
from store.core.database import db
from store.core.events import Event
from store.daily_close import STEPS, DailyCloseStep
from store.integrity.check import Check, Rows
from store.messages.expiry_reminders import REMINDER_KINDS, Reminder

STUCK_MINUTES = 60


def _find_out_of_order() -> Iterator[Any]:
    """Find steps that began although the step before them did not."""
    order, done = list(STEPS), DailyCloseStep.alias()
    for before, step in pairwise(order):
        ahead = done.select(done.id).where((done.day == DailyCloseStep.day) & (done.step == before))
        mine = (DailyCloseStep.step == step) & ~fn.EXISTS(ahead)
        yield from (
            DailyCloseStep.select(DailyCloseStep.id, DailyCloseStep.day, DailyCloseStep.step)
            .where(mine)
            .tuples()
        )


def _find_unfinished() -> Rows:
    late = (DailyCloseStep.state != "done") & (
        DailyCloseStep.started_at < clock.now() - timedelta(minutes=STUCK_MINUTES)
    )
    return (
        DailyCloseStep.select(
            DailyCloseStep.id, DailyCloseStep.day, DailyCloseStep.step, DailyCloseStep.state
        )
        .where(late)
        .tuples()
    )


def _find_reminders_without_event() -> Iterator[Any]:
    """Find members with more reminders of a kind than events. A merge drops reminders but no events."""
    for kind in REMINDER_KINDS:
        recorded = (
            Event.select(Event.member_id.alias("member_id"), fn.COUNT(Event.id).alias("count"))
            .where((Event.kind == kind) & Event.customer_id.is_null(False))
            .group_by(Event.member_id)
            .alias("recorded")
        )
        reminded = (
            Reminder.select(Reminder.member.alias("member_id"), fn.COUNT(Reminder.id).alias("count"))
            .where(Reminder.kind == kind)
            .group_by(Reminder.member)
            .alias("reminded")
        )
        # Both sides are counted once. A sub-select for each member would read the events again and again.
        count = fn.COALESCE(recorded.c.count, 0)
        yield from (
            peewee.Select([reminded], [reminded.c.member_id, reminded.c.count, count])
            .join(recorded, peewee.JOIN.LEFT_OUTER, on=(recorded.c.member_id == reminded.c.member_id))
            .where(count < reminded.c.count)
            .bind(db.database)
            .tuples()
        )


CHECKS = (
    Check(
        name="daily_close.order",
        invariant="夜间处理的步骤依次进行",
        message="夜间处理 {0}（{1} {2}）：前一步还没有做",
        find_violations=_find_out_of_order,
    ),
    Check(
        name="daily_close.finished",
        invariant="夜间处理都已完成",
        message="夜间处理 {0}（{1} {2}）：{3}，用 flask daily-close list 查看原因",
        find_violations=_find_unfinished,
        is_warning=True,
    ),
    Check(
        name="reminders.recorded",
        invariant="每条到期提醒都有对应的事件",
        message="会员 {0}：到期提醒 {1} 条，事件 {2} 个",
        find_violations=_find_reminders_without_event,
    ),
)

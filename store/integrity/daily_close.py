"""The daily close: its steps ran in order and finished, and every reminder has an event."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

from peewee import fn

from store.core import clock
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
        events = Event.select(fn.COUNT(Event.id)).where(
            (Event.member_id == Reminder.member) & (Event.kind == kind) & Event.customer_id.is_null(False)
        )
        count = fn.COUNT(Reminder.id)
        rows: Any = Reminder.select(Reminder.member, count).where(Reminder.kind == kind)
        for member_id, reminders, recorded in (
            rows.select_extend(events).group_by(Reminder.member).tuples().iterator()
        ):
            if recorded < reminders:
                yield member_id, reminders, recorded


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

"""Nights: steps in their order and none left lying, reminders that were told as events."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

from peewee import fn

from store.checks.finding import Check, Rows
from store.kernel import clock
from store.kernel.events import Event
from store.loyalty.nights import STEPS, NightStep
from store.loyalty.reminders import KINDS, Reminder

STUCK_MINUTES = 60


def _out_of_order() -> Iterator[Any]:
    """Steps that were begun although the one ahead of them never was."""
    order, done = list(STEPS), NightStep.alias()
    for before, step in pairwise(order):
        ahead = done.select(done.id).where((done.day == NightStep.day) & (done.step == before))
        mine = (NightStep.step == step) & ~fn.EXISTS(ahead)
        yield from NightStep.select(NightStep.id, NightStep.day, NightStep.step).where(mine).tuples()


def _left_lying() -> Rows:
    late = (NightStep.state != "done") & (
        NightStep.started_at < clock.now() - timedelta(minutes=STUCK_MINUTES)
    )
    return NightStep.select(NightStep.id, NightStep.day, NightStep.step, NightStep.state).where(late).tuples()


def _untold() -> Iterator[Any]:
    """Members with more reminders of a kind than events; a merge drops reminders that both had, never events."""
    for kind in KINDS:
        events = Event.select(fn.COUNT(Event.id)).where(
            (Event.member_id == Reminder.member) & (Event.kind == kind) & Event.customer_id.is_null(False)
        )
        count = fn.COUNT(Reminder.id)
        rows: Any = Reminder.select(Reminder.member, count).where(Reminder.kind == kind)
        for member_id, reminders, told in (
            rows.select_extend(events).group_by(Reminder.member).tuples().iterator()
        ):
            if told < reminders:
                yield member_id, reminders, told


CHECKS = (
    Check(
        name="nights.order",
        promise="夜间处理的步骤依次进行",
        sentence="夜间处理 {0}（{1} {2}）：前一步还没有做",
        broken=_out_of_order,
    ),
    Check(
        name="nights.done",
        promise="夜间处理都已完成",
        sentence="夜间处理 {0}（{1} {2}）：{3}，用 flask nights list 查看原因",
        broken=_left_lying,
        warns=True,
    ),
    Check(
        name="reminders.told",
        promise="每条到期提醒都有对应的事件",
        sentence="会员 {0}：到期提醒 {1} 条，事件 {2} 个",
        broken=_untold,
    ),
)

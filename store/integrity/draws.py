"""Draws: never more prizes or draws than set, each draw follows from its numbers, budgets equal their entries."""

from collections.abc import Iterator
from typing import Any

import peewee
from peewee import fn

from store.activities.activities import Activity, Prize
from store.activities.budgets import ActivityBudget, ActivityBudgetEntry
from store.draws import draw_records
from store.draws.draw_records import Draw
from store.draws.wins import Win
from store.integrity.check import Check, Rows

_OPEN = ("running", "paused")


def _find_draw_count_mismatch() -> Rows:
    """Find activities whose counter differs from their draws."""
    there = Draw.select(fn.COUNT(Draw.id)).where(Draw.activity == Activity.id)
    return (
        Activity.select(Activity.id, Activity.draws_made, there).where(Activity.draws_made != there).tuples()
    )


def _find_prize_count_mismatch() -> Rows:
    """Find prizes whose counter differs from the wins."""
    there = Win.select(fn.COUNT(Win.id)).where(Win.prize == Prize.id)
    return Prize.select(Prize.id, Prize.given, there).where(Prize.given != there).tuples()


def _find_missing_wins() -> Rows:
    """Find draws that won and have no win, or have one without having won."""
    query = Draw.select(Draw.id, Draw.place, Win.id).join(
        Win, peewee.JOIN.LEFT_OUTER, on=(Win.draw == Draw.id)
    )
    return query.where(Draw.place.is_null() == Win.id.is_null(False)).tuples()


def _find_wrong_outcomes() -> Iterator[Any]:
    """Find draws whose prize does not follow from their numbers."""
    for row in Draw.select().iterator():
        if not draw_records.is_correct(row):
            yield row.id, row.pick, row.prizes_left, row.place


def _find_budget_mismatch() -> Iterator[Any]:
    """Find budgets whose amounts differ from the sums of their entries."""
    rows: Any = ActivityBudgetEntry.select(
        ActivityBudgetEntry.budget, ActivityBudgetEntry.kind, fn.SUM(ActivityBudgetEntry.amount_fen)
    ).group_by(ActivityBudgetEntry.budget, ActivityBudgetEntry.kind)
    sums = {(budget, kind): int(total) for budget, kind, total in rows.tuples()}
    for row in ActivityBudget.select():
        of = {kind: sums.get((row.id, kind), 0) for kind in ("increase", "reserve", "release", "pay")}
        expected = (of["increase"], of["reserve"] - of["release"] - of["pay"], of["pay"])
        if (row.total_fen, row.reserved_fen, row.paid_fen) != expected:
            yield row.id, row.total_fen, row.reserved_fen, row.paid_fen


def _find_reserved_mismatch() -> Iterator[Any]:
    """Find budgets that reserve another sum than undrawn and unclaimed red packets may still cost."""
    undrawn: Any = (
        Prize.select(Activity.budget, fn.SUM((Prize.quantity - Prize.given) * Prize.max_fen))
        .join(Activity)
        .where(Activity.state.in_(_OPEN) & (Prize.kind == "cash"))
        .group_by(Activity.budget)
    )
    unclaimed: Any = (
        Win.select(Activity.budget, fn.SUM(Win.amount_fen))
        .join(Activity)
        .where((Win.kind == "cash") & Win.state.in_(("waiting", "claiming")))
        .group_by(Activity.budget)
    )
    expected: dict[int, int] = {}
    for budget_id, fen in (*undrawn.tuples(), *unclaimed.tuples()):
        expected[budget_id] = expected.get(budget_id, 0) + int(fen)
    for row in ActivityBudget.select():
        if row.reserved_fen != expected.get(row.id, 0):
            yield row.id, row.reserved_fen, expected.get(row.id, 0)


CHECKS = (
    Check(
        name="draws.count", invariant="活动的已抽次数等于抽奖记录数",
        message="活动 {0}：已抽 {1} 次，记录 {2} 条", find_violations=_find_draw_count_mismatch,
    ),
    Check(
        name="draws.prizes", invariant="奖品的已中数量等于中奖记录数",
        message="奖品 {0}：已中 {1} 份，记录 {2} 条", find_violations=_find_prize_count_mismatch,
    ),
    Check(
        name="draws.wins", invariant="中奖的抽奖都有一条中奖记录",
        message="抽奖 {0}：中奖位置 {1}，中奖记录 {2}", find_violations=_find_missing_wins,
    ),
    Check(
        name="draws.numbers", invariant="每次抽奖的结果与记录的号码一致",
        message="抽奖 {0}：号码 {1}，剩余 {2}，结果 {3}", find_violations=_find_wrong_outcomes,
    ),
    Check(
        name="activity_budgets.sums", invariant="预算的金额等于流水之和",
        message="预算 {0}：总额 {1}，占用 {2}，已付 {3} 与流水不符", find_violations=_find_budget_mismatch,
    ),
    Check(
        name="activity_budgets.reserved", invariant="预算的占用等于未抽和未领的红包",
        message="预算 {0}：占用 {1}，应为 {2}", find_violations=_find_reserved_mismatch,
    ),
)  # fmt: skip

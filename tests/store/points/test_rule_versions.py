"""Versions of point rules: of changes at the same time one makes the next version."""

from datetime import date, timedelta

from store.points import order_accrual as point_order_accrual
from store.points import rule_versions
from store.points.rule_versions import CHANGEABLE
from store.points.rules import PointRule
from tests.store.points.conftest import count_outcomes, order
from tests.support import database
from tests.support.races import with_barrier, without_index, without_write_queue


def change(rule: PointRule, **values) -> PointRule:
    known = {name: getattr(rule, name) for name in CHANGEABLE}
    return rule_versions.change(rule_id=rule.id, **known | values)


def test_an_order_counts_by_the_version_and_its_entries_keep_theirs(buyer, rule, verify_afterwards):
    (before,) = point_order_accrual.post_order(member=buyer, order=order("O1"))
    newer = change(rule, points=3)
    (after,) = point_order_accrual.post_order(member=buyer, order=order("O2"))
    assert (before.value, before.rule_id) == (100, rule.id)
    assert (after.value, after.rule_id) == (300, newer.id)


def test_a_rule_that_has_an_end_keeps_it_if_it_is_earlier(rule):
    rule.update_fields(ends_on=date(2001, 1, 1))
    newer = change(rule, points=3, ends_on=None)
    assert PointRule.get_by_id(rule.id).ends_on == date(2001, 1, 1)
    assert newer.starts_on - timedelta(days=1) > date(2001, 1, 1)


def test_changes_at_the_same_time_make_one_version(rule):
    outcomes = database.run_concurrently(4, lambda number: change(rule, points=number + 2))
    assert count_outcomes(outcomes) == {"ok": 1, "rule_changed": 3}
    assert PointRule.select().where(PointRule.previous == rule.id).count() == 1


def test_control_without_lock_and_index_a_rule_has_two_next_versions(rule, monkeypatch):
    monkeypatch.setattr(rule_versions, "_lock", lambda rule_id: PointRule.find(id=rule_id))
    monkeypatch.setattr(rule_versions, "_differences", with_barrier(rule_versions._differences))
    with without_index("point_rule_previous_id"), without_write_queue():
        outcomes = database.run_concurrently(2, lambda number: change(rule, points=number + 2))
        made = PointRule.select().where(PointRule.previous == rule.id).count()
    assert (count_outcomes(outcomes), made) == ({"ok": 2}, 2)

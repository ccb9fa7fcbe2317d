"""Retention counters: they start at the cause of an upgrade, and a return takes off what it had added."""

import pytest

from store.customers.members import Member
from store.points import points
from store.points import reversals as point_reversals
from store.tiers import evaluation as tier_evaluation
from store.tiers import rules as tier_rules
from store.tiers import tiers
from store.tiers.rules import TierRule
from store.tiers.validity import Validity
from tests.store.tiers.test_evaluation import buy

pytestmark = pytest.mark.usefixtures("verify_afterwards")


@pytest.fixture
def growth(mei):
    return points.list_groups(mei.programme)[1]


@pytest.fixture
def set_rule(mei, growth):
    """Silver by one rule; it lasts 365 days."""
    silver = tiers.add(
        programme=mei.programme, code="silver", name="银卡", rank=5, validity=Validity(days=365)
    )

    def replaced(basis: str, at_least: int) -> None:
        group = growth if basis == "points" else None
        rule = TierRule(tier=silver, basis=basis, group=group, window_days=365, at_least=at_least)
        tier_rules.replace(programme=mei.programme, rules=[rule])

    return replaced


@pytest.fixture
def grow(mei, growth):
    return lambda value, key: points.earn(
        member=mei, group=growth, kind="transaction", value=value, key=key, upgrade_eligible=True
    )


def counter(member: Member) -> int:
    (row,) = tier_evaluation.measure_progress(member)
    return row["since_tier_began"]


def test_points_that_brought_the_upgrade_count_and_earlier_ones_do_not(mei, set_rule, grow, days):
    set_rule("points", 500)
    grow(400, "a")
    grow(200, "b")
    assert counter(mei) == 200
    days.go(1)
    grow(50, "c")
    assert counter(mei) == 250


@pytest.mark.parametrize(("basis", "at_least", "expected"), [("spend", 10_000, 6_000), ("purchases", 2, 1)])
def test_the_purchase_that_brought_the_upgrade_counts(mei, set_rule, days, basis, at_least, expected):
    set_rule(basis, at_least)
    buy(mei, "O1", 5_000)
    days.go(1)
    buy(mei, "O2", 6_000)
    assert tiers.find_active(mei).tier.code == "silver"
    assert counter(mei) == expected
    days.go(2)
    buy(mei, "O3", 100)
    assert counter(mei) == expected + (100 if basis == "spend" else 1)


def test_a_return_takes_off_what_its_own_entry_had_added(mei, set_rule, grow, days):
    """Of 400 from before the upgrade nothing was added, so their return takes nothing off."""
    set_rule("points", 500)
    grow(400, "a")
    grow(200, "b")
    days.go(1)
    point_reversals.reverse_earned(key="a", number="R1", numerator=1, denominator=1)
    assert counter(mei) == 200
    point_reversals.reverse_earned(key="b", number="R2", numerator=1, denominator=2)
    assert counter(mei) == 100
    point_reversals.reverse_earned(key="b", number="R3", numerator=1, denominator=2)
    assert (counter(mei), tiers.find_active(mei).tier.code) == (0, "silver")


def test_the_daily_close_judges_by_the_counter(mei, set_rule, grow, days):
    set_rule("points", 500)
    grow(500, "a")
    days.go(366)
    assert tier_evaluation.evaluate_expired(day=days.day(365)) == 1
    assert tiers.find_active(mei).kind == "retained"


def test_upgrades_in_bulk_count_their_orders(mei, set_rule):
    set_rule("spend", 100)
    buy(mei, "O1", 100)
    assert tiers.find_active(mei).cause_order == "O1"
    assert counter(mei) == 100

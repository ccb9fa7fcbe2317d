"""Tiers go up at once and are kept or lost in the daily close in which they end."""

from datetime import timedelta

import pytest

from store import purchases
from store.core import clock
from store.core.errors import DomainError
from store.points import order_accrual as point_order_accrual
from store.points import points
from store.points import reversals as point_reversals
from store.points.accrual import OrderLine, Payment
from store.points.order_accrual import PaidOrder
from store.tiers import evaluation as tier_evaluation
from store.tiers import rules as tier_rules
from store.tiers import tiers
from store.tiers.evaluation import TierShift
from store.tiers.rules import TierRule
from store.tiers.tiers import TierRecord
from store.tiers.validity import Validity
from tests.support import database
from tests.support.member_fixtures import end_of_day

pytestmark = pytest.mark.usefixtures("verify_afterwards")


@pytest.fixture
def programme(mei):
    """Silver from 500 growth, gold from 1000, within 365 days; both last 365 days."""
    programme, growth = mei.programme, points.list_groups(mei.programme)[1]
    silver, gold = (
        tiers.add(programme=programme, code=code, name=name, rank=rank, validity=Validity(days=365))
        for code, name, rank in (("silver", "银卡", 5), ("vip", "贵宾", 6))
    )
    tier_rules.replace(programme=programme, rules=set_growth_rules(growth, silver, gold))
    return programme


def set_growth_rules(growth, silver, gold, *, silver_from=500, gold_from=1000):
    return [
        TierRule(
            tier=silver, basis="points", group=growth, window_days=365, at_least=silver_from, below=gold_from
        ),
        TierRule(tier=gold, basis="points", group=growth, window_days=365, at_least=gold_from),
    ]


@pytest.fixture
def grow(mei, programme):
    growth = points.list_groups(programme)[1]
    return lambda value, key, **about: points.earn(
        member=mei,
        group=growth,
        kind="transaction",
        value=value,
        key=key,
        **{"upgrade_eligible": True, **about},
    )


@pytest.fixture
def path(mei):
    """The member's tiers from the first to the active one, with how each began."""
    return lambda: [(row.tier.code, row.kind) for row in reversed(tiers.list_history(mei))]


def test_a_year_of_days(mei, grow, path, days):
    """Day 0: 400, nothing. Day 10: 600 more, VIP through day 375. Day 20: half of them returned, VIP stays.

    Towards keeping VIP count the 600 that brought it, less 300, and 600 more: 900 < 1000, so silver through day 741.
    The 700 of day 400 keep silver through day 1107; nothing after that, so the base.
    """
    grow(400, "a")
    assert path() == [("base", "joined")]
    days.go(10)
    grow(600, "b")
    assert path() == [("base", "joined"), ("vip", "upgraded")]
    assert tiers.find_active(mei).valid_until == end_of_day(375)
    days.go(20)
    point_reversals.reverse_earned(key="b", number="R", numerator=1, denominator=2)
    grow(300, "c"), grow(300, "d")
    assert path()[-1] == ("vip", "upgraded")
    days.go(376)
    assert tier_evaluation.evaluate_expired(day=days.day(374)) == 0
    assert tier_evaluation.evaluate_expired(day=days.day(375)) == 1
    record = tiers.find_active(mei)
    assert (path()[-1], record.explanation["total"]) == (("silver", "downgraded"), 900)
    assert (record.started_at, record.valid_until) == (end_of_day(375), end_of_day(741))
    days.go(400)
    grow(700, "e")
    days.go(742)
    tier_evaluation.evaluate_expired(day=days.day(741))
    assert path()[-1] == ("silver", "retained")
    days.go(1108)
    tier_evaluation.evaluate_expired(day=days.day(1107))
    assert path()[-1] == ("base", "downgraded")


def test_the_record_explains_the_judgement(mei, grow):
    grow(1200, "a")
    because = tiers.find_active(mei).explanation
    assert (because["tier"], because["total"], because["at_least"]) == ("vip", 1200, 1000)
    assert because["rule"] == tier_rules.list_active(mei.programme_id)[0].id


def test_only_what_is_eligible_counts(grow, path):
    grow(5000, "a", upgrade_eligible=False)
    grow(499, "b")
    assert path() == [("base", "joined")]
    grow(1, "c")
    assert path()[-1] == ("silver", "upgraded")


def test_what_lies_before_the_window_does_not_count(grow, path, days):
    """400 on day 0 count through day 364 and no longer."""
    grow(400, "a")
    days.go(365)
    grow(100, "b")
    assert path() == [("base", "joined")]


def test_a_night_run_twice_changes_nothing(grow, path, days):
    grow(500, "a")
    days.go(400)
    assert tier_evaluation.evaluate_expired(day=days.day(399)) == 1
    before = path()
    assert tier_evaluation.evaluate_expired(day=days.day(399)) == 0
    assert path() == before


def test_a_clock_that_stood_still_catches_up_term_by_term(grow, path, days):
    """VIP on day 0, as much again on day 1; the next night run is three years later: kept, then lost."""
    grow(1000, "a")
    days.go(1)
    grow(1000, "b")
    days.go(1200)
    tier_evaluation.evaluate_expired(day=days.day(1199))
    assert [code for code, _ in path()] == ["base", "vip", "vip", "base"]


def test_upgrades_at_once_make_one_record(mei, grow):
    grow(999, "a")
    done = database.run_concurrently(6, lambda number: grow(1, f"b{number}"))
    assert not [row for row in done if isinstance(row, Exception)]
    assert [row.kind for row in tiers.list_history(mei)].count("upgraded") == 2
    assert TierRecord.select().where((TierRecord.member == mei) & TierRecord.ended_at.is_null()).count() == 1


def test_the_daily_close_and_an_upgrade_at_once_leave_one_tier(mei, grow, days):
    grow(500, "a")
    days.go(400)
    database.run_concurrently(
        2, lambda number: grow(1000, "b") if number else tier_evaluation.evaluate_expired(day=days.day(399))
    )
    assert tiers.find_active(mei).tier.code == "vip"


def test_spending_and_purchases_count_as_well(mei, programme, path):
    """Silver from 100 yuan in 30 days, VIP from 3 purchases in 30 days."""
    vip, silver = tiers.list_tiers(programme.id)[:2]
    tier_rules.replace(
        programme=programme,
        rules=[
            TierRule(tier=silver, basis="spend", window_days=30, at_least=10_000),
            TierRule(tier=vip, basis="purchases", window_days=30, at_least=3),
        ],
    )
    buy(mei, "O1", 9_999)
    assert path()[-1] == ("base", "joined")
    buy(mei, "O2", 1)
    assert path()[-1] == ("silver", "upgraded")
    purchases.record_refund(order_number="O2", number="R", refunded_fen=1)
    buy(mei, "O3", 1)
    assert path()[-1] == ("silver", "upgraded"), "what came back wholly is no purchase"
    buy(mei, "O4", 1)
    assert path()[-1] == ("vip", "upgraded")


def buy(member, number, paid_fen):
    line = OrderLine(line="1", product="milk", quantity=1, paid_fen=paid_fen)
    order = PaidOrder(
        number=number, paid_at=clock.now(), lines=(line,), payments=(Payment("cash", paid_fen),)
    )
    point_order_accrual.post_order(member=member, order=order)


def test_by_hand_with_a_reason_and_twice_is_once(mei, programme, path):
    vip = tiers.list_tiers(programme.id)[0]
    once = tier_evaluation.change_tier(member=mei, tier=vip, reason="老板的朋友")
    assert tier_evaluation.change_tier(member=mei, tier=vip, reason="老板的朋友") == once
    assert path() == [("base", "joined"), ("vip", "upgraded")]
    assert tiers.find_active(mei).operator
    with pytest.raises(DomainError):
        tier_evaluation.change_tier(member=mei, tier=vip, reason=" ")


@pytest.mark.parametrize(
    ("silver", "vip"), [((500, 1001), (1000, None)), ((500, None), (1000, None)), ((500, 400), (1000, None))]
)
def test_ranges_that_overlap_are_refused(programme, silver, vip):
    growth, (upper, lower) = points.list_groups(programme)[1], tiers.list_tiers(programme.id)[:2]
    rules = [
        TierRule(tier=tier, basis="points", group=growth, window_days=365, at_least=least, below=below)
        for tier, (least, below) in ((lower, silver), (upper, vip))
    ]
    before = tier_rules.list_active_uncached(programme.id)
    with pytest.raises(DomainError):
        tier_rules.replace(programme=programme, rules=rules)
    assert tier_rules.list_active_uncached(programme.id) == before


def test_the_same_rules_again_change_nothing(programme):
    before = tier_rules.list_active_uncached(programme.id)
    upper, lower = tiers.list_tiers(programme.id)[:2]
    assert (
        tier_rules.replace(
            programme=programme, rules=set_growth_rules(points.list_groups(programme)[1], lower, upper)
        )
        == before
    )


def test_a_preview_tells_who_would_stand_where_and_changes_nothing(mei, programme, grow, register, path):
    """Mei has 600 growth and silver. From 700 for silver she would stand at the base, from 600 for VIP at VIP."""
    grow(600, "a")
    register("13912345678")
    growth, (upper, lower) = points.list_groups(programme)[1], tiers.list_tiers(programme.id)[:2]
    stricter = set_growth_rules(growth, lower, upper, silver_from=700)
    assert tier_evaluation.preview_rules(programme=programme, rules=stricter) == [
        TierShift("base", "base", 1), TierShift("silver", "base", 1),
    ]  # fmt: skip
    milder = set_growth_rules(growth, lower, upper, gold_from=600)
    assert tier_evaluation.preview_rules(programme=programme, rules=milder) == [
        TierShift("base", "base", 1),
        TierShift("silver", "vip", 1),
    ]
    assert path()[-1] == ("silver", "upgraded")


def test_the_member_sees_how_far_it_is(mei, grow, days):
    """600 brought silver; they count for VIP and for keeping silver, like the 100 since."""
    grow(600, "a")
    days.go(1)
    grow(100, "b")
    to_vip, to_silver = tier_evaluation.measure_progress(mei)
    assert (to_vip["total"], to_vip["since_tier_began"], to_vip["at_least"]) == (700, 700, 1000)
    assert to_silver["tier"] == "silver"


@pytest.mark.parametrize("together", [False, True])
def test_an_order_of_a_till_whose_clock_is_ahead_counts_now(mei, programme, path, together):
    """A purchase that lies a minute ahead would count in no judgement: not in today's, and no night checks again."""
    silver = next(tier for tier in tiers.list_tiers(programme.id) if tier.code == "silver")
    rule = TierRule(tier=silver, basis="spend", window_days=365, at_least=10_000)
    tier_rules.replace(programme=programme, rules=[rule])
    line = OrderLine(line="1", product="milk", quantity=1, paid_fen=20_000)
    soon = clock.now() + timedelta(seconds=60)
    order = PaidOrder(number="O1", paid_at=soon, lines=(line,), payments=(Payment("cash", 20_000),))
    if together:
        point_order_accrual.post_orders([(mei.id, order)])
    else:
        point_order_accrual.post_order(member=mei, order=order)
    assert path() == [("base", "joined"), ("silver", "upgraded")]
    assert purchases.Purchase.get().at == clock.now()

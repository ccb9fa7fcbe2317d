"""Progress and its words: what is missing, what keeps a tier, why a record was made."""

import pytest

from store import purchases
from store.core import actors
from store.core.errors import DomainError
from store.customers import members
from store.points import points
from store.tiers import descriptions as words
from store.tiers import evaluation as tier_evaluation
from store.tiers import progress as tier_progress
from store.tiers import rule_import as tier_rule_import
from store.tiers import rules as tier_rules
from store.tiers import tiers
from store.tiers.validity import Validity
from tests.support.member_fixtures import end_of_day

pytestmark = pytest.mark.usefixtures("verify_afterwards")

RULES = [
    {"tier": "silver", "basis": "spend", "window_days": 365, "at_least": 50_000, "below": 200_000},
    {"tier": "vip", "basis": "spend", "window_days": 365, "at_least": 200_000},
    {"tier": "vip", "basis": "points", "group": "growth", "window_days": 30, "at_least": 900},
    {"tier": "silver", "basis": "purchases", "window_days": 90, "at_least": 5},
]


@pytest.fixture
def programme(mei):
    """Silver from 500 yuan or 5 purchases, VIP from 2,000 yuan or 900 growth; both last 365 days."""
    for rank, (code, name) in enumerate((("silver", "银卡"), ("vip", "贵宾")), start=5):
        tiers.add(programme=mei.programme, code=code, name=name, rank=rank, validity=Validity(days=365))
    tier_rules.replace(programme=mei.programme, rules=tier_rule_import.parse(mei.programme, RULES))
    return mei.programme


def buy(member, number, paid_fen):
    purchases.record(member=member, order_number=number, paid_fen=paid_fen)
    tier_evaluation.evaluate(member)


def sentences(ways):
    return [way.message for way in ways]


def test_the_nearest_tier_is_shown_with_what_is_missing(mei, programme):
    buy(mei, "o1", 12_345)
    progress = tier_progress.get_progress(mei)
    assert (progress.record.tier.code, progress.next_tier.code, progress.retention) == ("base", "silver", ())
    assert sentences(progress.requirements) == [
        "近 365 天累计消费满 500.00 元升级银卡，已有 123.45 元，还差 376.55 元",
        "近 90 天消费满 5 次升级银卡，已有 1 次，还差 4 次",
    ]
    assert [way.remaining for way in progress.requirements] == [37_655, 4]


def test_keeping_counts_what_came_after_the_tier_began(mei, programme, days):
    buy(mei, "o1", 60_000)
    days.go(10)
    buy(mei, "o2", 10_000)
    progress = tier_progress.get_progress(mei)
    assert (progress.record.tier.code, progress.next_tier.code) == ("silver", "vip")
    assert words.last_day_before(progress.record.valid_until) == days.day(365)
    assert sentences(progress.retention) == [
        "等级有效期内累计消费满 500.00 元可保级，已有 100.00 元，还差 400.00 元",
        "等级有效期内消费满 5 次可保级，已有 1 次，还差 4 次",
    ]
    assert (
        sentences(progress.requirements)[1]
        == "近 30 天累计获得 900 成长值升级贵宾，已有 0 成长值，还差 900 成长值"
    )


def test_at_the_top_there_is_no_way_up_and_what_is_reached_is_said_so(mei, programme, days):
    buy(mei, "o1", 250_000)
    days.go(1)
    buy(mei, "o2", 250_000)
    progress = tier_progress.get_progress(mei)
    assert (progress.record.tier.code, progress.next_tier, progress.requirements) == ("vip", None, ())
    assert (
        sentences(progress.retention)[0] == "等级有效期内累计消费满 2000.00 元可保级，已有 2500.00 元，已达成"
    )


def test_a_follower_has_no_progress(create_follower):
    member = members.get_or_create(create_follower("o-1"))
    assert tier_progress.get_progress(member) == tier_progress.Progress(None, None, (), ())


def test_a_rule_whose_range_is_passed_is_no_way_up(mei, programme):
    rules = [{"tier": "silver", "basis": "spend", "window_days": 365, "at_least": 100, "below": 200}]
    tier_rules.replace(programme=programme, rules=tier_rule_import.parse(programme, rules))
    buy(mei, "o1", 300)
    assert tier_progress.get_progress(mei).next_tier is None


def test_every_record_says_why(mei, programme, days):
    buy(mei, "o1", 60_000)
    days.go(366)
    tier_evaluation.evaluate_expired(day=days.day(365))
    points.earn(
        member=mei,
        group=points.list_groups(programme)[1],
        kind="transaction",
        value=900,
        key="g",
        upgrade_eligible=True,
    )
    with actors.acting_as(actors.Actor(kind="operator", name="ops")):
        tier_evaluation.change_tier(member=mei, tier=tiers.find_base_tier(programme.id), reason="误升")
    result = [(words.KIND_LABELS[row.kind], words.describe_reason(row)) for row in tiers.list_history(mei)]
    assert result == [
        ("降级", "由工作人员调整"),
        ("升级", "2027-02-01 至 2027-03-02 累计获得 900 成长值，达到贵宾要求的 900 成长值"),
        ("降级", "2026-03-01 至 2027-03-01 累计消费 0 次，未达到银卡要求的 5 次"),
        ("升级", "2025-03-02 至 2026-03-01 累计消费 600.00 元，达到银卡要求的 500.00 元"),
        ("入会", "入会即享"),
    ]
    assert words.describe_reason(tiers.list_history(mei)[0], with_reason=True) == "人工调整：误升"
    assert tiers.list_history(mei)[3].valid_until == end_of_day(365)


@pytest.mark.parametrize(
    ("valid", "text"),
    [
        (Validity(), "长期有效"),
        (Validity(days=90), "有效期 90 天"),
        (Validity(years=0, month=12, day=31), "有效期至当年 12 月 31 日"),
        (Validity(years=1, month=3, day=1), "有效期至次年 3 月 1 日"),
        (Validity(years=2, month=12, day=31), "有效期至 2 年后 12 月 31 日"),
    ],
)
def test_how_long_a_tier_lasts(valid, text):
    assert words.describe_validity(valid) == text


def test_a_list_reads_back_as_it_was_written(mei, programme):
    written = tier_rule_import.serialize(tier_rules.list_active_uncached(programme.id))
    before = tier_rules.list_active_uncached(programme.id)
    assert tier_rules.replace(programme=programme, rules=tier_rule_import.parse(programme, written)) == before


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"tier": "unknown"}, "rules.0.tier"),
        ({"basis": "points"}, "basis"),
        ({"basis": "points", "group": "none"}, "rules.0.group"),
        ({"basis": "luck"}, "rules.0.basis"),
        ({"window_days": 0}, "rules.0.window_days"),
        ({"window_days": "365"}, "rules.0.window_days"),
        ({"at_least": 1.5}, "rules.0.at_least"),
        ({"at_least": True}, "rules.0.at_least"),
        ({"at_least": 10**30}, "rules.0.at_least"),
        ({"below": 1}, "at_least"),
        ({"colour": "red"}, "rules.0.colour"),
        ({"tier": "base"}, "tier"),
    ],
)
def test_what_makes_no_sense_is_refused_by_line_and_field(mei, programme, line, field):
    values = [RULES[0] | line]
    with pytest.raises(DomainError) as no:
        tier_rules.replace(programme=programme, rules=tier_rule_import.parse(programme, values))
    assert no.value.details["field"] == field
    assert len(tier_rules.list_active_uncached(programme.id)) == len(RULES)


@pytest.mark.parametrize("values", [{}, "x", None, 5, [5], [[]], [None], [RULES[0]] * 101])
def test_what_is_no_list_of_rules_is_refused(mei, programme, values):
    with pytest.raises(DomainError):
        tier_rule_import.parse(programme, values)

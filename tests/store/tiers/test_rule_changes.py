"""Changes of single tier rules: rules that are saved at the same time do not overlap."""

from collections import Counter

from store.core.database import db
from store.core.errors import DomainError
from store.customers import programmes
from store.tiers import rule_changes, tiers
from store.tiers import rules as tier_rules
from store.tiers.rules import TierRule
from tests.support import database
from tests.support.races import with_barrier, without_write_queue


def create(number: int) -> TierRule:
    """Save a rule for gold, which overlaps with that of any other number."""
    programme = programmes.get_default()
    gold = tiers.list_tiers(int(programme.id))[0]
    rule = TierRule(tier=gold, name=f"金卡 {number}", basis="spend", window_days=365, at_least=100 + number)
    return rule_changes.create(programme=programme, rule=rule)


def codes(outcomes: list) -> Counter:
    return Counter(one.code if isinstance(one, DomainError) else "ok" for one in outcomes)


def test_of_overlapping_rules_at_the_same_time_one_is_saved(acme):
    assert codes(database.run_concurrently(4, create)) == {"ok": 1, "invalid": 3}
    assert len(tier_rules.list_active_uncached(int(programmes.get_default().id))) == 1


def test_control_without_the_lock_both_are_saved(acme, monkeypatch):
    monkeypatch.setattr(db, "advisory_lock", lambda name: None)
    monkeypatch.setattr(tier_rules, "validate", with_barrier(tier_rules.validate))
    with without_write_queue():
        assert codes(database.run_concurrently(2, create)) == {"ok": 2}

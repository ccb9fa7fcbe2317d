"""Progress (升级进度) towards the next tier, and towards keeping the current one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from store.customers.members import Member
from store.tiers import descriptions, evaluation, tiers
from store.tiers import rules as tier_rules
from store.tiers.rules import TierRule
from store.tiers.tiers import Tier, TierRecord


@dataclass(frozen=True)
class Requirement:
    """One rule, the member's total and its description; one rule of a tier is enough."""

    rule: TierRule
    total: int
    message: str

    @property
    def remaining(self) -> int:
        return max(0, int(self.rule.at_least) - self.total)


@dataclass(frozen=True)
class Progress:
    """`record` is None for a follower; `next_tier` is the nearest tier above that can be reached.

    `retention` lists the rules that keep a tier that ends; without a rule the tier is evaluated anew.
    """

    record: TierRecord | None
    next_tier: Tier | None
    requirements: tuple[Requirement, ...]
    retention: tuple[Requirement, ...]


def get_progress(member: Member) -> Progress:
    """Return the current progress of a member."""
    record = tiers.find_active(member)
    if record is None:
        return Progress(None, None, (), ())
    rules = tier_rules.list_active(int(member.programme_id))
    measurements = {row["rule"]: row for row in evaluation.measure_progress(member)}
    higher = [
        rule for rule in rules if rule.tier.rank > record.tier.rank and _is_within_reach(rule, measurements)
    ]
    nearest = min((rule.tier.rank for rule in higher), default=None)
    ways = [_to_next_tier(rule, measurements) for rule in higher if rule.tier.rank == nearest]
    ends = record.valid_until is not None
    keep = [_to_retention(rule, measurements) for rule in rules if ends and rule.tier_id == record.tier_id]
    return Progress(record, ways[0].rule.tier if ways else None, tuple(ways), tuple(keep))


def _is_within_reach(rule: TierRule, measurements: Mapping[int, Any]) -> bool:
    """Return whether the total is not beyond the rule's range already."""
    return rule.id in measurements and (rule.below is None or measurements[rule.id]["total"] < rule.below)


def _to_next_tier(rule: TierRule, measurements: Mapping[int, Any]) -> Requirement:
    gathered = measurements[rule.id]["total"]
    return Requirement(rule, gathered, descriptions.describe_upgrade(rule, total=gathered))


def _to_retention(rule: TierRule, measurements: Mapping[int, Any]) -> Requirement:
    gathered = measurements[rule.id]["since_tier_began"] if rule.id in measurements else 0
    return Requirement(rule, gathered, descriptions.describe_retention(rule, total=gathered))

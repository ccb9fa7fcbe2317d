"""Progress (升级进度): how far a member is on the way to the next tier, and to keeping the present one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from store.loyalty import tier_moves, tier_rules, tier_words, tiers
from store.loyalty.tier_rules import TierRule
from store.loyalty.tiers import Tier, TierRecord
from store.people.members import Member


@dataclass(frozen=True)
class Way:
    """One rule, what was gathered for it, and how a member reads that; one rule of a tier is enough."""

    rule: TierRule
    gathered: int
    sentence: str

    @property
    def missing(self) -> int:
        return max(0, int(self.rule.at_least) - self.gathered)


@dataclass(frozen=True)
class Progress:
    """`record` is None for a fan; `up` is the nearest tier above that can be reached, and the ways there.

    `keep` are the ways to keep a tier that ends: none where it has no rule, and then it is judged anew.
    """

    record: TierRecord | None
    up: Tier | None
    ways: tuple[Way, ...]
    keep: tuple[Way, ...]


def of(member: Member) -> Progress:
    """How a member stands today."""
    record = tiers.of(member)
    if record is None:
        return Progress(None, None, (), ())
    rules = tier_rules.in_force(int(member.programme_id))
    told = {row["rule"]: row for row in tier_moves.gathered(member)}
    higher = [rule for rule in rules if rule.tier.rank > record.tier.rank and _within_reach(rule, told)]
    nearest = min((rule.tier.rank for rule in higher), default=None)
    ways = [_up(rule, told) for rule in higher if rule.tier.rank == nearest]
    ends = record.valid_until is not None
    keep = [_keep(rule, told) for rule in rules if ends and rule.tier_id == record.tier_id]
    return Progress(record, ways[0].rule.tier if ways else None, tuple(ways), tuple(keep))


def _within_reach(rule: TierRule, told: Mapping[int, Any]) -> bool:
    """What was gathered is not beyond the rule's range already."""
    return rule.id in told and (rule.below is None or told[rule.id]["gathered"] < rule.below)


def _up(rule: TierRule, told: Mapping[int, Any]) -> Way:
    gathered = told[rule.id]["gathered"]
    return Way(rule, gathered, tier_words.upgrade(rule, gathered=gathered))


def _keep(rule: TierRule, told: Mapping[int, Any]) -> Way:
    gathered = told[rule.id]["since_tier_began"] if rule.id in told else 0
    return Way(rule, gathered, tier_words.keep(rule, gathered=gathered))

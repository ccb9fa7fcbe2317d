"""Import of tier rules (等级规则表) from a file, validated before they become rows."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from store.core.errors import invalid
from store.core.validation import validate
from store.customers.programmes import Programme
from store.points.ledger import PointGroup
from store.tiers.rules import TierRule
from store.tiers.tiers import Tier

MAX_VALUE = 10**12
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=30)]


class RuleRow(BaseModel):
    """One rule by codes; `at_least` and `below` are points, fen or a number of purchases."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] = ""
    tier: Code
    basis: Literal["points", "spend", "purchases"]
    group: Code | None = None
    window_days: Annotated[int, Field(ge=1, le=3650)]
    at_least: Annotated[int, Field(ge=1, le=MAX_VALUE)]
    below: Annotated[int, Field(ge=1, le=MAX_VALUE)] | None = None


class RuleFile(BaseModel):
    """All rules of a programme."""

    model_config = ConfigDict(extra="forbid")

    rules: Annotated[list[RuleRow], Field(max_length=100)]


def parse(programme: Programme, values: Any) -> list[TierRule]:
    """Build the rules of a file without saving them. Raises DomainError with the invalid line."""
    lines = validate(RuleFile, {"rules": values}).rules
    return [to_rule(programme, line, f"rules.{number}.") for number, line in enumerate(lines)]


def serialize(rules: Iterable[TierRule]) -> list[dict[str, Any]]:
    """Return rules in the form that `parse` reads."""
    names = ("basis", "window_days", "at_least", "below")
    return [
        {"tier": rule.tier.code, "group": rule.group.code if rule.group else None}
        | {name: getattr(rule, name) for name in names}
        | ({"name": rule.name} if rule.name else {})
        for rule in rules
    ]


def to_rule(programme: Programme, row: RuleRow, field_prefix: str = "") -> TierRule:
    """Build a rule without saving it. Raises DomainError(invalid) for an unknown tier or group."""
    tier = Tier.find(programme=programme.id, code=row.tier)
    if tier is None:
        raise invalid(f"{field_prefix}tier", f"没有等级 {row.tier}")
    group = PointGroup.find(programme=programme.id, code=row.group) if row.group else None
    if row.group and group is None:
        raise invalid(f"{field_prefix}group", f"没有积分组 {row.group}")
    figures = row.model_dump(include={"name", "basis", "window_days", "at_least", "below"})
    return TierRule(tier=tier, group=group, **figures)

"""A list of tier rules (等级规则表): rules as a person writes them in a file, checked before they become rows."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from store.kernel.refusals import invalid
from store.kernel.validation import checked
from store.loyalty.point_accounts import PointGroup
from store.loyalty.tier_rules import TierRule
from store.loyalty.tiers import Tier
from store.people.programmes import Programme

MOST = 10**12
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=30)]


class Line(BaseModel):
    """One rule by codes; `at_least` and `below` are points, fen or a number of purchases."""

    model_config = ConfigDict(extra="forbid", strict=True)

    tier: Code
    basis: Literal["points", "spend", "purchases"]
    group: Code | None = None
    window_days: Annotated[int, Field(ge=1, le=3650)]
    at_least: Annotated[int, Field(ge=1, le=MOST)]
    below: Annotated[int, Field(ge=1, le=MOST)] | None = None


class Lines(BaseModel):
    """All rules of a programme."""

    model_config = ConfigDict(extra="forbid")

    rules: Annotated[list[Line], Field(max_length=100)]


def read(programme: Programme, values: Any) -> list[TierRule]:
    """The rules of a list, made and not written; refuses, naming the line, what nobody could understand."""
    lines = checked(Lines, {"rules": values}).rules
    return [_rule(programme, line, f"rules.{number}") for number, line in enumerate(lines)]


def written(rules: Iterable[TierRule]) -> list[dict[str, Any]]:
    """Rules in the form that `read` understands."""
    names = ("basis", "window_days", "at_least", "below")
    return [
        {"tier": rule.tier.code, "group": rule.group.code if rule.group else None}
        | {name: getattr(rule, name) for name in names}
        for rule in rules
    ]


def _rule(programme: Programme, line: Line, where: str) -> TierRule:
    tier = Tier.find(programme=programme.id, code=line.tier)
    if tier is None:
        raise invalid(f"{where}.tier", f"没有等级 {line.tier}")
    group = PointGroup.find(programme=programme.id, code=line.group) if line.group else None
    if line.group and group is None:
        raise invalid(f"{where}.group", f"没有积分组 {line.group}")
    figures = line.model_dump(include={"basis", "window_days", "at_least", "below"})
    return TierRule(tier=tier, group=group, **figures)

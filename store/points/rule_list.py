"""The lists of point rules (积分规则) and multipliers (多倍积分) for staff."""

from dataclasses import dataclass
from typing import Any

import peewee
from peewee import fn

from store.core import listing
from store.core.listing import Page
from store.customers.programmes import Programme
from store.points.ledger import PointGroup
from store.points.rules import PointMultiplier, PointRule
from store.tenants import business_days
from store.tenants.cost_centres import CostCentre

STATES = ("active", "upcoming", "ended")


@dataclass(frozen=True)
class RuleFilter:
    """Which rules are listed. `search` is a part of the name, `programme` and `group` are codes."""

    search: str = ""
    programme: str | None = None
    group: str | None = None
    state: str | None = None


def list_rules_page(criteria: RuleFilter, page: Page) -> tuple[list[PointRule], int]:
    """Return a page of the latest versions of rules and the number of all."""
    newer: Any = PointRule.alias("newer")
    is_latest = ~fn.EXISTS(newer.select(newer.id).where(newer.previous == PointRule.id))
    return _read_page(PointRule, criteria, page, is_latest)


def list_multipliers_page(criteria: RuleFilter, page: Page) -> tuple[list[PointMultiplier], int]:
    """Return a page of multipliers and the number of all."""
    return _read_page(PointMultiplier, criteria, page, PointMultiplier.id.is_null(False))


def state_of(row: PointRule | PointMultiplier) -> str:
    """Return `active`, `upcoming` or `ended`, as of today."""
    today = business_days.today()
    if row.ends_on is not None and (row.ends_on < today or (row.starts_on and row.ends_on < row.starts_on)):
        return "ended"
    return "upcoming" if row.starts_on is not None and row.starts_on > today else "active"


def _read_page(model: Any, criteria: RuleFilter, page: Page, condition: Any) -> tuple[list[Any], int]:
    query = (
        model.select(model, CostCentre, PointGroup, Programme).join(CostCentre).switch(model).join(PointGroup)
    )
    query = query.join(Programme).where(condition)
    if criteria.search:
        query = query.where(model.name.contains(criteria.search))
    if criteria.programme is not None:
        query = query.where(Programme.code == criteria.programme)
    if criteria.group is not None:
        query = query.where(PointGroup.code == criteria.group)
    if criteria.state is not None:
        query = query.where(_is_in_state(model, criteria.state))
    sorts = {"id": model.id, "name": model.name, "starts_on": model.starts_on, "ends_on": model.ends_on}
    return listing.read_page(query, page, sorts=sorts, default="-id", id_field=model.id)


def _is_in_state(model: Any, state: str) -> peewee.Expression:
    today = business_days.today()
    has_ended = model.ends_on.is_null(False) & (
        (model.ends_on < today) | (model.starts_on.is_null(False) & (model.ends_on < model.starts_on))
    )
    if state == "ended":
        return has_ended
    is_upcoming = model.starts_on.is_null(False) & (model.starts_on > today)
    return ~has_ended & (is_upcoming if state == "upcoming" else ~is_upcoming)

"""Tier rules (升降级规则): list, create, change, enable, delete, and a preview of who would move."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from console.programmes import Code
from store.customers import programmes
from store.customers.programmes import Programme
from store.tiers import descriptions as tier_descriptions
from store.tiers import evaluation as tier_evaluation
from store.tiers import rule_changes, rule_import, rule_list, tiers
from store.tiers.rule_import import RuleRow
from store.tiers.rules import TierRule
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("console_tier_rules", __name__, url_prefix="/console/api/tier-rules", enable_openapi=False)


class RuleQuery(ListQuery):
    """Which rules are listed. `search` is a part of the name of rule or tier."""

    search: Search = ""
    programme: Search | None = None
    enabled: bool | None = None


class RuleValues(RuleRow):
    """A rule. `at_least` and `below` are points, fen or a number of purchases."""

    programme: Code


class RulePreview(RuleValues):
    """A rule that is tried out, in place of the one with the id `replaces`."""

    replaces: int | None = Field(default=None, ge=1, lt=2**63)


class Enablement(RequestModel):
    """Whether a rule is enabled."""

    enabled: bool


@bp.get("")
@staff_required("tier_rules.read")
@bp.input(RuleQuery, location="query")
def list_rules(caller: StaffCaller, query_data: RuleQuery) -> Response:
    rows, total = rule_list.list_page(
        query_data.to_page(), search=query_data.search, programme_code=query_data.programme,
        is_enabled=query_data.enabled,
    )  # fmt: skip
    return list_response(map(to_row, rows), total, query_data)


@bp.post("")
@staff_required("tier_rules.create")
@bp.input(RuleValues)
def create_rule(caller: StaffCaller, json_data: RuleValues) -> Response:
    programme, rule = _build(json_data)
    return respond_once(
        caller, json_data, lambda: to_row(rule_changes.create(programme=programme, rule=rule)), status=201
    )


@bp.put("/<int:rule_id>")
@staff_required("tier_rules.edit")
@bp.input(RuleValues)
def change_rule(rule_id: int, caller: StaffCaller, json_data: RuleValues) -> Response:
    """Return the new version, which has an id of its own."""
    _, rule = _build(json_data)
    return respond_once(caller, json_data, lambda: to_row(rule_changes.change(rule_id=rule_id, rule=rule)))


@bp.put("/<int:rule_id>/enablement")
@staff_required("tier_rules.edit")
@bp.input(Enablement)
def enable_rule(rule_id: int, caller: StaffCaller, json_data: Enablement) -> Response:
    def work() -> dict[str, Any]:
        return to_row(rule_changes.set_enabled(rule_id=rule_id, enabled=json_data.enabled))

    return respond_once(caller, json_data, work)


@bp.delete("/<int:rule_id>")
@staff_required("tier_rules.delete")
def delete_rule(rule_id: int, caller: StaffCaller) -> Response:
    def work() -> dict[str, Any]:
        rule_changes.delete(rule_id=rule_id)
        return {"deleted": True}

    return respond_once(caller, None, work)


@bp.post("/previews")
@staff_required("tier_rules.read")
@bp.input(RulePreview)
def preview_rule(caller: StaffCaller, json_data: RulePreview) -> Response:
    """Return how many members would be in which tier: `[{before, after, members}]`, and how many would move."""
    programme, rule = _build(json_data)
    rules = rule_changes.propose(programme, rule, without=json_data.replaces)
    shifts = tier_evaluation.preview_rules(programme=programme, rules=rules)
    names = {tier.code: tier.name for tier in tiers.list_tiers(int(programme.id))}
    return json_response({
        "moving": sum(one.members for one in shifts if one.before != one.after),
        "total": sum(one.members for one in shifts),
        "shifts": [
            {"before": names.get(one.before, one.before), "after": names.get(one.after, one.after),
             "members": one.members}
            for one in shifts
        ],
    })  # fmt: skip


def _build(values: RuleValues) -> tuple[Programme, TierRule]:
    programme = programmes.get_by_code(values.programme)
    return programme, rule_import.to_rule(programme, values)


def to_row(rule: TierRule) -> dict[str, Any]:
    """Return a rule as the list shows it."""
    programme = rule.tier.programme
    return {
        "id": str(rule.id), "name": rule.name, "programme": {"code": programme.code, "name": programme.name},
        "tier": {"code": rule.tier.code, "name": rule.tier.name}, "basis": rule.basis,
        "group": {"code": rule.group.code, "name": rule.group.name} if rule.group else None,
        "window_days": rule.window_days, "at_least": rule.at_least, "below": rule.below,
        "is_enabled": rule.is_enabled, "description": tier_descriptions.describe_rule(rule),
    }  # fmt: skip

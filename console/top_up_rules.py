"""Top-up rules of stored value (充值规则): list, add, end. A promised rule is never changed."""

from datetime import UTC
from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import AwareDatetime, Field

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from console.programmes import Code
from console.staff import Line
from store.stored_value import top_up_rules
from store.stored_value.top_up_rules import BonusStep, TopUpRule
from web.schemas import RequestModel

bp = APIBlueprint(
    "console_top_up_rules", __name__, url_prefix="/console/api/top-up-rules", enable_openapi=False
)


class RuleQuery(ListQuery):
    """Which rules are listed. `search` is a part of name or code."""

    search: Search = ""
    state: Literal["active", "upcoming", "ended"] | None = None


class RuleCreation(RequestModel):
    """A new rule. It begins now without `starts_at` and has no end without `ends_at`."""

    code: Code
    name: Line
    steps: Annotated[list[BonusStep], Field(min_length=1, max_length=20)]
    single_use: bool = False
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None


@bp.get("")
@staff_required("top_up_rules.read")
@bp.input(RuleQuery, location="query")
def list_rules(caller: StaffCaller, query_data: RuleQuery) -> Response:
    rows, total = top_up_rules.list_page(
        query_data.to_page(), search=query_data.search, state=query_data.state
    )
    return list_response(map(_to_row, rows), total, query_data)


@bp.post("")
@staff_required("top_up_rules.create")
@bp.input(RuleCreation)
def add_rule(caller: StaffCaller, json_data: RuleCreation) -> Response:
    moments = {
        name: moment.astimezone(UTC)
        for name in ("starts_at", "ends_at")
        if (moment := getattr(json_data, name)) is not None
    }
    values = json_data.model_dump(include={"code", "name", "steps", "single_use"})
    return respond_once(caller, json_data, lambda: _to_row(top_up_rules.add(**values, **moments)), status=201)


@bp.post("/<code>/ending")
@staff_required("top_up_rules.delete")
def end_rule(code: str, caller: StaffCaller) -> Response:
    return respond_once(caller, None, lambda: _to_row(top_up_rules.end(code=code)))


def _to_row(rule: TopUpRule) -> dict[str, Any]:
    return {
        "code": rule.code, "name": rule.name, "steps": rule.steps, "single_use": rule.single_use,
        "description": top_up_rules.describe(rule), "state": top_up_rules.state_of(rule),
        "starts_at": rule.starts_at.isoformat(), "ends_at": rule.ends_at.isoformat() if rule.ends_at else None,
    }  # fmt: skip

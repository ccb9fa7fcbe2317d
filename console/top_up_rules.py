"""Top-up rules (充值规则): the bonus of an amount in steps. A rule is never changed: it ends, and another is added."""

from typing import Annotated, Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, StringConstraints

from console.auth import StaffCaller, staff_required
from console.lists import respond_once
from store.core import clock
from store.core.validation import IsoDate
from store.stored_value import top_up_rules
from store.stored_value.top_up_rules import TopUpRule
from store.tenants import business_days
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint(
    "console_top_up_rules", __name__, url_prefix="/console/api/top-up-rules", enable_openapi=False
)

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=30, pattern=r"^[^\x00-\x1f\x7f]*$")]


class StepInput(RequestModel):
    """From an amount on the bonus that it brings."""

    amount_fen: int = Field(ge=1, le=500_000)
    bonus_fen: int = Field(ge=1, le=500_000)


class RuleCreation(RequestModel):
    """A new rule. Days are business days, both included; without a first one it is effective at once."""

    code: Line
    name: Line
    steps: Annotated[list[StepInput], Field(min_length=1, max_length=20)]
    single_use: bool = False
    since: IsoDate | None = None
    until: IsoDate | None = None


@bp.get("")
@staff_required("top_up_rules.read")
def list_rules(caller: StaffCaller) -> Response:
    return json_response({"list": [_to_row(rule) for rule in top_up_rules.list_rules()]})


@bp.post("")
@staff_required("top_up_rules.create")
@bp.input(RuleCreation)
def add_rule(caller: StaffCaller, json_data: RuleCreation) -> Response:
    def work() -> dict[str, Any]:
        rule = top_up_rules.add(
            code=json_data.code, name=json_data.name, single_use=json_data.single_use,
            steps=[step.model_dump() for step in json_data.steps],
            starts_at=business_days.start_of(json_data.since) if json_data.since else None,
            ends_at=business_days.end_of(json_data.until) if json_data.until else None,
        )  # fmt: skip
        return _to_row(rule)

    return respond_once(caller, json_data, work, status=201)


@bp.post("/<code>/ends")
@staff_required("top_up_rules.delete")
def end_rule(code: str, caller: StaffCaller) -> Response:
    """End a rule now. Top-ups requested under it keep their bonus."""
    return respond_once(caller, None, lambda: _to_row(top_up_rules.end(code=code)))


def _to_row(rule: TopUpRule) -> dict[str, Any]:
    now = clock.now()
    state = "active"
    if rule.ends_at is not None and rule.ends_at <= now:
        state = "ended"
    elif rule.starts_at > now:
        state = "planned"
    return {
        "code": rule.code, "name": rule.name, "description": top_up_rules.describe(rule), "state": state,
        "single_use": rule.single_use, "starts_at": rule.starts_at.isoformat(),
        "ends_at": rule.ends_at.isoformat() if rule.ends_at else None,
    }  # fmt: skip

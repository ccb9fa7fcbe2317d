"""Point rules (积分规则): list, create, change by a new version, end, and what a sale would earn."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, StringConstraints

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from console.point_rule_parts import LastDay, find_centre, find_group, to_line, to_shared
from console.programmes import Code
from console.staff import Line
from store.core.validation import IsoDate
from store.customers import programmes
from store.points import rule_list, rule_versions, sale_preview
from store.points import rules as point_rules
from store.points.rule_list import RuleFilter
from store.points.rules import PointRule
from store.points.sale_preview import Sale
from store.tenants import business_days
from store.tiers import descriptions as tier_descriptions
from store.tiers.validity import UNLIMITED, Validity
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint(
    "console_point_rules", __name__, url_prefix="/console/api/point-rules", enable_openapi=False
)

Scope = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)] | None
Fen = Annotated[int, Field(ge=0, le=1_000_000_000)]
Pieces = Annotated[int, Field(ge=1, le=1_000_000)]
Id = Annotated[int, Field(ge=1, lt=2**63)]


class RuleQuery(ListQuery):
    """Which rules are listed. `search` is a part of the name."""

    search: Search = ""
    programme: Search | None = None
    group: Search | None = None
    state: Literal["active", "upcoming", "ended"] | None = None


class RuleValues(RequestModel):
    """A rule: `points` for each `per_units`, which are fen (basis `amount`) or pieces (basis `quantity`)."""

    programme: Code
    group: Code
    name: Line
    basis: Literal["amount", "quantity"]
    points: Annotated[int, Field(ge=0, le=1_000_000)]
    per_units: Annotated[int, Field(ge=1, le=100_000_000)]
    cost_centre: Code
    product: Scope = None
    category: Scope = None
    shop_group: Scope = None
    tier: Scope = None
    upgrade_eligible: bool = False
    validity: Validity = UNLIMITED
    starts_on: IsoDate | None = None
    ends_on: IsoDate | None = None


class SaleValues(RequestModel):
    """A sale that is tried out."""

    amount_fen: Fen
    quantity: Pieces = 1
    product: Scope = None
    category: Scope = None
    shop_group: Scope = None
    tier: Scope = None
    is_birthday: bool = False
    day: IsoDate | None = None


class SalePreview(RequestModel):
    """A sale by the rules as they are."""

    programme: Code
    sale: SaleValues


class RulePreview(RuleValues):
    """A rule that is tried out with a sale that it covers, in place of the rule with the id `replaces`."""

    replaces: Id | None = None
    amount_fen: Fen = 10_000
    quantity: Pieces = 1


@bp.get("")
@staff_required("point_rules.read")
@bp.input(RuleQuery, location="query")
def list_rules(caller: StaffCaller, query_data: RuleQuery) -> Response:
    criteria = RuleFilter(**query_data.model_dump(exclude={"page", "page_size", "sort"}))
    rows, total = rule_list.list_rules_page(criteria, query_data.to_page())
    return list_response(map(_to_row, rows), total, query_data)


@bp.get("/<int:rule_id>/versions")
@staff_required("point_rules.read")
def list_versions(rule_id: int, caller: StaffCaller) -> Response:
    """Return a rule and the versions before it, the latest first."""
    return json_response({"list": [_to_row(row) for row in rule_versions.list_versions(rule_id)]})


@bp.post("")
@staff_required("point_rules.create")
@bp.input(RuleValues)
def add_rule(caller: StaffCaller, json_data: RuleValues) -> Response:
    return respond_once(
        caller, json_data, lambda: _to_row(point_rules.add_rule(**_to_columns(json_data))), status=201
    )


@bp.put("/<int:rule_id>")
@staff_required("point_rules.edit")
@bp.input(RuleValues)
def change_rule(rule_id: int, caller: StaffCaller, json_data: RuleValues) -> Response:
    """Return the new version, which has an id of its own."""
    return respond_once(
        caller, json_data, lambda: _to_row(rule_versions.change(rule_id=rule_id, **_to_columns(json_data)))
    )


@bp.post("/<int:rule_id>/ending")
@staff_required("point_rules.delete")
@bp.input(LastDay)
def end_rule(rule_id: int, caller: StaffCaller, json_data: LastDay) -> Response:
    last_day = json_data.last_day or business_days.today()
    return respond_once(
        caller, json_data, lambda: _to_row(point_rules.end_rule(rule_id=rule_id, last_day=last_day))
    )


@bp.post("/sale-previews")
@staff_required("point_rules.read")
@bp.input(SalePreview)
def preview_sale(caller: StaffCaller, json_data: SalePreview) -> Response:
    programme = programmes.get_by_code(json_data.programme)
    sale = Sale(**json_data.sale.model_dump())
    lines = sale_preview.preview(programme_id=int(programme.id), sale=sale)
    return json_response({"lines": [to_line(line) for line in lines]})


@bp.post("/previews")
@staff_required("point_rules.read")
@bp.input(RulePreview)
def preview_rule(caller: StaffCaller, json_data: RulePreview) -> Response:
    """Return what a sale would earn with a rule that is not saved."""
    lines = sale_preview.preview_with_rule(
        PointRule(**_to_columns(json_data)), replaced_id=json_data.replaces,
        amount_fen=json_data.amount_fen, quantity=json_data.quantity,
    )  # fmt: skip
    return json_response({"lines": [to_line(line) for line in lines]})


def _to_columns(values: RuleValues) -> dict[str, Any]:
    columns = {name: getattr(values, name) for name in RuleValues.model_fields if name != "programme"}
    group = find_group(values.programme, values.group)
    return columns | {"group": group, "cost_centre": find_centre(values.cost_centre)}


def _to_row(rule: PointRule) -> dict[str, Any]:
    names = (
        "basis",
        "points",
        "per_units",
        "product",
        "category",
        "shop_group",
        "upgrade_eligible",
        "version",
    )
    return to_shared(rule) | {name: getattr(rule, name) for name in names} | {
        "validity": rule.validity.model_dump(), "validity_text": tier_descriptions.describe_validity(rule.validity),
    }  # fmt: skip

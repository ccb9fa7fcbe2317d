"""Coupon rules (优惠券规则): list, detail, drafts with their preview. Their steps are in `coupon_rule_steps`."""

from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from console import coupon_rule_rows
from console.approval_kinds import preview_terms
from console.auth import StaffCaller, staff_required
from console.coupon_rule_rows import ensure_changeable, to_detail, to_row
from console.lists import ListQuery, Search, list_response, respond_once
from store.core import validation
from store.core.errors import DomainError, invalid
from store.coupons import rule_deletion, rule_list
from store.coupons import rules as coupon_rules
from store.coupons.rule_list import RuleFilter
from store.coupons.terms import Terms
from store.customers import programmes
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint(
    "console_coupon_rules", __name__, url_prefix="/console/api/coupon-rules", enable_openapi=False
)


class RuleQuery(ListQuery):
    """Which rules are listed. `search` is a part of the name or the beginning of the number."""

    search: Search = ""
    kind: Literal["amount_off", "percent_off", "exchange", "voucher"] | None = None
    approval_state: Literal["draft", "pending", "approved", "rejected"] | None = None
    state: Literal["draft", "unlisted", "listed", "delisted", "ended"] | None = None


class RuleDraft(RequestModel):
    """The terms of a draft, of which an edit may name only some. The store checks them."""

    terms: dict[str, Any] = Field(max_length=60)
    programme: Search | None = None


@bp.get("")
@staff_required("coupon_rules.read")
@bp.input(RuleQuery, location="query")
def list_rules(caller: StaffCaller, query_data: RuleQuery) -> Response:
    criteria = RuleFilter(**query_data.model_dump(exclude={"page", "page_size", "sort"}))
    rows, total = rule_list.list_page(criteria, query_data.to_page())
    return list_response(coupon_rule_rows.to_rows(rows), total, query_data)


@bp.get("/options")
@staff_required("coupon_rules.read")
def list_options(caller: StaffCaller) -> Response:
    """Return what the forms offer: programmes, cost centres, colleagues who may approve, listed rules."""
    return json_response(coupon_rule_rows.list_options(caller))


@bp.post("/previews")
@staff_required("coupon_rules.read")
@bp.input(RuleDraft)
def preview(caller: StaffCaller, json_data: RuleDraft) -> Response:
    """Return what a customer would see of terms that are being written, or why there is nothing to show yet."""
    try:
        terms = validation.validate(Terms, json_data.terms)
    except DomainError as error:  # half a form is no mistake
        return json_response({"preview": None, "reason": error.message})
    return json_response({"preview": preview_terms(terms), "reason": None})


@bp.get("/<rule_id>")
@staff_required("coupon_rules.read")
def get_rule(rule_id: str, caller: StaffCaller) -> Response:
    return json_response(to_detail(coupon_rules.get_by_public_id(rule_id), caller))


@bp.post("")
@staff_required("coupon_rules.create")
@bp.input(RuleDraft)
def create_draft(caller: StaffCaller, json_data: RuleDraft) -> Response:
    code = json_data.programme
    programme = programmes.find_by_code(code) if code else programmes.get_default()
    if programme is None:
        raise invalid("programme", "没有这个会员计划")
    ensure_changeable(caller, validation.validate(Terms, json_data.terms))

    def work() -> dict[str, Any]:
        return to_row(coupon_rules.create_draft(programme=programme, values=json_data.terms))

    return respond_once(caller, json_data, work, status=201)


@bp.patch("/<rule_id>")
@staff_required("coupon_rules.edit")
@bp.input(RuleDraft)
def edit_draft(rule_id: str, caller: StaffCaller, json_data: RuleDraft) -> Response:
    rule = coupon_rules.get_by_public_id(rule_id)
    ensure_changeable(caller, rule.terms)
    changed = {**rule.terms.model_dump(mode="json"), **json_data.terms}
    ensure_changeable(caller, validation.validate(Terms, changed))
    return respond_once(
        caller, json_data, lambda: to_row(coupon_rules.edit_draft(rule, values=json_data.terms))
    )


@bp.post("/<rule_id>/copies")
@staff_required("coupon_rules.create")
def copy_rule(rule_id: str, caller: StaffCaller) -> Response:
    rule = coupon_rules.get_by_public_id(rule_id)
    ensure_changeable(caller, rule.terms)
    return respond_once(caller, None, lambda: to_row(coupon_rules.copy_as_draft(rule)), status=201)


@bp.delete("/<rule_id>")
@staff_required("coupon_rules.delete")
def delete_draft(rule_id: str, caller: StaffCaller) -> Response:
    def work() -> dict[str, Any]:
        rule = coupon_rules.get_by_public_id(rule_id)
        ensure_changeable(caller, rule.terms)
        rule_deletion.delete_draft(rule)
        return {"id": rule_id, "deleted": True}

    return respond_once(caller, None, work)

"""Activity budgets (活动预算): what there is, what activities have reserved, what was paid, and every entry."""

from typing import Annotated, Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, StringConstraints

from console.auth import StaffCaller, staff_required
from console.business_keys import read_business_key
from console.lists import ListQuery, Search, list_response, respond_once
from store.activities import budgets
from store.activities.budgets import KIND_LABELS, MAX_BUDGET_FEN, ActivityBudget, ActivityBudgetEntry
from store.core.errors import invalid
from store.tenants import cost_centres
from web.responses import json_response
from web.schemas import OneLine, RequestModel

bp = APIBlueprint(
    "console_activity_budgets", __name__, url_prefix="/console/api/activity-budgets", enable_openapi=False
)

Amount = Annotated[int, Field(ge=1, le=MAX_BUDGET_FEN)]


class BudgetQuery(ListQuery):
    """Which budgets are listed. `search` is a part of the name."""

    search: Search = ""


class NewBudget(RequestModel):
    """A budget with its first amount."""

    name: Annotated[OneLine, StringConstraints(min_length=1, max_length=40)]
    amount_fen: Amount
    cost_centre: Search | None = None


class Increase(RequestModel):
    """What is added, and why."""

    amount_fen: Amount
    reason: Annotated[OneLine, StringConstraints(min_length=1, max_length=200)]


@bp.get("")
@staff_required("activity_budgets.read")
@bp.input(BudgetQuery, location="query")
def list_budgets(caller: StaffCaller, query_data: BudgetQuery) -> Response:
    rows, total = budgets.list_page(query_data.to_page(), search=query_data.search)
    return list_response(map(_to_row, rows), total, query_data)


@bp.get("/<budget_id>")
@staff_required("activity_budgets.read")
def get_budget(budget_id: str, caller: StaffCaller) -> Response:
    return json_response(_to_row(budgets.get_by_public_id(budget_id)))


@bp.post("")
@staff_required("activity_budgets.create")
@bp.input(NewBudget)
def create_budget(caller: StaffCaller, json_data: NewBudget) -> Response:
    caller.ensure_all_shops()
    code = json_data.cost_centre
    centre = cost_centres.find_by_code(code) if code else None
    if code and centre is None:
        raise invalid("cost_centre", "没有这个成本中心")

    def work() -> dict[str, Any]:
        return _to_row(
            budgets.create(name=json_data.name, amount_fen=json_data.amount_fen, cost_centre=centre)
        )

    return respond_once(caller, json_data, work, status=201)


@bp.post("/<budget_id>/increases")
@staff_required("activity_budgets.edit")
@bp.input(Increase)
def increase(budget_id: str, caller: StaffCaller, json_data: Increase) -> Response:
    caller.ensure_all_shops()
    row, key = budgets.get_by_public_id(budget_id), read_business_key(caller)
    return respond_once(
        caller, json_data, lambda: _to_row(budgets.increase(row, **json_data.model_dump(), key=key))
    )


@bp.get("/<budget_id>/entries")
@staff_required("activity_budgets.read")
@bp.input(ListQuery, location="query")
def list_entries(budget_id: str, caller: StaffCaller, query_data: ListQuery) -> Response:
    rows, total = budgets.list_entries(budgets.get_by_public_id(budget_id), query_data.to_page())
    return list_response(map(_to_entry, rows), total, query_data)


def _to_row(row: ActivityBudget) -> dict[str, Any]:
    amounts = ("total_fen", "reserved_fen", "paid_fen", "free_fen")
    return {
        "id": row.public_id, "name": row.name, **{name: getattr(row, name) for name in amounts},
        "cost_centre": row.cost_centre.name if row.cost_centre_id else None, "created_at": row.created_at.isoformat(),
    }  # fmt: skip


def _to_entry(row: ActivityBudgetEntry) -> dict[str, Any]:
    return {
        "id": str(row.id), "at": row.at.isoformat(), "kind": KIND_LABELS[row.kind], "amount_fen": row.amount_fen,
        "subject": row.subject, "reason": row.reason, "by": row.actor,
    }  # fmt: skip

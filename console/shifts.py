"""Shifts of the tills (交班记录): the list with differences, and one with its cash."""

from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response

from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response
from store.core.validation import IsoDate
from store.tills import cashiers, shift_list, shifts
from store.tills.shift_list import ShiftCriteria
from store.tills.shifts import Shift
from web.responses import json_response

bp = APIBlueprint("console_shifts", __name__, url_prefix="/console/api/shifts", enable_openapi=False)


class ShiftQuery(ListQuery):
    """Which shifts are listed. `search` is the code of a terminal, `shop` a code; days are those of the opening."""

    search: Search = ""
    shop: Search | None = None
    state: Literal["open", "closed", "differing"] | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


@bp.get("")
@staff_required("shifts.read")
@bp.input(ShiftQuery, location="query")
def list_shifts(caller: StaffCaller, query_data: ShiftQuery) -> Response:
    asked = query_data.model_dump(exclude={"page", "page_size", "sort", "shop"})
    criteria = ShiftCriteria(
        **asked, shop_id=shop_scope.find_shop_id(caller, query_data.shop), shop_ids=caller.shop_ids
    )
    rows, total = shift_list.list_page(criteria, query_data.to_page())
    names = cashiers.read_names(name for row in rows for name in (row.cashier_id, row.closed_by_id))
    return list_response((_to_row(row, names) for row in rows), total, query_data)


@bp.get("/<int:shift_id>")
@staff_required("shifts.read")
def get_shift(shift_id: int, caller: StaffCaller) -> Response:
    """Return a shift. An open one has the cash of this moment, without a count."""
    row = shift_list.get(shift_id)
    caller.ensure_shop(row.terminal.shop_id, subject="该班次")
    sums = shifts.sum_cash(row)
    expected = row.opening_fen + sums.total_fen if row.closed_at is None else row.expected_fen
    return json_response(_to_row(row, cashiers.read_names([row.cashier_id, row.closed_by_id])) | {
        "sales_fen": sums.sales_fen, "top_ups_fen": sums.top_ups_fen, "refunds_fen": sums.refunds_fen,
        "expected_fen": expected,
    })  # fmt: skip


def _to_row(row: Shift, names: dict[int, str]) -> dict[str, Any]:
    amounts = (
        "opening_fen", "sales_fen", "top_ups_fen", "refunds_fen", "expected_fen", "counted_fen", "difference_fen",
    )  # fmt: skip
    return {name: getattr(row, name) for name in amounts} | {
        "id": str(row.id), "shop": row.terminal.shop.name, "terminal": row.terminal.code,
        "cashier": names.get(row.cashier_id), "closed_by": names.get(row.closed_by_id or 0),
        "state": "open" if row.closed_at is None else "closed", "opened_at": row.opened_at.isoformat(),
        "closed_at": row.closed_at.isoformat() if row.closed_at else None,
    }  # fmt: skip

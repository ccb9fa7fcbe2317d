"""Point accounts (积分账户): the list with its filters."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response
from store.customers import profiles
from store.points import account_list
from store.points.account_list import AccountFilter
from store.points.ledger import PointAccount
from web.responses import json_response

bp = APIBlueprint(
    "console_point_accounts", __name__, url_prefix="/console/api/point-accounts", enable_openapi=False
)


class AccountQuery(ListQuery):
    """Which accounts are listed. `search` is a card number, phone or whole name, `group` the code of a group."""

    search: Search = ""
    group: Search | None = None


@bp.get("")
@staff_required("point_accounts.read")
@bp.input(AccountQuery, location="query")
def list_accounts(caller: StaffCaller, query_data: AccountQuery) -> Response:
    criteria = AccountFilter(search=query_data.search, group=query_data.group, shop_ids=caller.shop_ids)
    rows, total = account_list.list_page(criteria, query_data.to_page())
    return list_response(map(_to_row, rows), total, query_data)


@bp.get("/groups")
@staff_required("point_accounts.read")
def list_groups(caller: StaffCaller) -> Response:
    """Return the point groups that the filters offer."""
    return json_response([{"value": code, "label": name} for code, name in account_list.list_group_names()])


def _to_row(row: PointAccount) -> dict[str, Any]:
    return {
        "id": str(row.id), "card_number": row.member.card_number, "name": profiles.display_name(row.member.customer),
        "group": row.group.code, "group_name": row.group.name, "accumulated": row.accumulated,
        "available": row.available, "expired": row.expired, "debt": row.debt,
    }  # fmt: skip

"""Orders (交易单): the list of sales and returns, and one with its lines, payments, discounts and points."""

from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response

from console import order_details, shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response
from store.core.validation import IsoDate
from store.orders import order_list, search
from store.orders.order_list import OrderCriteria
from store.orders.tables import Order
from store.tills import cashiers
from web.responses import json_response

bp = APIBlueprint("console_orders", __name__, url_prefix="/console/api/orders", enable_openapi=False)


class OrderQuery(ListQuery):
    """Which orders are listed. `search` is a number, card number, phone, or goods.

    `shop` is a code, `cashier` a number.
    """

    search: Search = ""
    shop: Search | None = None
    cashier: Search | None = None
    source: Search | None = None
    kind: Literal["till", "pickup", "delivery", "dine_in", "takeaway", "import"] | None = None
    direction: Literal["sale", "return"] | None = None
    state: Literal["placed", "paid", "completed", "closed"] | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


@bp.get("")
@staff_required("orders.read")
@bp.input(OrderQuery, location="query")
def list_orders(caller: StaffCaller, query_data: OrderQuery) -> Response:
    asked = query_data.model_dump(exclude={"page", "page_size", "sort", "shop", "cashier"})
    criteria = OrderCriteria(
        **asked, shop_id=shop_scope.find_shop_id(caller, query_data.shop), shop_ids=caller.shop_ids,
        cashier_id=cashiers.get_by_number(query_data.cashier).id if query_data.cashier else None,
    )  # fmt: skip
    rows, total = order_list.list_page(criteria, query_data.to_page())
    units, names = order_list.count_units(rows), cashiers.read_names(row.cashier_id for row in rows)
    returned = order_list.sum_returned(rows)
    return list_response((_to_row(row, units, names, returned) for row in rows), total, query_data)


@bp.get("/sources")
@staff_required("orders.read")
def list_sources(caller: StaffCaller) -> Response:
    """Return the sources that the filter offers."""
    return json_response(order_list.list_sources())


@bp.get("/<number>")
@staff_required("orders.read")
def get_order(number: str, caller: StaffCaller) -> Response:
    """Return a sale or a return with all its parts."""
    order = get_seen(caller, number)
    names = cashiers.read_names([order.cashier_id])
    row = _to_row(order, order_list.count_units([order]), names, order_list.sum_returned([order]))
    return json_response(row | order_details.to_details(order))


def get_seen(caller: StaffCaller, number: str) -> Order:
    """Return an order of a shop that the account sees. Raises DomainError(not_found)."""
    order = search.get_any(number)
    caller.ensure_shop(order.shop_id, subject="该订单")
    return order


def _to_row(
    order: Order, units: dict[int, int], names: dict[int, str], returned: dict[int, int]
) -> dict[str, Any]:
    columns = ("number", "source", "source_number", "kind", "direction", "state", "remark")
    amounts = ("list_fen", "discount_fen", "total_fen", "due_fen", "money_fen", "spend_fen")
    sign = order_details.SIGNS[order.direction]
    row = {name: getattr(order, name) for name in columns} | {
        name: sign * getattr(order, name) for name in amounts
    }
    return row | {
        "placed_at": order.placed_at.isoformat(), "paid_at": order.paid_at.isoformat() if order.paid_at else None,
        "shop": order.shop.name, "shop_code": order.shop.code,
        "member": order.member.card_number if order.member_id else None,
        "cashier": names.get(order.cashier_id or 0), "units": sign * units.get(order.id, 0),
        "original": order.original.number if order.is_return else None,
        "returned": ("all" if returned[order.id] >= order.total_fen else "part") if order.id in returned else None,
    }  # fmt: skip

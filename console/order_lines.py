"""Order lines (交易单明细): the goods of all sales and returns."""

from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response

from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response
from console.order_details import SIGNS
from store.core.validation import IsoDate
from store.orders import line_list
from store.orders.line_list import LineCriteria
from store.orders.tables import OrderLine
from store.tills import sales

bp = APIBlueprint(
    "console_order_lines", __name__, url_prefix="/console/api/order-lines", enable_openapi=False
)


class LineQuery(ListQuery):
    """Which lines are listed. `search` is the number of an order, the code of goods or the beginning of their name."""

    search: Search = ""
    shop: Search | None = None
    direction: Literal["sale", "return"] | None = None
    state: Literal["placed", "paid", "completed", "closed"] | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


@bp.get("")
@staff_required("order_lines.read")
@bp.input(LineQuery, location="query")
def list_lines(caller: StaffCaller, query_data: LineQuery) -> Response:
    asked = query_data.model_dump(exclude={"page", "page_size", "sort", "shop"})
    criteria = LineCriteria(
        **asked, shop_id=shop_scope.find_shop_id(caller, query_data.shop), shop_ids=caller.shop_ids
    )
    rows, total = line_list.list_page(criteria, query_data.to_page())
    return list_response(map(_to_row, rows), total, query_data)


def _to_row(line: OrderLine) -> dict[str, Any]:
    order, sign = line.order, SIGNS[line.order.direction]
    return {
        "id": str(line.id), "number": order.number, "placed_at": order.placed_at.isoformat(),
        "shop": order.shop.name, "direction": order.direction, "state": order.state,
        "member": order.member.card_number if order.member_id else None,
        "product": sales.product_code(line), "name": line.name,
        "is_gift": bool(line.gift_for), "quantity": sign * line.quantity, "unit_fen": line.unit_fen,
        "list_fen": sign * line.list_fen, "discount_fen": sign * (line.list_fen - line.goods_fen),
        "goods_fen": sign * line.goods_fen,
    }  # fmt: skip

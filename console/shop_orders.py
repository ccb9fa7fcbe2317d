"""Orders of the shop (商城订单): the list with the counts of its states, and one with everything staff need."""

from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response

from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response
from console.shop_order_rows import to_detail, to_rows
from store.core import errors
from store.core.validation import IsoDate
from store.orders import fulfilments
from store.orders.fulfilments import STATE_LABELS
from store.orders.tables import Order
from store.shop_orders import order_list
from store.shop_orders.order_list import StaffFilter
from web.responses import json_response

bp = APIBlueprint(
    "console_shop_orders", __name__, url_prefix="/console/api/shop-orders", enable_openapi=False
)


NO_CODE_RIGHT = "shop_orders.no_code"  # to hand goods to a customer who shows no pickup code


class ShopOrderQuery(ListQuery):
    """Which orders are listed. `search` is a number, a pickup code, a phone, a card or goods. `shop` is a code.

    `hidden` lists ended orders that staff have hidden.
    `overdue` lists goods that were not fetched after the last reminder.
    """

    search: Search = ""
    shop: Search | None = None
    state: Search | None = None
    kind: Literal["pickup", "delivery", "dine_in", "takeaway"] | None = None
    payment_terms: Literal["online", "cash_on_delivery"] | None = None
    overdue: Literal["yes"] | None = None
    hidden: Literal["yes"] | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


@bp.get("")
@staff_required("shop_orders.read")
@bp.input(ShopOrderQuery, location="query")
def list_orders(caller: StaffCaller, query_data: ShopOrderQuery) -> Response:
    rows, total = order_list.list_for_staff(
        _to_filter(caller, query_data), page=query_data.page, page_size=query_data.page_size
    )
    return list_response(to_rows(rows), total, query_data)


@bp.get("/counts")
@staff_required("shop_orders.read")
@bp.input(ShopOrderQuery, location="query")
def count_orders(caller: StaffCaller, query_data: ShopOrderQuery) -> Response:
    """Return the number of orders by state, whatever state the filter names."""
    counts = order_list.count_states(_to_filter(caller, query_data))
    return json_response(
        [{"state": state, "label": label, "count": counts[state]} for state, label in STATE_LABELS.items()]
    )


@bp.get("/<number>")
@staff_required("shop_orders.read")
def get_order(number: str, caller: StaffCaller) -> Response:
    return json_response(
        to_detail(get_seen(caller, number), shows_person=caller.can("members.personal_data"))
    )


def get_seen(caller: StaffCaller, number: str) -> Order:
    """Return an order of a shop that the account sees. Raises DomainError(not_found)."""
    order = fulfilments.find_order(number)
    if order is None:
        raise errors.not_found("该订单")
    caller.ensure_shop(order.shop_id, subject="该订单")
    return order


def _to_filter(caller: StaffCaller, asked: ShopOrderQuery) -> StaffFilter:
    if asked.state and asked.state not in STATE_LABELS:
        raise errors.invalid("state", "没有这种状态")
    return StaffFilter(
        states=(asked.state,) if asked.state else (), shop_id=shop_scope.find_shop_id(caller, asked.shop),
        kind=asked.kind, payment_terms=asked.payment_terms, first_day=asked.since, last_day=asked.until,
        keyword=asked.search, overdue=asked.overdue is not None, hidden=asked.hidden is not None,
        shop_ids=caller.shop_ids,
    )  # fmt: skip


def answer_after(order: Order, caller: StaffCaller) -> dict[str, Any]:
    """Return an order as it is after a change."""
    return to_detail(Order.get_by_id(order.id), shows_person=caller.can("members.personal_data"))

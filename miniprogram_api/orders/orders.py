"""Orders of the signed-in customer: the list, the counts of its tabs, and each with all its facts."""

from functools import partial

from apiflask import APIBlueprint
from flask import Response

from miniprogram_api.orders.order_responses import to_detail, to_summaries
from miniprogram_api.orders.schemas import CountsResponse, OrderDetail, OrdersQuery, OrdersResponse
from store.orders import payers
from store.shop_orders import moves, order_list
from web import idempotency, paging
from web.auth import Caller, login_required
from web.responses import json_response

bp = APIBlueprint("orders", __name__, tag="订单")


@bp.get("/api/me/orders")
@login_required
@bp.doc(summary="我的订单", security="session")
@bp.input(OrdersQuery, location="query")
@bp.output(OrdersResponse)
def list_orders(caller: Caller, query_data: OrdersQuery) -> Response:
    group = query_data.state
    rows, page = paging.read_page(
        query_data,
        name=f"orders.{caller.customer.id}.{group or 'all'}",
        fetch=partial(order_list.list_of_customer, caller.customer, group=group),
        position=lambda order: (order.id,),
    )
    return json_response(OrdersResponse(list=to_summaries(rows), **page))


@bp.get("/api/me/orders/counts")
@login_required
@bp.doc(summary="各状态的订单数", security="session")
@bp.output(CountsResponse)
def count_orders(caller: Caller) -> Response:
    return json_response(CountsResponse(**order_list.count_groups(caller.customer)))


@bp.get("/api/me/orders/<number>")
@login_required
@bp.doc(summary="订单", security="session", responses={404: "没有该订单"})
@bp.output(OrderDetail)
def get_order(caller: Caller, number: str) -> Response:
    return json_response(to_detail(payers.get_of_customer(caller.customer, number)))


@bp.delete("/api/me/orders/<number>")
@login_required
@bp.doc(
    summary="删除订单",
    description="只从列表中移除已结束的订单，记录保留。",
    security="session",
    responses={404: "没有该订单", 409: "订单尚未结束"},
)
@bp.output(OrderDetail)
def delete_order(caller: Caller, number: str) -> Response:
    order = payers.get_of_customer(caller.customer, number)

    def work() -> OrderDetail:
        moves.hide(number=order.number)
        return to_detail(order)

    return json_response(idempotency.run_idempotent(caller.scope, None, work))

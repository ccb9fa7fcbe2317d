"""Orders of the signed-in customer: the list and each with lines, discounts, tenders and what it earned."""

from datetime import datetime
from functools import partial
from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from store.orders import payers, snapshots
from store.orders.tables import TRANSITIONS, Order, OrderDiscount, OrderTender
from store.points import order_events as point_order_events
from store.shops import shops
from web import paging
from web.auth import Caller, login_required
from web.responses import json_response
from web.schemas import PageQuery, PageResponse

bp = APIBlueprint("orders", __name__, tag="订单")

State = Literal["placed", "paid", "closed"]
_STATES: dict[State | None, tuple[str, ...]] = {
    None: tuple(TRANSITIONS),
    "placed": ("placed",),
    "paid": ("paid", "completed"),
    "closed": ("closed",),
}


class OrdersQuery(PageQuery):
    """Orders of one state, or of all."""

    state: State | None = None


class OrderSummary(BaseModel):
    """An order in a list."""

    number: str
    kind: str
    state: str = Field(description="placed 待付款、paid 已付款、completed 已完成、closed 已关闭")
    store_name: str
    total_fen: int
    money_fen: int = Field(description="已支付的现金、微信、支付宝等")
    due_fen: int
    placed_at: datetime
    paid_at: datetime | None
    points: int | None = Field(description="获得的积分，未付款或未入会时为 null")


class OrderItem(BaseModel):
    """Goods of one price; `goods_fen` is after discounts."""

    name: str
    quantity: int
    unit_fen: int
    list_fen: int
    goods_fen: int


class OrderPart(BaseModel):
    """A discount or a tender with its sentence."""

    kind: str
    sentence: str
    fen: int


class OrderDetail(OrderSummary):
    """An order with everything that a customer may see of it."""

    list_fen: int
    discount_fen: int
    lines: list[OrderItem]
    discounts: list[OrderPart]
    tenders: list[OrderPart]


class OrdersResponse(PageResponse):
    """One page of orders, the newest first."""

    list: list[OrderSummary]


@bp.get("/api/me/orders")
@login_required
@bp.doc(summary="我的订单", security="session")
@bp.input(OrdersQuery, location="query")
@bp.output(OrdersResponse)
def list_orders(caller: Caller, query_data: OrdersQuery) -> Response:
    state = query_data.state
    rows, page = paging.read_page(
        query_data,
        name=f"orders.{caller.customer.id}.{state or 'all'}",
        fetch=partial(payers.list_page_of_customer, caller.customer, states=_STATES[state]),
        position=lambda order: (order.id,),
    )
    names = shops.find_by_ids([order.shop_id for order in rows])
    return json_response(
        OrdersResponse(
            list=[OrderSummary(**_to_summary(order, names[order.shop_id].name)) for order in rows], **page
        )
    )


@bp.get("/api/me/orders/<number>")
@login_required
@bp.doc(summary="订单", security="session", responses={404: "没有该订单"})
@bp.output(OrderDetail)
def get_order(caller: Caller, number: str) -> Response:
    order = payers.get_of_customer(caller.customer, number)
    return json_response(
        OrderDetail(
            **_to_summary(order, order.shop.name), list_fen=order.list_fen, discount_fen=order.discount_fen,
            lines=[
                OrderItem(**{name: getattr(line, name) for name in OrderItem.model_fields})
                for line in snapshots.list_lines(order)
            ],
            discounts=[_to_part(row) for row in snapshots.list_discounts(order)],
            tenders=[_to_part(row) for row in snapshots.list_tenders(order)],
        )
    )  # fmt: skip


def _to_summary(order: Order, store_name: str) -> dict[str, Any]:
    names = ("number", "kind", "state", "total_fen", "money_fen", "due_fen", "placed_at", "paid_at")
    is_counted = order.counted_at is not None and order.member_id is not None
    return {
        **{name: getattr(order, name) for name in names},
        "store_name": store_name,
        "points": point_order_events.earned_points(order.number) if is_counted else None,
    }


def _to_part(row: OrderDiscount | OrderTender) -> OrderPart:
    return OrderPart(kind=row.kind, sentence=row.sentence, fen=row.fen)

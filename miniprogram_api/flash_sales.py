"""Flash sales of customers (抢购): those that are announced or selling, and one with its goods in a store.

Goods are bought by the usual preview and order, whose lines name the item.
"""

from datetime import datetime
from typing import Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from store.catalog import products
from store.core import clock
from store.customers import members
from store.flash_sales import displays, flash_sales
from store.flash_sales.displays import ShownItem
from store.flash_sales.flash_sales import PHASE_LABELS, FlashSale
from store.shops import shops
from store.shops.shops import Shop
from web.auth import Caller, login_optional
from web.responses import json_response
from web.schemas import OPTIONAL_LOGIN, Account, Keyword, RequestModel

bp = APIBlueprint("flash_sales", __name__, tag="抢购")

Phase = Literal["announced", "selling", "ended", "stopped"]


class FlashSaleQuery(RequestModel):
    """The store whose sales are wanted."""

    account: Account | None = None
    store_id: Keyword = Field(default="", description="门店 id")


class FlashSalesQuery(FlashSaleQuery):
    """Whose sales are wanted, and of which goods."""

    goods_id: Keyword = Field(default="", description="只看含该商品的抢购，价格和剩余件数为该商品的")


class FlashSaleSummary(BaseModel):
    """A sale in a list."""

    id: str
    name: str
    phase: Phase = Field(description="announced 即将开始、selling 抢购中、ended 已结束、stopped 已停止")
    label: str
    picture_url: str
    starts_at: datetime
    ends_at: datetime
    lowest_fen: int
    left: int = Field(description="剩余件数")


class FlashSalesResponse(BaseModel):
    """The sales that customers see now, the first to begin first."""

    list: list[FlashSaleSummary]
    server_time: datetime = Field(description="倒计时以此为准")


class FlashStore(BaseModel):
    """A store of a sale."""

    id: str
    name: str


class FlashItem(BaseModel):
    """Goods of a sale. `can_buy` is how many units the customer may still buy now."""

    id: str = Field(description="下单时作为 flash_item_id")
    goods_id: str
    sku_id: str
    name: str
    specification: str
    picture: str
    price_fen: int
    usual_fen: int = Field(description="平时的价格")
    limit: int = Field(description="每人限购")
    bought: int = Field(description="本人已买，未登录时为 0")
    stock: int
    left: int
    can_buy: int


class FlashSaleResponse(FlashSaleSummary):
    """A sale with its goods in one of its stores."""

    rules_text: str
    takes_coupons: bool
    takes_points: bool
    takes_promotions: bool
    stores: list[FlashStore]
    store: FlashStore
    items: list[FlashItem]
    server_time: datetime = Field(description="倒计时以此为准")


@bp.get("/api/flash-sales")
@login_optional
@bp.doc(summary="抢购列表", security=OPTIONAL_LOGIN, responses={404: "没有该门店或商品"})
@bp.input(FlashSalesQuery, location="query")
@bp.output(FlashSalesResponse)
def list_flash_sales(caller: Caller, query_data: FlashSalesQuery) -> Response:
    shop = shops.get_by_public_id(query_data.store_id) if query_data.store_id else None
    product = products.get_by_public_id(query_data.goods_id) if query_data.goods_id else None
    rows = flash_sales.list_shown()
    lowest = displays.read_lowest(rows, shop, product)
    found = [FlashSaleSummary(**_summary(row, *lowest[row.id])) for row in rows if row.id in lowest]
    return json_response(FlashSalesResponse(list=found, server_time=clock.now()))


@bp.get("/api/flash-sales/<sale_id>")
@login_optional
@bp.doc(
    summary="抢购",
    description="不给 `store_id` 时取第一家参加的门店。下单用订单接口，商品行带 `flash_item_id`。",
    security=OPTIONAL_LOGIN,
    responses={404: "没有该抢购，或该门店没有参加"},
)
@bp.input(FlashSaleQuery, location="query")
@bp.output(FlashSaleResponse)
def get_flash_sale(caller: Caller, sale_id: str, query_data: FlashSaleQuery) -> Response:
    sale = flash_sales.get_shown(sale_id)
    taking_part = displays.list_shops(sale)
    shop = displays.choose_shop(taking_part, query_data.store_id)
    member = members.find_active(caller.customer) if caller.customer is not None else None
    shown = displays.list_items(sale, shop, member)
    lowest = displays.read_lowest([sale], shop)[sale.id]
    content = sale.content
    return json_response(
        FlashSaleResponse(
            **_summary(sale, *lowest), rules_text=content.rules_text, takes_coupons=content.takes_coupons,
            takes_points=content.takes_points, takes_promotions=content.takes_promotions,
            stores=[_to_store(one) for one in taking_part], store=_to_store(shop),
            items=[_to_item(one, sale) for one in shown], server_time=clock.now(),
        )
    )  # fmt: skip


def _summary(sale: FlashSale, lowest_fen: int, left: int) -> dict[str, object]:
    return {
        "id": sale.public_id, "name": sale.name, "phase": sale.phase, "label": PHASE_LABELS[sale.phase],
        "picture_url": sale.content.picture_url, "starts_at": sale.starts_at, "ends_at": sale.ends_at,
        "lowest_fen": lowest_fen, "left": left,
    }  # fmt: skip


def _to_store(shop: Shop) -> FlashStore:
    return FlashStore(id=shop.public_id, name=shop.name)


def _to_item(shown: ShownItem, sale: FlashSale) -> FlashItem:
    row, sku, product = shown.item, shown.sku, shown.product
    can_buy = max(0, min(row.left, row.member_limit - shown.bought)) if sale.phase == "selling" else 0
    return FlashItem(
        id=row.public_id, goods_id=product.public_id, sku_id=sku.public_id, name=product.name,
        specification=" ".join(sku.specification), picture=(product.pictures or [""])[0], price_fen=row.price_fen,
        usual_fen=shown.usual_fen, limit=row.member_limit, bought=shown.bought, stock=row.stock, left=row.left,
        can_buy=can_buy,
    )  # fmt: skip

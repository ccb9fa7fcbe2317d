"""Goods of a shop (门店商品): take over from headquarters, own price, rack position."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from console import product_rows, shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import Search, respond_once
from store.catalog import changes, products, shop_goods, skus
from store.catalog.fields import ShopSkuFields
from web.schemas import RequestModel

bp = APIBlueprint("console_shop_goods", __name__, url_prefix="/console/api/shop-goods", enable_openapi=False)


class TakeOver(RequestModel):
    """Products by id, and the code of the shop that shall sell them."""

    shop: Search
    ids: list[Search] = Field(min_length=1, max_length=changes.MAX_BATCH)


@bp.post("")
@staff_required("goods.shop_goods")
@bp.input(TakeOver)
def take_over(caller: StaffCaller, json_data: TakeOver) -> Response:
    """Let a shop sell products. What it sells already stays as it is."""
    shop = shop_scope.get_shop(caller, json_data.shop)

    def work() -> dict[str, Any]:
        return {"added": shop_goods.take_over(shop, products.get_by_public_ids(json_data.ids))}

    return respond_once(caller, json_data, work)


@bp.patch("/<shop_code>/<sku_id>")
@staff_required("goods.shop_goods")
@bp.input(ShopSkuFields)
def change_shop_sku(shop_code: str, sku_id: str, caller: StaffCaller, json_data: ShopSkuFields) -> Response:
    """Change how a shop sells a SKU. What is left out stays.

    A price of null is that of headquarters.
    """
    shop = shop_scope.get_shop(caller, shop_code)
    sku = skus.get_by_public_id(sku_id)

    def work() -> dict[str, Any]:
        row = shop_goods.change(shop, sku, **json_data.model_dump(exclude_unset=True))
        return product_rows.to_shop_sku(row, sku)

    return respond_once(caller, json_data, work)

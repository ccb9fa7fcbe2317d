"""Codes of goods for scan-to-buy (扫描购): a QR code for each SKU of a shop, which opens its goods page there."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

import platform_clients
from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import Search
from store.catalog import products, shop_goods, shop_product_list, skus
from store.catalog.shop_goods import ShopSku
from store.catalog.skus import Sku
from store.core.errors import DomainError, not_found
from store.official_accounts import qr_images
from store.shops.shops import Shop
from store.tenants import channels
from web.responses import file_response, json_response
from web.schemas import RequestModel

bp = APIBlueprint(
    "console_goods_codes", __name__, url_prefix="/console/api/goods-codes", enable_openapi=False
)

MAX_PRODUCTS = 100
_FORMS = {"png": (qr_images.render_png, "image/png"), "svg": (qr_images.render_svg, "image/svg+xml")}


class SheetQuery(RequestModel):
    """Whose goods are printed. `shop` is a code, `ids` are products, separated by commas."""

    shop: Search
    ids: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,60}(,[A-Za-z0-9_-]{1,60}){0,99}$", max_length=6_000)]


class ImageQuery(RequestModel):
    """The form of a picture. `size` is in pixels."""

    form: Literal["png", "svg"] = "svg"
    size: int = Field(default=430, ge=120, le=2000)


@bp.get("")
@staff_required("goods.read")
@bp.input(SheetQuery, location="query")
def list_codes(caller: StaffCaller, query_data: SheetQuery) -> Response:
    """Return the SKUs of products that customers of a shop can buy, and the products that they cannot."""
    shop = shop_scope.get_shop(caller, query_data.shop)
    chosen = products.get_by_public_ids(query_data.ids.split(","))
    shown = shop_goods.find_shown_ids(shop, [row.id for row in chosen])
    sold = shop_product_list.list_sold_skus(shop, shown)
    account = _account_key(shop)
    rows = [_to_row(shop, account, sku, row) for product in chosen for sku, row in sold.get(product.id, ())]
    missing = [product.name for product in chosen if product.id not in shown]
    return json_response({"shop": shop.name, "list": rows, "missing": missing})


@bp.get("/<shop_code>/<sku_id>/image")
@staff_required("goods.read")
@bp.input(ImageQuery, location="query")
def get_image(shop_code: str, sku_id: str, caller: StaffCaller, query_data: ImageQuery) -> Response:
    shop = shop_scope.get_shop(caller, shop_code)
    sku = skus.get_by_public_id(sku_id)
    if sku.id not in shop_goods.find_of_shop(shop, [sku.id]):
        raise not_found("该门店商品")
    render, mimetype = _FORMS[query_data.form]
    picture = render(_to_url(shop, _account_key(shop), sku), size=query_data.size)
    return file_response(picture, mimetype=mimetype, filename=f"{shop_code}-{sku.code}.{query_data.form}")


def _account_key(shop: Shop) -> str:
    """Return the official account whose pages the codes open: that of the shop, or else the first.

    Raises DomainError(no_account).
    """
    found = channels.list_official_accounts([shop.id]) or channels.list_official_accounts()
    if not found:
        raise DomainError("no_account", "还没有公众号，请先在渠道账号中添加", 409)
    return str(found[0].key)


def _to_url(shop: Shop, account: str, sku: Sku) -> str:
    path = f"/m/stores/{shop.public_id}/goods/{sku.product.public_id}"
    return platform_clients.to_absolute_url(f"{path}?a={quote(account)}&sku={sku.public_id}")


def _to_row(shop: Shop, account: str, sku: Sku, row: ShopSku) -> dict[str, Any]:
    prices = shop_goods.read_prices(sku, row)
    return {
        "sku_id": sku.public_id, "shop": shop.code, "code": sku.code, "name": sku.product.name,
        "specification": " / ".join(sku.specification), "price_fen": prices.price_fen,
        "member_price_fen": prices.member_fen, "rack": shop_goods.describe_rack(row),
        "url": _to_url(shop, account, sku),
    }  # fmt: skip

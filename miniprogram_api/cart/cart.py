"""The cart of the signed-in customer, grouped by store."""

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from store.carts import cart_list, carts
from store.carts.cart_list import ListedLine, ShopCart
from store.carts.carts import MAX_LINES, MAX_QUANTITY
from store.catalog import skus
from store.catalog.skus import Sku
from store.core import encryption, errors, rate_limits
from store.shops import shop_list, shops
from store.shops.shops import Shop
from web import idempotency, request_context
from web.auth import Caller, login_optional, login_required
from web.responses import json_response
from web.schemas import OPTIONAL_LOGIN, Account, Keyword, RequestModel

bp = APIBlueprint("cart", __name__, tag="购物车")

_PURPOSE = "cart_line"
_CHANGE_ERRORS = {404: "没有该门店或商品", 409: "商品已下架，库存不足，或购物车已满"}
_ERRORS = _CHANGE_ERRORS | {429: "过于频繁"}


class CartLineRequest(RequestModel):
    """Units of a SKU of a store."""

    store_id: Keyword = Field(min_length=1)
    sku_id: Keyword = Field(min_length=1)
    quantity: int = Field(default=1, strict=True, ge=1, le=MAX_QUANTITY)


class CartLineChange(RequestModel):
    """The new number of units, and whether the line will be ordered."""

    quantity: int | None = Field(default=None, strict=True, ge=1, le=MAX_QUANTITY)
    selected: bool | None = None


class VisitorCart(RequestModel):
    """What a page kept before the customer signed in."""

    lines: list[CartLineRequest] = Field(max_length=MAX_LINES)


class VisitorCartPreview(VisitorCart):
    """The cart of a visitor, with the account whose goods are in it."""

    account: Account | None = None


class CartStore(BaseModel):
    """The store of a group."""

    id: str
    name: str


class CartLineResponse(BaseModel):
    """A line with its price now; `problem` is off_sale 已下架, sold_out 已售完, short 库存不足, or null.

    `id` is empty in the cart of a visitor.
    """

    id: str
    goods_id: str
    sku_id: str
    name: str
    specification: str
    picture: str
    price_fen: int
    member_price_fen: int | None
    special_price_fen: int | None = Field(description="购买一件的特价，没有时为 null")
    former_price_fen: int | None = Field(description="划线价，没有时为 null")
    price_when_added_fen: int
    quantity: int
    available: int
    problem: str | None
    selected: bool


class CartDiscount(BaseModel):
    """What an order would take off, and why."""

    kind: str
    sentence: str
    fen: int


class CartGift(BaseModel):
    """What an order would give for 0.00."""

    name: str
    quantity: int


class StoreCart(BaseModel):
    """The lines of a store. The amounts are those of an order of the selected lines."""

    store: CartStore
    lines: list[CartLineResponse]
    list_fen: int
    discount_fen: int
    total_fen: int
    discounts: list[CartDiscount]
    gifts: list[CartGift]
    progress: list[str] = Field(description="再买多少可享更多优惠，如 还差 8.00 元减 5 元")
    notices: list[str] = Field(description="付款前须知，如 赠品已送完")


class CartResponse(BaseModel):
    """The whole cart; `count` is the number of units."""

    stores: list[StoreCart]
    count: int


class MergeResponse(CartResponse):
    """The cart after the merge, and what was changed by it."""

    notices: list[str]


@bp.get("/api/me/cart")
@login_required
@bp.doc(summary="购物车", description="按门店分组，价格和库存为当前值。", security="session")
@bp.output(CartResponse)
def get_cart(caller: Caller) -> Response:
    return json_response(_to_response(caller))


@bp.post("/api/me/cart/lines")
@login_required
@bp.doc(summary="加入购物车", description="数量加在已有的数量上。", security="session", responses=_ERRORS)
@bp.input(CartLineRequest)
@bp.output(CartResponse, status_code=201)
def add_line(caller: Caller, json_data: CartLineRequest) -> Response:
    _limit(caller)

    def work() -> CartResponse:
        carts.add(
            customer=caller.customer, shop=shops.get_by_public_id(json_data.store_id),
            sku=skus.get_by_public_id(json_data.sku_id), quantity=json_data.quantity,
        )  # fmt: skip
        return _to_response(caller)

    return json_response(idempotency.run_idempotent(caller.scope, json_data, work), 201)


@bp.patch("/api/me/cart/lines/<line_id>")
@login_required
@bp.doc(summary="修改数量或勾选", security="session", responses=_CHANGE_ERRORS)
@bp.input(CartLineChange)
@bp.output(CartResponse)
def change_line(caller: Caller, line_id: str, json_data: CartLineChange) -> Response:
    line = carts.get_own(caller.customer, _decode(line_id))

    def work() -> CartResponse:
        carts.change(line, quantity=json_data.quantity, is_selected=json_data.selected)
        return _to_response(caller)

    return json_response(idempotency.run_idempotent(caller.scope, json_data, work))


@bp.delete("/api/me/cart/lines/<line_id>")
@login_required
@bp.doc(summary="移出购物车", security="session", responses={404: "没有该商品"})
@bp.output(CartResponse)
def remove_line(caller: Caller, line_id: str) -> Response:
    row_id = _decode(line_id)

    def work() -> CartResponse:
        carts.get_own(caller.customer, row_id)
        carts.remove(customer=caller.customer, line_ids=[row_id])
        return _to_response(caller)

    return json_response(idempotency.run_idempotent(caller.scope, None, work))


@bp.post("/api/me/cart/merges")
@login_required
@bp.doc(
    summary="合并登录前的购物车",
    description="同一商品取较大的数量，不超过库存；变化写在 `notices` 中。",
    security="session",
    responses=_ERRORS,
)
@bp.input(VisitorCart)
@bp.output(MergeResponse, status_code=201)
def merge_cart(caller: Caller, json_data: VisitorCart) -> Response:
    _limit(caller)

    def work() -> MergeResponse:
        wanted = _find_wanted(json_data)
        notices = [one.message for one in carts.merge_visitor(customer=caller.customer, wanted=wanted)]
        if len(wanted) < len(json_data.lines):
            notices.append(f"{len(json_data.lines) - len(wanted)} 种商品已不再销售")
        found = _to_response(caller)
        return MergeResponse(stores=found.stores, count=found.count, notices=notices)

    return json_response(idempotency.run_idempotent(caller.scope, json_data, work), 201)


@bp.post("/api/carts/previews")
@login_optional
@bp.doc(
    summary="登录前的购物车",
    description="按当前的价格和库存显示页面保存的商品，不保存任何内容。不再销售的商品不返回。",
    security=OPTIONAL_LOGIN,
    responses={429: "过于频繁"},
)
@bp.input(VisitorCartPreview)
@bp.output(CartResponse)
def preview_cart(caller: Caller, json_data: VisitorCartPreview) -> Response:
    rate_limits.consume(
        name=f"visitor_cart:{request_context.client_ip()}"[:100], limit=300, window_s=60,
        message="操作过于频繁，请稍后再试",
    )  # fmt: skip
    found = cart_list.read_visitor(_find_wanted(json_data))
    units = sum(line.row.quantity for one in found for line in one.lines)
    return json_response(CartResponse(stores=[_to_store(one) for one in found], count=units))


def _find_wanted(asked: VisitorCart) -> list[tuple[Shop, Sku, int]]:
    """Return the goods of a visitor's cart that still exist."""
    stores = shop_list.find_by_public_ids({line.store_id for line in asked.lines})
    goods = skus.find_by_public_ids({line.sku_id for line in asked.lines})
    return [
        (stores[line.store_id], goods[line.sku_id], line.quantity)
        for line in asked.lines
        if line.store_id in stores and line.sku_id in goods
    ]


def _decode(line_id: str) -> int:
    try:
        return encryption.decode_row_id(line_id, purpose=_PURPOSE)
    except encryption.DecryptionError:
        raise errors.not_found("该商品") from None


def _limit(caller: Caller) -> None:
    rate_limits.consume(
        name=f"cart:{caller.customer.id}", limit=120, window_s=60, message="操作过于频繁，请稍后再试"
    )


def _to_response(caller: Caller) -> CartResponse:
    return CartResponse(
        stores=[_to_store(one) for one in cart_list.read(caller.customer)],
        count=cart_list.count(caller.customer),
    )


def _to_store(found: ShopCart) -> StoreCart:
    price = found.price
    return StoreCart(
        store=CartStore(id=found.shop.public_id, name=found.shop.name),
        lines=[_to_line(line) for line in found.lines],
        list_fen=price.list_fen if price else 0, discount_fen=price.discount_fen if price else 0,
        total_fen=price.total_fen if price else 0,
        discounts=[
            CartDiscount(kind=one.kind, sentence=one.sentence, fen=one.fen)
            for one in (price.discounts if price else ())
        ],
        gifts=[
            CartGift(name=line.gift.name, quantity=line.quantity)
            for line in (price.lines if price else ())
            if line.gift is not None
        ],
        progress=[one.sentence for one in (price.progress if price else ())],
        notices=[one.sentence for one in (price.notices if price else ())],
    )  # fmt: skip


def _to_line(line: ListedLine) -> CartLineResponse:
    return CartLineResponse(
        id=encryption.encode_row_id(line.row.id, purpose=_PURPOSE) if line.row.id else "",
        goods_id=line.product.public_id,
        sku_id=line.sku.public_id, name=line.product.name, specification=" ".join(line.sku.specification),
        picture=(line.product.pictures or [""])[0], price_fen=line.prices.price_fen,
        member_price_fen=line.prices.member_fen, price_when_added_fen=line.row.price_fen,
        special_price_fen=line.offers.special_fen, former_price_fen=line.offers.former_fen,
        quantity=line.row.quantity, available=line.available, problem=line.problem or None,
        selected=line.row.is_selected,
    )  # fmt: skip

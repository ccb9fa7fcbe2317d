"""Goods (商品): list, create, change, publish and unpublish, one by one and many at once."""

from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from console import product_rows, shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from store.catalog import categories, changes, product_list, products
from store.catalog.changes import BatchResult
from store.catalog.fields import MAX_SKUS, Code, Name, ProductFields, SkuFields
from store.catalog.product_list import ProductFilter
from store.catalog.products import Product
from store.stock import product_deletion
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("console_products", __name__, url_prefix="/console/api/goods", enable_openapi=False)

_MOVES = {"publish": changes.publish, "unpublish": changes.unpublish}
_MOVES_OF_MANY = {"publish": changes.publish_many, "unpublish": changes.unpublish_many}


class ProductQuery(ListQuery):
    """Which goods are listed. `search` is a part of name, pinyin, initials, code or bar code; `shop` is a code."""

    search: Search = ""
    state: Literal["draft", "published", "unpublished", "deleted"] | None = None
    category: Search | None = None
    brand: Search | None = None
    shop: Search | None = None
    hot: bool | None = None


class ProductChange(ProductFields):
    """What changes about a product; a field that is left out stays. `category` is an id, `skus` are all."""

    name: Name = ""
    category: Search | None = None
    skus: list[SkuFields] | None = Field(default=None, max_length=MAX_SKUS)

    def to_values(self) -> dict[str, Any]:
        """Return what was given, with the row of the category."""
        values = self.model_dump(exclude_unset=True, exclude={"category"})
        if self.category:
            values["category"] = categories.get_by_public_id(self.category)
        return values


class ProductCreation(ProductChange):
    """A new product."""

    code: Code
    name: Name
    skus: list[SkuFields] = Field(min_length=1, max_length=MAX_SKUS)  # type: ignore[assignment]


class BatchRequest(RequestModel):
    """Products by id, of which a page of the list shows 100 at most."""

    ids: list[Search] = Field(min_length=1, max_length=changes.MAX_BATCH)


class HotRequest(BatchRequest):
    """Products that are recommended to customers, or no longer."""

    is_hot: bool


class MoveRequest(BatchRequest):
    """Products, and the id of the category that they get."""

    category: Search


@bp.get("")
@staff_required("goods.read")
@bp.input(ProductQuery, location="query")
def list_products(caller: StaffCaller, query_data: ProductQuery) -> Response:
    filters = query_data.model_dump(exclude={"page", "page_size", "sort", "shop"})
    shop_id = shop_scope.find_shop_id(caller, query_data.shop)
    rows, total = product_list.list_page(ProductFilter(**filters, shop_id=shop_id), query_data.to_page())
    return list_response(product_rows.to_rows(rows), total, query_data)


@bp.get("/choices")
@staff_required("goods.read")
def list_choices(caller: StaffCaller) -> Response:
    """Return the categories in use and the brands, for filters and forms."""
    rows = categories.list_all()
    paths = categories.read_paths(rows)
    chosen = [{"value": row.public_id, "label": paths[row.id]} for row in categories.sort_as_tree(rows)]
    return json_response({"categories": chosen, "brands": product_list.list_brands()})


@bp.get("/<product_id>")
@staff_required("goods.read")
def get_product(product_id: str, caller: StaffCaller) -> Response:
    return json_response(product_rows.to_detail(products.get_by_public_id(product_id), caller.shop_ids))


@bp.post("")
@staff_required("goods.create")
@bp.input(ProductCreation)
def create_product(caller: StaffCaller, json_data: ProductCreation) -> Response:
    caller.ensure_all_shops()

    def work() -> dict[str, Any]:
        return product_rows.to_detail(changes.create_product(**json_data.to_values()), None)

    return respond_once(caller, json_data, work, status=201)


@bp.patch("/<product_id>")
@staff_required("goods.edit")
@bp.input(ProductChange)
def change_product(product_id: str, caller: StaffCaller, json_data: ProductChange) -> Response:
    caller.ensure_all_shops()
    product = products.get_by_public_id(product_id)

    def work() -> dict[str, Any]:
        return product_rows.to_detail(changes.change_product(product, **json_data.to_values()), None)

    return respond_once(caller, json_data, work)


@bp.post("/<product_id>/publish", endpoint="publish", defaults={"move": "publish"})
@bp.post("/<product_id>/unpublish", endpoint="unpublish", defaults={"move": "unpublish"})
@staff_required("goods.publish")
def change_state(product_id: str, move: str, caller: StaffCaller) -> Response:
    caller.ensure_all_shops()
    product = products.get_by_public_id(product_id)
    return respond_once(caller, None, lambda: product_rows.to_detail(_MOVES[move](product), None))


@bp.post("/batches/publish", endpoint="publish_many", defaults={"move": "publish"})
@bp.post("/batches/unpublish", endpoint="unpublish_many", defaults={"move": "unpublish"})
@staff_required("goods.publish")
@bp.input(BatchRequest)
def change_states(move: str, caller: StaffCaller, json_data: BatchRequest) -> Response:
    """Publish or unpublish each product that can be, and name the others with the reason."""
    caller.ensure_all_shops()
    return respond_once(caller, json_data, lambda: _to_result(_MOVES_OF_MANY[move](_find(json_data))))


@bp.post("/batches/move")
@staff_required("goods.edit")
@bp.input(MoveRequest)
def move_products(caller: StaffCaller, json_data: MoveRequest) -> Response:
    """Move products into a category."""
    caller.ensure_all_shops()
    target = categories.get_by_public_id(json_data.category)
    return respond_once(
        caller, json_data, lambda: _to_result(changes.move_many(_find(json_data), category=target))
    )


@bp.post("/batches/hot")
@staff_required("goods.edit")
@bp.input(HotRequest)
def mark_products(caller: StaffCaller, json_data: HotRequest) -> Response:
    """Mark products as hot, or no longer."""
    caller.ensure_all_shops()
    is_hot = json_data.is_hot
    return respond_once(
        caller, json_data, lambda: _to_result(changes.mark_hot_many(_find(json_data), is_hot=is_hot))
    )


@bp.post("/batches/deletion")
@staff_required("goods.delete")
@bp.input(BatchRequest)
def delete_products(caller: StaffCaller, json_data: BatchRequest) -> Response:
    """Delete each product that can be, and name the others with the reason."""
    caller.ensure_all_shops()
    return respond_once(caller, json_data, lambda: _to_result(product_deletion.delete_many(_find(json_data))))


@bp.delete("/<product_id>")
@staff_required("goods.delete")
def delete_product(product_id: str, caller: StaffCaller) -> Response:
    caller.ensure_all_shops()
    product = products.get_by_public_id(product_id)
    return respond_once(
        caller, None, lambda: product_rows.to_detail(product_deletion.delete_product(product), None)
    )


def _find(request: BatchRequest) -> list[Product]:
    return products.get_by_public_ids(request.ids)


def _to_result(result: BatchResult) -> dict[str, Any]:
    return {
        "changed": len(result.changed),
        "refused": [{"name": name, "reason": reason} for name, reason in result.refused],
    }

"""Categories of goods (商品分类): the tree, create, change, retire, restore."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, respond_once
from store.catalog import categories, category_retirement, product_list, search
from store.catalog.categories import Category
from store.catalog.fields import CategoryFields, Code
from store.shops.details import Text
from web.responses import json_response

bp = APIBlueprint("console_categories", __name__, url_prefix="/console/api/categories", enable_openapi=False)


class CategoryQuery(ListQuery):
    """Which categories are listed, all on one page. `search` is a part of name or code."""

    search: Search = ""
    retired: bool = False


class CategoryCreation(CategoryFields):
    """A new category. `parent` is the id of the one above it."""

    code: Code
    parent: Search | None = None


class CategoryChange(CategoryFields):
    """What changes about a category; a field that is left out stays."""

    name: Text = Field(default="", min_length=1, max_length=30)


@bp.get("")
@staff_required("categories.read")
@bp.input(CategoryQuery, location="query")
def list_categories(caller: StaffCaller, query_data: CategoryQuery) -> Response:
    """Return all categories in the order of the tree."""
    rows = categories.list_all(with_retired=True)
    paths, counts = categories.read_paths(rows), product_list.count_by_category()
    chosen = [
        _to_row(row, paths[row.id], counts.get(row.id, 0))
        for row in categories.sort_as_tree(rows)
        if query_data.retired or row.retired_at is None
    ]
    text = search.normalize(query_data.search)
    found = [row for row in chosen if text in search.normalize(f"{row['code']}\n{row['path']}")]
    return json_response({"list": found})


@bp.post("")
@staff_required("categories.create")
@bp.input(CategoryCreation)
def create_category(caller: StaffCaller, json_data: CategoryCreation) -> Response:
    caller.ensure_all_shops()

    def work() -> dict[str, Any]:
        above = categories.get_by_public_id(json_data.parent) if json_data.parent else None
        return _read_row(categories.create_category(**json_data.model_dump(exclude={"parent"}), parent=above))

    return respond_once(caller, json_data, work, status=201)


@bp.patch("/<category_id>")
@staff_required("categories.edit")
@bp.input(CategoryChange)
def change_category(category_id: str, caller: StaffCaller, json_data: CategoryChange) -> Response:
    caller.ensure_all_shops()
    row, fields = categories.get_by_public_id(category_id), json_data.model_dump(exclude_unset=True)
    return respond_once(caller, json_data, lambda: _read_row(categories.change_category(row, **fields)))


@bp.post("/<category_id>/retirement")
@staff_required("categories.delete")
def retire_category(category_id: str, caller: StaffCaller) -> Response:
    caller.ensure_all_shops()
    row = categories.get_by_public_id(category_id)
    return respond_once(caller, None, lambda: _read_row(category_retirement.retire_category(row)))


@bp.delete("/<category_id>/retirement")
@staff_required("categories.delete")
def restore_category(category_id: str, caller: StaffCaller) -> Response:
    caller.ensure_all_shops()
    row = categories.get_by_public_id(category_id)
    return respond_once(caller, None, lambda: _read_row(categories.restore_category(row)))


def _read_row(row: Category) -> dict[str, Any]:
    """Return one category with its path and the number of its products."""
    paths = categories.read_paths(categories.list_all(with_retired=True))
    return _to_row(row, paths[row.id], product_list.count_by_category().get(row.id, 0))


def _to_row(row: Category, path: str, products: int) -> dict[str, Any]:
    names = ("code", "name", "level", "sort_order", "source", "warning_at")
    return {"id": row.public_id, **{name: getattr(row, name) for name in names}} | {
        "path": path, "products": products, "is_retired": row.retired_at is not None,
        "created_at": row.created_at.isoformat(),
    }  # fmt: skip

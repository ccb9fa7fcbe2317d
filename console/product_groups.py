"""Product groups (商品组): list, create, fill, enable, retire, copy, delete."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from console import product_rows
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from store.catalog import categories, product_group_changes, product_group_members, product_groups, products
from store.catalog.categories import Category
from store.catalog.fields import Code
from store.catalog.product_group_changes import MAX_BATCH, GroupFields
from store.catalog.product_group_members import MAX_CATEGORIES
from store.catalog.product_groups import LABELS, GroupFilter, ProductGroup
from store.catalog.products import Product
from store.promotions import product_group_deletion
from store.shops.details import Text
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint(
    "console_product_groups", __name__, url_prefix="/console/api/product-groups", enable_openapi=False
)

CategoryIds = Annotated[list[Search], Field(max_length=MAX_CATEGORIES)]
_MOVES = {"enable": product_group_changes.enable, "retire": product_group_changes.retire}


class GroupQuery(ListQuery):
    """Which groups are listed. `search` is a part of name or code."""

    search: Search = ""
    state: Literal["draft", "enabled", "retired"] | None = None


class GroupChange(GroupFields):
    """What changes about a draft; a field that is left out stays. `categories` are ids."""

    name: Text = Field(default="", min_length=1, max_length=30)
    categories: CategoryIds | None = None


class GroupCreation(GroupFields):
    """A new group."""

    code: Code
    categories: CategoryIds = []


class GroupCopy(RequestModel):
    """Code and name of a copy."""

    code: Code
    name: Text = Field(min_length=1, max_length=30)


class MemberQuery(ListQuery):
    """Which products of a group are listed. `search` is a part of name or code."""

    search: Search = ""


class ProductChoice(RequestModel):
    """Products by id, by code, or both."""

    ids: Annotated[list[Search], Field(max_length=MAX_BATCH)] = []
    codes: Annotated[list[Search], Field(max_length=MAX_BATCH)] = []


@bp.get("")
@staff_required("product_groups.read")
@bp.input(GroupQuery, location="query")
def list_groups(caller: StaffCaller, query_data: GroupQuery) -> Response:
    criteria = GroupFilter(search=query_data.search, state=query_data.state)
    rows, total = product_groups.list_page(criteria, query_data.to_page())
    counts = product_group_members.count_members([row.id for row in rows])
    return list_response((_to_row(row, counts[row.id]) for row in rows), total, query_data)


@bp.get("/<group_id>")
@staff_required("product_groups.read")
def get_group(group_id: str, caller: StaffCaller) -> Response:
    return json_response(_to_detail(product_groups.get_by_public_id(group_id)))


@bp.post("")
@staff_required("product_groups.create")
@bp.input(GroupCreation)
def create_group(caller: StaffCaller, json_data: GroupCreation) -> Response:
    caller.ensure_all_shops()
    values = json_data.model_dump(exclude={"categories"})

    def work() -> dict[str, Any]:
        chosen = _find_categories(json_data.categories)
        return _to_detail(product_group_changes.create_group(**values, chosen_categories=chosen))

    return respond_once(caller, json_data, work, status=201)


@bp.patch("/<group_id>")
@staff_required("product_groups.edit")
@bp.input(GroupChange)
def change_group(group_id: str, caller: StaffCaller, json_data: GroupChange) -> Response:
    caller.ensure_all_shops()
    group = product_groups.get_by_public_id(group_id)
    values = json_data.model_dump(exclude_unset=True, exclude={"categories"})

    def work() -> dict[str, Any]:
        chosen = None if json_data.categories is None else _find_categories(json_data.categories)
        return _to_detail(product_group_changes.change_group(group, **values, chosen_categories=chosen))

    return respond_once(caller, json_data, work)


@bp.delete("/<group_id>")
@staff_required("product_groups.delete")
def delete_group(group_id: str, caller: StaffCaller) -> Response:
    caller.ensure_all_shops()
    group = product_groups.get_by_public_id(group_id)

    def work() -> dict[str, Any]:
        product_group_deletion.delete_group(group)
        return {"id": group_id}

    return respond_once(caller, None, work)


@bp.post("/<group_id>/enabling", endpoint="enable", defaults={"move": "enable"})
@bp.post("/<group_id>/retirement", endpoint="retire", defaults={"move": "retire"})
@staff_required("product_groups.enable")
def move_group(group_id: str, move: str, caller: StaffCaller) -> Response:
    """Enable or retire a group."""
    caller.ensure_all_shops()
    group = product_groups.get_by_public_id(group_id)
    return respond_once(caller, None, lambda: _to_detail(_MOVES[move](group)))


@bp.post("/<group_id>/copies")
@staff_required("product_groups.create")
@bp.input(GroupCopy)
def copy_group(group_id: str, caller: StaffCaller, json_data: GroupCopy) -> Response:
    caller.ensure_all_shops()
    group = product_groups.get_by_public_id(group_id)

    def work() -> dict[str, Any]:
        return _to_detail(product_group_changes.copy_group(group, **json_data.model_dump()))

    return respond_once(caller, json_data, work, status=201)


@bp.get("/<group_id>/products")
@staff_required("product_groups.read")
@bp.input(MemberQuery, location="query")
def list_products(group_id: str, caller: StaffCaller, query_data: MemberQuery) -> Response:
    group = product_groups.get_by_public_id(group_id)
    rows, total = product_group_members.list_products_page(
        group, query_data.to_page(), search=query_data.search
    )
    return list_response(product_rows.to_rows(rows), total, query_data)


@bp.post("/<group_id>/products")
@staff_required("product_groups.edit")
@bp.input(ProductChoice)
def add_products(group_id: str, caller: StaffCaller, json_data: ProductChoice) -> Response:
    """Add products, and name the codes that were not found."""
    caller.ensure_all_shops()
    group = product_groups.get_by_public_id(group_id)

    def work() -> dict[str, Any]:
        chosen, missing = _find_products(json_data)
        return {"added": product_group_changes.add_products(group, chosen), "missing": missing}

    return respond_once(caller, json_data, work)


@bp.post("/<group_id>/products/removal")
@staff_required("product_groups.edit")
@bp.input(ProductChoice)
def remove_products(group_id: str, caller: StaffCaller, json_data: ProductChoice) -> Response:
    """Take products off the list, and name the codes that were not found."""
    caller.ensure_all_shops()
    group = product_groups.get_by_public_id(group_id)

    def work() -> dict[str, Any]:
        chosen, missing = _find_products(json_data)
        return {"removed": product_group_changes.remove_products(group, chosen), "missing": missing}

    return respond_once(caller, json_data, work)


def _find_categories(public_ids: list[str]) -> list[Category]:
    return [categories.get_by_public_id(one) for one in dict.fromkeys(public_ids)]


def _find_products(choice: ProductChoice) -> tuple[list[Product], list[str]]:
    """Return the products that are chosen, each once, and the codes that no product has."""
    by_code = products.find_by_codes(choice.codes)
    chosen = {row.id: row for row in [*products.get_by_public_ids(choice.ids), *by_code.values()]}
    return list(chosen.values()), [code for code in dict.fromkeys(choice.codes) if code not in by_code]


def _to_row(group: ProductGroup, counts: tuple[int, int]) -> dict[str, Any]:
    return {name: getattr(group, name) for name in ("code", "name", "note", "state")} | {
        "id": group.public_id, "state_name": LABELS[group.state], "products": counts[0], "category_count": counts[1],
        "created_at": group.created_at.isoformat(),
        "enabled_at": group.enabled_at.isoformat() if group.enabled_at else None,
    }  # fmt: skip


def _to_detail(group: ProductGroup) -> dict[str, Any]:
    chosen = product_group_members.list_categories(group)
    paths = categories.read_paths(categories.list_all(with_retired=True))
    return _to_row(group, product_group_members.count_members([group.id])[group.id]) | {
        "categories": [row.public_id for row in chosen], "category_names": [paths[row.id] for row in chosen],
    }  # fmt: skip

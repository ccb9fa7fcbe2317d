"""Delivery settings (配送设置): the ways, zones and slots of each shop, and a trial of the fee."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from store.core.listing import Page
from store.delivery import quotes, rules
from store.delivery.rules import KIND_LABELS, DeliveryFields, ZoneFields
from store.shops import shop_list
from store.shops.shops import Shop
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("console_delivery", __name__, url_prefix="/console/api/delivery", enable_openapi=False)


class DeliveryQuery(ListQuery):
    """Which shops are listed. `search` is a name or a code."""

    search: Search = ""


class PositionQuery(RequestModel):
    """A position in GCJ-02."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class DeliveryInput(DeliveryFields):
    """All rules of a shop."""


@bp.get("")
@staff_required("delivery.read")
@bp.input(DeliveryQuery, location="query")
def list_rules(caller: StaffCaller, query_data: DeliveryQuery) -> Response:
    rows, total = _list_shops(caller, query_data.search, query_data.to_page())
    return list_response((_to_row(shop) for shop in rows), total, query_data)


@bp.get("/<code>")
@staff_required("delivery.read")
def get_rule(code: str, caller: StaffCaller) -> Response:
    return json_response(_to_row(shop_scope.get_shop(caller, code)))


@bp.put("/<code>")
@staff_required("delivery.edit")
@bp.input(DeliveryInput)
def save_rule(code: str, caller: StaffCaller, json_data: DeliveryInput) -> Response:
    shop = shop_scope.get_shop(caller, code)

    def work() -> dict[str, Any]:
        rules.save(shop, **json_data.model_dump())
        return _to_row(shop)

    return respond_once(caller, json_data, work)


@bp.get("/<code>/quotes")
@staff_required("delivery.read")
@bp.input(PositionQuery, location="query")
def quote(code: str, caller: StaffCaller, query_data: PositionQuery) -> Response:
    """Return what a delivery to a position would cost."""
    shop = shop_scope.get_shop(caller, code)
    found = quotes.quote(shop, latitude=query_data.latitude, longitude=query_data.longitude)
    return json_response(vars(found) | {"distance_m": round(found.distance_m)})


def _list_shops(caller: StaffCaller, search: str, page: Page) -> tuple[list[Shop], int]:
    criteria = shop_list.ShopFilter(search=search, shop_ids=caller.shop_ids)
    return shop_list.list_page(criteria, Page(number=page.number, size=page.size, sort="code"))


def _to_row(shop: Shop) -> dict[str, Any]:
    row, zones = rules.get(shop), rules.list_zones(shop)
    names = [name for name in DeliveryFields.model_fields if name != "zones"]
    ways = [label for kind, label in KIND_LABELS.items() if row.is_offered(kind)]
    if row.cash_on_delivery_on:
        ways.append("货到付款")
    return {
        "code": shop.code, "name": shop.name, "ways": "、".join(ways) or "都未开通",
        "reach_m": zones[-1].up_to_metres if zones else None,
        "fee_fen": zones[0].fee_fen if zones else None, "minimum_fen": zones[0].minimum_fen if zones else None,
        **{name: getattr(row, name) for name in names},
        "zones": [{name: getattr(zone, name) for name in ZoneFields.model_fields} for zone in zones],
    }  # fmt: skip

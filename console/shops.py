"""Shops (门店): list, create, change, pause, close. Name and code are fixed when a shop is created."""

from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from store.core.errors import DomainError, invalid
from store.shops import changes, coordinates, hours_format, shop_list, shops
from store.shops.coordinates import Coordinates
from store.shops.details import ShopCode, ShopDetails, Text
from store.shops.shop_list import ShopFilter
from store.shops.shops import Shop
from web.responses import json_response

bp = APIBlueprint("console_shops", __name__, url_prefix="/console/api/shops", enable_openapi=False)

_MOVES = {"pause": shops.pause, "resume": shops.resume, "close": shops.close}


class ShopQuery(ListQuery):
    """Which shops are listed. `search` is a part of code, name, address or phone."""

    search: Search = ""
    state: Literal["open", "paused", "closed"] | None = None
    brand: Search | None = None
    region: Search | None = None
    province: Search | None = None
    city: Search | None = None
    shop_type: Search | None = None


class ShopChange(ShopDetails):
    """What changes about a shop; a field that is left out stays. Longitude and latitude come together."""

    lng: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    lat: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    datum: Literal["gcj02", "wgs84", "bd09"] = "gcj02"

    def to_details(self) -> dict[str, Any]:
        """Return the details that were given."""
        names = self.model_fields_set & set(ShopDetails.model_fields)
        columns = self.to_columns()
        return {name: columns[name] for name in names}

    def to_location(self) -> Coordinates | None:
        """Return the position in GCJ-02, or None."""
        if (self.lng is None) != (self.lat is None):
            raise invalid("location", "经度和纬度要一起填写")
        if self.lng is None or self.lat is None:
            return None
        return coordinates.to_gcj02(self.lng, self.lat, self.datum)


class ShopCreation(ShopChange):
    """A new shop."""

    code: ShopCode
    name: Text = Field(min_length=1, max_length=60)


@bp.get("")
@staff_required("shops.read")
@bp.input(ShopQuery, location="query")
def list_shops(caller: StaffCaller, query_data: ShopQuery) -> Response:
    filters = query_data.model_dump(exclude={"page", "page_size", "sort"})
    rows, total = shop_list.list_page(ShopFilter(**filters, shop_ids=caller.shop_ids), query_data.to_page())
    return list_response(map(_to_row, rows), total, query_data)


@bp.get("/choices")
@staff_required("shops.read")
def list_choices(caller: StaffCaller) -> Response:
    """Return the values in use of brand, region, city and the like, for filters and forms."""
    return json_response(shop_list.list_choices(caller.shop_ids))


@bp.get("/<shop_id>")
@staff_required("shops.read")
def get_shop(shop_id: str, caller: StaffCaller) -> Response:
    return json_response(_to_detail(_get(caller, shop_id)))


@bp.post("")
@staff_required("shops.create")
@bp.input(ShopCreation)
def create_shop(caller: StaffCaller, json_data: ShopCreation) -> Response:
    def work() -> dict[str, Any]:
        location = json_data.to_location()
        if location is None:
            raise invalid("location", "请填写位置")
        if caller.shop_ids is not None:
            raise DomainError("forbidden", "您的账号只能管理指定门店，不能新开门店", 403)
        made = shops.create_shop(
            code=json_data.code, name=json_data.name, location=location, **json_data.to_details()
        )
        return _to_detail(made)

    return respond_once(caller, json_data, work, status=201)


@bp.patch("/<shop_id>")
@staff_required("shops.edit")
@bp.input(ShopChange)
def change_shop(shop_id: str, caller: StaffCaller, json_data: ShopChange) -> Response:
    shop = _get(caller, shop_id)

    def work() -> dict[str, Any]:
        found = changes.change(shop, location=json_data.to_location(), details=json_data.to_details())
        return _to_detail(_get(caller, shop_id)) | {"differences": [str(difference) for difference in found]}

    return respond_once(caller, json_data, work)


@bp.post("/<shop_id>/pause", endpoint="pause_shop", defaults={"move": "pause"})
@bp.post("/<shop_id>/resume", endpoint="resume_shop", defaults={"move": "resume"})
@staff_required("shops.edit")
def change_state(shop_id: str, move: str, caller: StaffCaller) -> Response:
    shop = _get(caller, shop_id)
    return respond_once(caller, None, lambda: _to_row(_MOVES[move](shop)))


@bp.post("/<shop_id>/closure")
@staff_required("shops.delete")
def close_shop(shop_id: str, caller: StaffCaller) -> Response:
    """Close a shop finally. Its records stay."""
    shop = _get(caller, shop_id)
    return respond_once(caller, None, lambda: _to_row(shops.close(shop)))


def _get(caller: StaffCaller, shop_id: str) -> Shop:
    shop = shops.get_by_public_id(shop_id)
    caller.ensure_shop(shop.id, subject="该门店")
    return shop


def _to_row(shop: Shop) -> dict[str, Any]:
    names = ("code", "name", "state", "brand", "shop_type", "region", "province", "city", "address", "phone")
    return {"id": shop.public_id, **{name: getattr(shop, name) for name in names}} | {
        "hours_text": shops.hours_text(shop), "created_at": shop.created_at.isoformat(),
    }  # fmt: skip


def _to_detail(shop: Shop) -> dict[str, Any]:
    details = {name: getattr(shop, name) for name in ShopDetails.model_fields}
    return _to_row(shop) | details | {
        "lng": shop.lng, "lat": shop.lat, "week_text": hours_format.format_hours(shop.hours),
        "holidays_text": hours_format.format_holidays(shop.holidays),
    }  # fmt: skip

"""Addresses of the signed-in customer."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field, StringConstraints

from store.addresses import addresses
from store.addresses.addresses import MAX_ADDRESSES, Address
from store.core import ids
from store.shops.coordinates import to_gcj02
from web import idempotency
from web.auth import Caller, login_required
from web.responses import json_response
from web.schemas import OneLine, RequestModel

bp = APIBlueprint("addresses", __name__, tag="地址")

Name = Annotated[OneLine, StringConstraints(min_length=1, max_length=30)]
Datum = Literal["gcj02", "wgs84", "bd09"]
Detail = Annotated[OneLine, StringConstraints(min_length=1, max_length=120)]


class AddressRequest(RequestModel):
    """A new address. `region` is province, city and district by name."""

    name: Name
    phone: OneLine = Field(min_length=5, max_length=30)
    region_code: Annotated[str, StringConstraints(pattern=r"^([0-9]{6})?$")] = ""
    region: Annotated[list[Name], Field(min_length=3, max_length=3)]
    detail: Detail
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    datum: Datum = "gcj02"
    is_default: bool = False


class AddressChange(RequestModel):
    """What shall change of an address."""

    name: Name | None = None
    phone: OneLine | None = Field(default=None, min_length=5, max_length=30)
    region_code: Annotated[str, StringConstraints(pattern=r"^([0-9]{6})?$")] | None = None
    region: Annotated[list[Name], Field(min_length=3, max_length=3)] | None = None
    detail: Detail | None = None
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    datum: Datum = "gcj02"
    is_default: bool | None = None


class AddressResponse(BaseModel):
    """An address of the customer, in clear."""

    id: str
    name: str
    phone: str
    region_code: str
    region: list[str]
    detail: str
    latitude: float | None
    longitude: float | None
    is_default: bool


class AddressesResponse(BaseModel):
    """All addresses, the default first."""

    list: list[AddressResponse]


@bp.get("/api/me/addresses")
@login_required
@bp.doc(summary="我的地址", security="session")
@bp.output(AddressesResponse)
def list_addresses(caller: Caller) -> Response:
    rows = addresses.list_own(caller.customer)
    return json_response(AddressesResponse(list=[_to_response(row) for row in rows]))


@bp.post("/api/me/addresses")
@login_required
@bp.doc(summary="新建地址", security="session", responses={409: f"最多保存 {MAX_ADDRESSES} 个地址"})
@bp.input(AddressRequest)
@bp.output(AddressResponse, status_code=201)
def add_address(caller: Caller, json_data: AddressRequest) -> Response:
    key = ids.public_id("")

    def work() -> AddressResponse:
        row = addresses.add(customer=caller.customer, values=_to_values(json_data.model_dump()), key=key)
        return _to_response(row)

    return json_response(idempotency.run_idempotent(caller.scope, json_data, work), 201)


@bp.patch("/api/me/addresses/<address_id>")
@login_required
@bp.doc(summary="修改地址", security="session", responses={404: "没有该地址"})
@bp.input(AddressChange)
@bp.output(AddressResponse)
def change_address(caller: Caller, address_id: str, json_data: AddressChange) -> Response:
    row = addresses.get_own(caller.customer, address_id)
    sent = json_data.model_dump(exclude_unset=True)
    cleared = ("latitude", "longitude")  # the others keep what they are
    values = _to_values({name: value for name, value in sent.items() if value is not None or name in cleared})

    def work() -> AddressResponse:
        return _to_response(addresses.change(row, values))

    return json_response(idempotency.run_idempotent(caller.scope, json_data, work))


@bp.delete("/api/me/addresses/<address_id>")
@login_required
@bp.doc(summary="删除地址", security="session", responses={404: "没有该地址"})
@bp.output(AddressesResponse)
def remove_address(caller: Caller, address_id: str) -> Response:
    def work() -> AddressesResponse:
        addresses.remove(addresses.get_own(caller.customer, address_id))
        rows = addresses.list_own(caller.customer)
        return AddressesResponse(list=[_to_response(row) for row in rows])

    return json_response(idempotency.run_idempotent(caller.scope, None, work))


def _to_values(sent: dict[str, Any]) -> dict[str, Any]:
    region, datum = sent.pop("region", None), sent.pop("datum", "gcj02")
    if sent.get("latitude") is not None and sent.get("longitude") is not None:
        place = to_gcj02(sent["longitude"], sent["latitude"], datum)
        sent |= {"latitude": place.lat, "longitude": place.lng}
    return {**sent, **(dict(zip(("province", "city", "district"), region, strict=True)) if region else {})}


def _to_response(row: Address) -> AddressResponse:
    names = ("name", "phone", "region_code", "detail", "latitude", "longitude", "is_default")
    return AddressResponse(
        id=row.public_id, region=[row.province, row.city, row.district],
        **{name: getattr(row, name) for name in names},
    )  # fmt: skip

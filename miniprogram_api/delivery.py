"""How the goods of a store can come to a customer: the ways, the fee of a delivery, and the time slots."""

from datetime import datetime

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from store.addresses import addresses
from store.core import errors
from store.delivery import quotes, rules, slots
from store.delivery.quotes import DeliveryQuote
from store.delivery.rules import KIND_LABELS
from store.shops import shops
from store.shops.shops import Shop
from web.auth import Caller, login_optional
from web.responses import json_response
from web.schemas import OPTIONAL_LOGIN, Account, Keyword, RequestModel

bp = APIBlueprint("delivery", __name__, tag="门店")


class FulfilmentsQuery(RequestModel):
    """Where the goods shall come: an own address, or a position."""

    account: Account | None = None
    address_id: Keyword | None = None
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)


class WayResponse(BaseModel):
    """A way of fulfilment; `reason` says why it is not available."""

    kind: str
    label: str
    available: bool
    reason: str


class DeliveryFee(BaseModel):
    """What a delivery to the position costs."""

    fee_fen: int
    minimum_fen: int = Field(description="起送金额")
    free_from_fen: int | None = Field(description="满多少免运费")
    distance_m: int


class SlotResponse(BaseModel):
    """A time slot, and how many orders it still takes."""

    starts_at: datetime
    ends_at: datetime
    left: int


class SlotsResponse(BaseModel):
    """The slots of the coming days by way."""

    pickup: list[SlotResponse]
    delivery: list[SlotResponse]


class FulfilmentsResponse(BaseModel):
    """What a store offers."""

    kinds: list[WayResponse]
    delivery: DeliveryFee | None
    cash_on_delivery: bool
    slots: SlotsResponse


@bp.get("/api/stores/<store_id>/fulfilments")
@login_optional
@bp.doc(summary="自提与配送方式", security=OPTIONAL_LOGIN, responses={404: "没有该门店或地址"})
@bp.input(FulfilmentsQuery, location="query")
@bp.output(FulfilmentsResponse)
def list_fulfilments(caller: Caller, store_id: str, query_data: FulfilmentsQuery) -> Response:
    shop = shops.get_by_public_id(store_id)
    quote, reason = _quote(caller, shop, query_data)
    rule = rules.get(shop)
    ways = [_to_way(shop, kind, reason if kind == "delivery" else "") for kind in KIND_LABELS]
    offered = {way.kind for way in ways if way.available or way.kind == "delivery"}
    listed = {
        kind: [
            SlotResponse(starts_at=slot.starts_at, ends_at=slot.ends_at, left=slot.left)
            for slot in slots.list_slots(shop, kind)
        ]
        if kind in offered
        else []
        for kind in ("pickup", "delivery")
    }
    return json_response(
        FulfilmentsResponse(
            kinds=ways, delivery=_to_fee(quote), cash_on_delivery=rule.cash_on_delivery_on,
            slots=SlotsResponse(**listed),
        )
    )  # fmt: skip


def _quote(caller: Caller, shop: Shop, asked: FulfilmentsQuery) -> tuple[DeliveryQuote | None, str]:
    """Return the quote of the position, or why there is none."""
    latitude, longitude = asked.latitude, asked.longitude
    if asked.address_id is not None:
        if caller.customer is None:
            raise errors.not_found("该地址")
        address = addresses.get_own(caller.customer, asked.address_id)
        latitude, longitude = address.latitude, address.longitude
    try:
        return quotes.quote(shop, latitude=latitude, longitude=longitude), ""
    except errors.DomainError as error:
        is_unknown = error.code == "position_required" and asked.address_id is None
        return None, "" if is_unknown else error.message


def _to_way(shop: Shop, kind: str, reason: str) -> WayResponse:
    if shop.state != "open":
        reason = "门店暂停营业"
    elif not reason:
        try:
            rules.ensure_offered(shop, kind)
        except errors.DomainError as error:
            reason = error.message
    return WayResponse(kind=kind, label=KIND_LABELS[kind], available=not reason, reason=reason)


def _to_fee(quote: DeliveryQuote | None) -> DeliveryFee | None:
    if quote is None:
        return None
    names = ("fee_fen", "minimum_fen", "free_from_fen")
    return DeliveryFee(distance_m=round(quote.distance_m), **{name: getattr(quote, name) for name in names})

"""Favourites (收藏): the stores that the signed-in customer keeps at hand."""

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel

import doors
from doors import answered
from miniprogram_api import repeats
from miniprogram_api.caller import Caller, signed_in
from miniprogram_api.shapes import AskedPage
from miniprogram_api.stores import Stores, cards_of
from store.shop import favourites, shops

door = APIBlueprint("favourites", __name__, tag="收藏")


class Kept(BaseModel):
    """Whether a store is kept now."""

    id: str
    is_favourite: bool


@door.put("/api/me/favourites/stores/<store_id>")
@signed_in
@door.doc(
    summary="收藏门店", security="session", responses={404: "没有该门店", 409: "门店已关店，或收藏已满"}
)
@door.output(Kept)
def add(caller: Caller, store_id: str) -> Response:
    def keep() -> Kept:
        favourites.add(customer=caller.customer, shop=shops.of_public_id(store_id))
        return Kept(id=store_id, is_favourite=True)

    return answered(repeats.once(caller.scope, None, keep))


@door.delete("/api/me/favourites/stores/<store_id>")
@signed_in
@door.doc(summary="取消收藏", security="session", responses={404: "没有该门店"})
@door.output(Kept)
def remove(caller: Caller, store_id: str) -> Response:
    def let_go() -> Kept:
        favourites.remove(customer=caller.customer, shop=shops.of_public_id(store_id))
        return Kept(id=store_id, is_favourite=False)

    return answered(repeats.once(caller.scope, None, let_go))


@door.get("/api/me/favourites/stores")
@signed_in
@door.doc(summary="收藏的门店", security="session")
@door.input(AskedPage, location="query")
@door.output(Stores)
def listing(caller: Caller, query_data: AskedPage) -> Response:
    rows, total = favourites.listing(caller.customer, page=query_data.page, page_size=query_data.page_size)
    cards = cards_of(caller, rows)
    return answered(
        Stores(**doors.page(cards, total=total, page=query_data.page, page_size=query_data.page_size))
    )

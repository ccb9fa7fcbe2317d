"""Won prizes (中奖记录): the winners with their states, parcels, and goods that are given out at a shop."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import StringConstraints

from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from store.activities.content import KIND_LABELS, WAY_LABELS
from store.core import masking
from store.draws import goods_prizes, win_list
from store.draws.win_list import WinFilter
from store.draws.wins import LABELS, Win
from store.tenants import audit
from web.responses import json_response
from web.schemas import OneLine, RequestModel

bp = APIBlueprint(
    "console_draw_prizes", __name__, url_prefix="/console/api/draw-prizes", enable_openapi=False
)


class PrizeQuery(ListQuery):
    """Which wins are listed. `search` is a card number, a phone or a code."""

    search: Search = ""
    activity: Search | None = None
    kind: Literal["cash", "coupon", "points", "goods"] | None = None
    state: Literal["waiting", "claiming", "claimed", "expired"] | None = None


class Parcel(RequestModel):
    """The parcel of a prize."""

    courier: Annotated[OneLine, StringConstraints(min_length=1, max_length=40)]
    tracking_number: Annotated[OneLine, StringConstraints(min_length=1, max_length=40)]


class GivingOut(RequestModel):
    """The code that the winner shows, and the shop by its code."""

    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")]
    activity: Search
    shop: Search


@bp.get("")
@staff_required("draw_prizes.read")
@bp.input(PrizeQuery, location="query")
def list_prizes(caller: StaffCaller, query_data: PrizeQuery) -> Response:
    filters = query_data.model_dump(exclude={"page", "page_size", "sort"})
    rows, total = win_list.list_page(WinFilter(**filters, shop_ids=caller.shop_ids), query_data.to_page())
    return list_response((_to_row(row) for row in rows), total, query_data)


@bp.get("/<prize_id>")
@staff_required("draw_prizes.personal_data")
def get_prize(prize_id: str, caller: StaffCaller) -> Response:
    """Return a won prize with the address in clear. Reading it is in the operation log."""
    win = win_list.get_seen(prize_id, caller.shop_ids)
    contact = goods_prizes.read_contact(win)
    if contact is not None:
        audit.record("profiles.reveal", f"win:{win.public_id}", after={"fields": ["address"]})
    return json_response(_to_row(win) | {"contact": contact})


@bp.post("/<prize_id>/shipment")
@staff_required("draw_prizes.ship")
@bp.input(Parcel)
def ship(prize_id: str, caller: StaffCaller, json_data: Parcel) -> Response:
    win = win_list.get_seen(prize_id, caller.shop_ids)
    return respond_once(caller, json_data, lambda: _to_row(goods_prizes.ship(win, **json_data.model_dump())))


@bp.post("/given-out")
@staff_required("draw_prizes.give_out")
@bp.input(GivingOut)
def give_out(caller: StaffCaller, json_data: GivingOut) -> Response:
    shop = shop_scope.get_shop(caller, json_data.shop)

    def work() -> dict[str, Any]:
        given = goods_prizes.give_out(code=json_data.code, activity_public_id=json_data.activity, shop=shop)
        return _to_row(given)

    return respond_once(caller, json_data, work)


def _to_row(win: Win) -> dict[str, Any]:
    contact = goods_prizes.read_contact(win)
    return {
        "id": win.public_id, "activity": win.activity.name, "activity_id": win.activity.public_id, "name": win.name,
        "kind": win.kind, "kind_label": KIND_LABELS[win.kind], "amount_fen": win.amount_fen or None,
        "card_number": win.member.card_number, "state": win.state, "state_label": LABELS[win.state],
        "way": win.way, "way_label": WAY_LABELS.get(win.way or "", ""), "failure": win.failure,
        "recipient": masking.mask_name(contact["name"]) if contact else "",
        "shop": win.shop.name if win.shop_id else "", "courier": win.courier, "tracking_number": win.tracking_number,
        "won_at": win.won_at.isoformat(), "claimed_at": win.claimed_at.isoformat() if win.claimed_at else None,
    }  # fmt: skip

"""Red packets (红包发放): the list, one by hand, and what staff do with those that wait."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, StringConstraints

import red_packet_calls
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, operation_number, respond_once
from console.member_lookup import get_member
from store.core import masking
from store.core.validation import IsoDate
from store.customers.members import Member
from store.red_packets import red_packet_list, red_packets, staff_actions
from store.red_packets.red_packet_list import RedPacketFilter
from store.red_packets.red_packets import LIVE, RedPacket
from web.responses import json_response
from web.schemas import OneLine, RequestModel

bp = APIBlueprint(
    "console_red_packets", __name__, url_prefix="/console/api/red-packets", enable_openapi=False
)

Reason = Annotated[OneLine, StringConstraints(min_length=1, max_length=80)]
Text = Annotated[OneLine, StringConstraints(min_length=1, max_length=128)]


class RedPacketQuery(ListQuery):
    """Which red packets are listed. `search` is a number, or the card, phone or name of a member."""

    search: Search = ""
    state: Literal["requested", "sending", "sent", "received", "returned", "failed"] | None = None
    way: Literal["red_packet", "transfer"] | None = None
    purpose: Literal["draw", "activity", "manual"] | None = None
    held: bool = False
    since: IsoDate | None = None
    until: IsoDate | None = None


class RedPacketOrder(RequestModel):
    """A red packet that staff give to a member."""

    card: Annotated[OneLine, StringConstraints(min_length=1, max_length=40)]
    amount_fen: int = Field(ge=1, le=499_900)
    title: Annotated[OneLine, StringConstraints(min_length=1, max_length=32)]
    wishing: Text


class Ending(RequestModel):
    """Why a red packet is given up."""

    reason: Reason


@bp.get("")
@staff_required("red_packets.read")
@bp.input(RedPacketQuery, location="query")
def list_red_packets(caller: StaffCaller, query_data: RedPacketQuery) -> Response:
    asked = query_data.model_dump(exclude={"page", "page_size", "sort"})
    rows, total = red_packet_list.list_page(
        RedPacketFilter(**asked, shop_ids=caller.shop_ids), query_data.to_page()
    )
    members = red_packet_list.read_members(rows)
    return list_response((_to_row(row, members) for row in rows), total, query_data)


@bp.post("")
@staff_required("red_packets.create")
@bp.input(RedPacketOrder)
def send_red_packet(caller: StaffCaller, json_data: RedPacketOrder) -> Response:
    customer = get_member(caller, json_data.card).customer
    facts = json_data.model_dump(exclude={"card"})
    key = operation_number(caller, prefix="manual:")

    def work() -> dict[str, Any]:
        return _to_own_row(staff_actions.send(customer=customer, key=key, **facts))

    return respond_once(caller, json_data, work, status=201)


@bp.post("/<public_id>/queries")
@staff_required("red_packets.edit")
def query_red_packet(public_id: str, caller: StaffCaller) -> Response:
    """Return a red packet after it was sent or queried at once."""
    return json_response(_to_own_row(red_packet_calls.follow(_get_seen(caller, public_id))))


@bp.post("/<public_id>/retries")
@staff_required("red_packets.edit")
def retry_red_packet(public_id: str, caller: StaffCaller) -> Response:
    _get_seen(caller, public_id)
    return respond_once(caller, None, lambda: _to_own_row(staff_actions.retry(public_id=public_id)))


@bp.post("/<public_id>/ending")
@staff_required("red_packets.edit")
@bp.input(Ending)
def end_red_packet(public_id: str, caller: StaffCaller, json_data: Ending) -> Response:
    _get_seen(caller, public_id)

    def work() -> dict[str, Any]:
        return _to_own_row(staff_actions.give_up(public_id=public_id, reason=json_data.reason))

    return respond_once(caller, json_data, work)


def _get_seen(caller: StaffCaller, public_id: str) -> RedPacket:
    row = red_packets.get_by_public_id(public_id)
    red_packet_list.ensure_seen(row, caller.shop_ids)
    return row


def _to_own_row(row: RedPacket) -> dict[str, Any]:
    return _to_row(row, red_packet_list.read_members([row]))


def _to_row(row: RedPacket, members: dict[int, Member]) -> dict[str, Any]:
    member, name = members.get(row.customer_id), row.customer.name
    return {
        "id": row.public_id, "number": row.number, "card_number": member.card_number if member else None,
        "name": masking.mask_name(name) if name else row.customer.nickname, "amount_fen": row.amount_fen,
        "way": row.way, "purpose": row.purpose, "title": row.title, "wishing": row.wishing, "state": row.state,
        "held": row.held, "closing": row.closing, "is_live": row.state in LIVE, "message": row.message,
        "platform_number": row.platform_number, "requested_at": row.requested_at.isoformat(),
        "sent_at": row.sent_at.isoformat() if row.sent_at else None,
        "finished_at": row.finished_at.isoformat() if row.finished_at else None,
    }  # fmt: skip

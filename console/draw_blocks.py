"""Blacklist of draws (抽奖黑名单): who may not draw, and why."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from console.member_lookup import Line, get_member
from store.customers import member_scope
from store.draws import blacklist
from store.draws.blacklist import DrawBlock
from web.schemas import RequestModel

bp = APIBlueprint(
    "console_draw_blocks", __name__, url_prefix="/console/api/draw-blocks", enable_openapi=False
)


class BlockQuery(ListQuery):
    """Who is listed. `search` is a card number or a phone."""

    search: Search = ""


class NewBlock(RequestModel):
    """A member by card number, and why."""

    card_number: Search
    reason: Line


@bp.get("")
@staff_required("draw_blocks.read")
@bp.input(BlockQuery, location="query")
def list_blocks(caller: StaffCaller, query_data: BlockQuery) -> Response:
    rows, total = blacklist.list_page(
        query_data.to_page(), search=query_data.search, shop_ids=caller.shop_ids
    )
    return list_response(map(_to_row, rows), total, query_data)


@bp.post("")
@staff_required("draw_blocks.create")
@bp.input(NewBlock)
def add_block(caller: StaffCaller, json_data: NewBlock) -> Response:
    member = get_member(caller, json_data.card_number)
    return respond_once(
        caller, json_data, lambda: _to_row(blacklist.block(member, reason=json_data.reason)), status=201
    )


@bp.delete("/<int:block_id>")
@staff_required("draw_blocks.delete")
def lift_block(block_id: int, caller: StaffCaller) -> Response:
    row = blacklist.get_by_id(block_id)
    caller.ensure_shop(member_scope.find_shop_id(row.member), subject="该记录")

    def work() -> dict[str, Any]:
        blacklist.lift(row)
        return {"id": str(block_id)}

    return respond_once(caller, None, work)


def _to_row(row: DrawBlock) -> dict[str, Any]:
    return {
        "id": str(row.id), "card_number": row.member.card_number, "reason": row.reason, "by": row.actor,
        "blocked_at": row.blocked_at.isoformat(),
    }  # fmt: skip

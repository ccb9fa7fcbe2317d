"""Member accounts (会员账号): the list with its filters. Names and phones are masked."""

from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response
from store.core.validation import IsoDate
from store.customers import customers, programmes
from store.membership import member_list
from store.membership.member_list import MemberFilter, MemberRow
from store.tiers import tiers
from web.responses import json_response

bp = APIBlueprint("console_members", __name__, url_prefix="/console/api/members", enable_openapi=False)


class MemberQuery(ListQuery):
    """Which members are listed. `search` is a card number, phone, whole name, e-mail or ID number."""

    search: Search = ""
    programme: Search | None = None
    tier: Search | None = None
    source: Search | None = None
    shop: Search | None = None
    status: Literal["active", "frozen", "closed"] | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


@bp.get("")
@staff_required("members.read")
@bp.input(MemberQuery, location="query")
def list_members(caller: StaffCaller, query_data: MemberQuery) -> Response:
    asked = query_data.model_dump(exclude={"page", "page_size", "sort"})
    criteria = MemberFilter(**asked, shop_ids=caller.shop_ids)
    rows, total = member_list.list_page(criteria, query_data.to_page())
    return list_response(map(_to_row, rows), total, query_data)


@bp.get("/filters")
@staff_required("members.read")
def list_filters(caller: StaffCaller) -> Response:
    """Return what the filters of the list offer."""
    found = programmes.list_programmes()
    named = [(programme, tier) for programme in found for tier in tiers.list_tiers(programme.id)]
    return json_response({
        "programmes": [{"value": row.code, "label": row.name} for row in found],
        "tiers": [
            {"value": tier.code, "label": f"{programme.name} {tier.name}" if len(found) > 1 else tier.name}
            for programme, tier in named
        ],
        "sources": [{"value": row.code, "label": row.name} for row in customers.list_sources()],
    })  # fmt: skip


def _to_row(row: MemberRow) -> dict[str, Any]:
    return {
        "card_number": row.card_number, "name": row.name, "phone": row.phone, "shop": row.shop, "tier": row.tier,
        "spent_fen": row.spent_fen, "points_accumulated": row.points_accumulated,
        "points_available": row.points_available, "joined_at": row.joined_at.isoformat(), "status": row.status,
        "programme": row.programme,
    }  # fmt: skip

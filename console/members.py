"""Member accounts (会员账号): the list with its filters. Names and phones are masked."""

from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response

from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from store.core.validation import IsoDate
from store.customers import customers, member_scope, programmes
from store.membership import member_list, registration
from store.membership.member_list import MemberFilter, MemberRow
from store.tiers import tiers
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("console_members", __name__, url_prefix="/console/api/members", enable_openapi=False)


class MemberQuery(ListQuery):
    """Which members are listed. `search` is a card number, phone, part of a name, e-mail or ID number."""

    search: Search = ""
    programme: Search | None = None
    tier: Search | None = None
    source: Search | None = None
    shop: Search | None = None
    status: Literal["active", "frozen", "closed"] | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


class Registration(RequestModel):
    """A new member. `shop` is the code of the shop that registers the member."""

    phone: Search
    shop: Search | None = None


@bp.get("")
@staff_required("members.read")
@bp.input(MemberQuery, location="query")
def list_members(caller: StaffCaller, query_data: MemberQuery) -> Response:
    asked = query_data.model_dump(exclude={"page", "page_size", "sort"})
    criteria = MemberFilter(**asked, shop_ids=caller.shop_ids)
    rows, total = member_list.list_page(criteria, query_data.to_page())
    return list_response(map(_to_row, rows), total, query_data)


@bp.post("")
@staff_required("members.create")
@bp.input(Registration)
def register(caller: StaffCaller, json_data: Registration) -> Response:
    """Register a member at the desk, after the clerk has asked for the consent to the agreements."""
    shop_scope.ensure_named(caller, json_data.shop)
    shop_id = shop_scope.find_shop_id(caller, json_data.shop)

    def work() -> dict[str, Any]:
        member = registration.register_at_desk(phone=json_data.phone, shop_id=shop_id)
        caller.ensure_shop(member_scope.find_shop_id(member), subject="该会员")
        return {"card_number": member.card_number}

    return respond_once(caller, json_data, work, status=201)


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

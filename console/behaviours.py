"""Behaviour records (行为记录): of all members, and of one."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response
from console.member_lookup import get_member
from console.shop_scope import find_shop_id, read_names
from store.core.events import Event
from store.core.validation import IsoDate
from store.customers import profiles
from store.membership import behaviours
from store.membership.behaviours import BehaviourFilter
from store.tenants import channels
from web.responses import json_response

bp = APIBlueprint("console_behaviours", __name__, url_prefix="/console/api", enable_openapi=False)


class MemberBehaviourQuery(ListQuery):
    """Which records of a member are listed."""

    kind: Search | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


class BehaviourQuery(MemberBehaviourQuery):
    """Which records are listed. `search` is a card number, phone or whole name, `shop` a code."""

    search: Search = ""
    shop: Search | None = None


@bp.get("/behaviours")
@staff_required("behaviours.read")
@bp.input(BehaviourQuery, location="query")
def list_behaviours(caller: StaffCaller, query_data: BehaviourQuery) -> Response:
    asked = query_data.model_dump(exclude={"page", "page_size", "sort", "shop"})
    criteria = BehaviourFilter(
        **asked, shop_id=find_shop_id(caller, query_data.shop), shop_ids=caller.shop_ids
    )
    rows, total = behaviours.list_page(criteria, query_data.to_page())
    holders, answered = behaviours.read_members(rows), _to_rows(rows)
    for row, answer in zip(rows, answered, strict=True):
        holder = holders.get(row.customer_id)
        answer["card_number"] = holder and holder.card_number
        answer["name"] = profiles.display_name(holder.customer) if holder else ""
    return list_response(answered, total, query_data)


@bp.get("/behaviours/kinds")
@staff_required("behaviours.read")
def list_kinds(caller: StaffCaller) -> Response:
    """Return the kinds that the filters offer."""
    return json_response([{"value": kind, "label": label} for kind, label in behaviours.LABELS.items()])


@bp.get("/members/<card>/behaviours")
@staff_required("behaviours.read")
@bp.input(MemberBehaviourQuery, location="query")
def list_behaviours_of_member(card: str, caller: StaffCaller, query_data: MemberBehaviourQuery) -> Response:
    criteria = BehaviourFilter(**query_data.model_dump(exclude={"page", "page_size", "sort"}))
    customer = get_member(caller, card).customer
    rows, total = behaviours.list_page_of(customer, criteria, query_data.to_page())
    return list_response(_to_rows(rows), total, query_data)


def _to_rows(rows: list[Event]) -> list[dict[str, Any]]:
    shops = read_names(row.shop_id for row in rows)
    names = {channel.id: channel.name for channel in channels.list_channels()}
    tier_names = behaviours.read_tier_names()
    return [
        {
            "id": str(row.id), "kind": row.kind, "label": behaviours.LABELS[row.kind], "at": row.at.isoformat(),
            "shop": shops.get(row.shop_id), "channel": names.get(row.channel_id),
            "tiers": behaviours.describe_tiers(row, tier_names),
            "facts": behaviours.describe_properties(row),
        }
        for row in rows
    ]  # fmt: skip

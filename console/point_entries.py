"""Point entries (积分记录): the list, and one entry with what it refers to and its relations (积分关系)."""

from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response
from store.core.validation import IsoDate
from store.coupons.coupons import Coupon
from store.customers import member_scope, profiles
from store.points import account_list, entry_list, lot_allocations
from store.points.entry_list import EntryFilter
from store.points.ledger import ENTRY_KINDS, PointEntry
from store.points.lot_allocations import AllocationLine
from store.points.rules import PointMultiplier, PointRule
from web.responses import json_response

bp = APIBlueprint(
    "console_point_entries", __name__, url_prefix="/console/api/point-entries", enable_openapi=False
)


class EntryQuery(ListQuery):
    """Which entries are listed. `search` is a card number, phone, whole name or the number of an order."""

    search: Search = ""
    group: Search | None = None
    kind: Search | None = None
    direction: Literal["increase", "decrease"] | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


@bp.get("")
@staff_required("point_entries.read")
@bp.input(EntryQuery, location="query")
def list_entries(caller: StaffCaller, query_data: EntryQuery) -> Response:
    asked = query_data.model_dump(exclude={"page", "page_size", "sort"})
    rows, total = entry_list.list_page(EntryFilter(**asked, shop_ids=caller.shop_ids), query_data.to_page())
    remaining = entry_list.read_remaining(rows)
    return list_response([_to_row(row, remaining.get(row.id)) for row in rows], total, query_data)


@bp.get("/filters")
@staff_required("point_entries.read")
def list_filters(caller: StaffCaller) -> Response:
    """Return what the filters of the list offer."""
    return json_response({
        "groups": [{"value": code, "label": name} for code, name in account_list.list_group_names()],
        "kinds": [{"value": kind, "label": facts.label} for kind, facts in ENTRY_KINDS.items()],
    })  # fmt: skip


@bp.get("/<int:entry_id>")
@staff_required("point_entries.read")
def get_entry(entry_id: int, caller: StaffCaller) -> Response:
    row = entry_list.get_entry(entry_id)
    caller.ensure_shop(member_scope.find_shop_id(row.account.member), subject="该积分记录")
    found = lot_allocations.get_for_entry(row)
    rule = PointRule.find(id=row.rule_id) if row.rule_id else None
    multiplier = PointMultiplier.find(id=row.multiplier_id) if row.multiplier_id else None
    coupon = Coupon.find(id=row.coupon_id) if row.coupon_id else None
    return json_response({
        **_to_row(row, found.lot.remaining if found.lot else None), "order_line": row.order_line,
        "rule": rule and rule.name, "multiplier": multiplier and multiplier.name, "cost_centre": row.cost_centre,
        "coupon": coupon and coupon.code, "behaviour": row.behaviour, "operator": row.operator, "key": row.key,
        "reverses": row.reverses_id and str(row.reverses_id),
        "sources": [_to_line(line) for line in found.source_lines],
        "uses": [_to_line(line) for line in found.lot_lines],
    })  # fmt: skip


def _to_row(row: PointEntry, remaining: int | None) -> dict[str, Any]:
    member = row.account.member
    return {
        "id": str(row.id), "label": entry_list.describe_kind(row), "kind": row.kind, "card_number": member.card_number,
        "name": profiles.display_name(member.customer), "group": row.account.group.name, "source": row.source,
        "value": row.signed_value, "remaining": remaining, "upgrade_eligible": row.upgrade_eligible,
        "at": row.at.isoformat(), "effective_at": row.effective_at.isoformat(),
        "expires_at": row.expires_at and row.expires_at.isoformat(), "order_number": row.order_number,
        "reason": row.reason,
    }  # fmt: skip


def _to_line(line: AllocationLine) -> dict[str, Any]:
    return {
        "id": str(line.entry.id), "label": entry_list.describe_kind(line.entry), "at": line.entry.at.isoformat(),
        "value": line.value,
    }  # fmt: skip

"""Tier records (会员等级) of all members: the list with its filters."""

from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response
from store.core.validation import IsoDate
from store.customers import profiles
from store.tiers import descriptions, record_list
from store.tiers.record_list import RecordFilter
from store.tiers.tiers import TierRecord

bp = APIBlueprint(
    "console_tier_records", __name__, url_prefix="/console/api/tier-records", enable_openapi=False
)


class RecordQuery(ListQuery):
    """Which records are listed. `tier` is a part of a tier's name, `search` a card number, phone or whole name."""

    tier: Search = ""
    search: Search = ""
    kind: Literal["joined", "upgraded", "retained", "downgraded"] | None = None
    state: Literal["active", "ended"] | None = None
    way: Literal["automatic", "manual"] | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


@bp.get("")
@staff_required("tier_records.read")
@bp.input(RecordQuery, location="query")
def list_records(caller: StaffCaller, query_data: RecordQuery) -> Response:
    criteria = RecordFilter(
        tier=query_data.tier, search=query_data.search, kind=query_data.kind, since=query_data.since,
        until=query_data.until, active=query_data.state and query_data.state == "active",
        by_hand=query_data.way and query_data.way == "manual", shop_ids=caller.shop_ids,
    )  # fmt: skip
    rows, total = record_list.list_page(criteria, query_data.to_page())
    return list_response(map(_to_row, rows), total, query_data)


def _to_row(row: TierRecord) -> dict[str, Any]:
    return {
        "id": str(row.id), "tier": row.tier.name, "card_number": row.member.card_number,
        "name": profiles.display_name(row.member.customer), "kind": row.kind,
        "way": "manual" if row.operator else "automatic", "operator": row.operator,
        "explanation": descriptions.describe_reason(row, with_reason=True), "started_at": row.started_at.isoformat(),
        "ends_at": (row.ended_at or row.valid_until) and (row.ended_at or row.valid_until).isoformat(),
        "state": "ended" if row.ended_at else "active",
    }  # fmt: skip

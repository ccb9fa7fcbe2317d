"""The marketing calendar (营销日历): coupons, activities, promotions and the like, by day."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from console.auth import StaffCaller, staff_required
from console.lists import Search
from store.core.validation import IsoDate
from store.insight import marketing_calendar
from store.insight.marketing_calendar import CHANNEL_LABELS, KINDS, STATE_LABELS, CalendarFilter, Entry
from store.tenants import business_days
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint(
    "console_marketing_calendar", __name__, url_prefix="/console/api/marketing-calendar", enable_openapi=False
)


class CalendarQuery(RequestModel):
    """The days that are shown, both included, and which entries."""

    since: IsoDate
    until: IsoDate
    kind: Search | None = None
    channel: Search | None = None
    state: Search | None = None


@bp.get("")
@staff_required("marketing_calendar.read")
@bp.input(CalendarQuery, location="query")
def get_calendar(caller: StaffCaller, query_data: CalendarQuery) -> Response:
    """Return the entries of the kinds that the account may see."""
    criteria = CalendarFilter(
        query_data.since, query_data.until, caller.rights, caller.shop_ids,
        kind=query_data.kind or None, channel=query_data.channel or None, state=query_data.state or None,
    )  # fmt: skip
    found, is_cut = marketing_calendar.list_entries(criteria)
    return json_response({
        "today": business_days.today().isoformat(), "is_cut": is_cut,
        "entries": [_to_entry(kind, entry) for kind, entry in found],
    })  # fmt: skip


@bp.get("/options")
@staff_required("marketing_calendar.read")
def get_options(caller: StaffCaller) -> Response:
    """Return the choices of the filters, each as value and label."""
    return json_response({
        "kinds": [_option(key, KINDS[key].title) for key in marketing_calendar.list_kinds(caller.rights)],
        "channels": [_option(*pair) for pair in CHANNEL_LABELS.items()],
        "states": [_option(*pair) for pair in STATE_LABELS.items()],
    })  # fmt: skip


def _to_entry(kind: str, entry: Entry) -> dict[str, Any]:
    shown = KINDS[kind]
    return {
        "kind": kind, "kind_title": shown.title, "path": f"{shown.path}/{entry.subject}", "title": entry.title,
        "first_day": entry.first_day.isoformat(),
        "last_day": entry.last_day.isoformat() if entry.last_day else None,
        "state": entry.state, "channels": "、".join(CHANNEL_LABELS[one] for one in entry.channels) or "全部渠道",
    }  # fmt: skip


def _option(value: str, label: str) -> dict[str, str]:
    return {"value": value, "label": label}

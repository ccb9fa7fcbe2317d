"""The home page (主页): today's figures beside yesterday and a week ago, the last 30 days, and what waits for me."""

from datetime import date, timedelta
from typing import Any

from apiflask import APIBlueprint
from flask import Response

from console.auth import StaffCaller, staff_required
from store.core import cache
from store.insight import daily_figures, waiting_work
from store.insight.daily_figures import Figure
from store.tenants import business_days
from web.responses import json_response

bp = APIBlueprint("console_home", __name__, url_prefix="/console/api/home", enable_openapi=False)

TREND_DAYS = 30
# Where what waits is listed. The page shows no link while it has no page of that path.
_PATHS = {
    "new_orders": "/shop-orders?state=placed", "overdue_pickups": "/shop-orders?overdue=yes",
    "invoice_requests": "/invoice-requests?state=wanted",
    "approvals": "/approvals", "point_adjustments": "/approvals", "order_changes": "/approvals",
    "promotions": "/approvals",
    "refunds": "/refunds?state=abnormal", "refund_requests": "/refund-requests?state=open",
    "shifts": "/shifts", "low_stock": "/stock-warnings",
    "appointment_requests": "/appointments?state=requested", "reservations": "/reservations?state=submitted",
    "red_packets": "/red-packets?held=true", "pack_cards": "/pack-cards?problem=yes",
    "card_applications": "/card-applications?state=submitted",
    "card_mailings": "/card-applications?state=approved", "card_upgrades": "/card-upgrades",
    "dead_letters": "/outbox", "failed_jobs": "/outbox",
}  # fmt: skip


@bp.get("")
@staff_required("home.read")
def get_home(caller: StaffCaller) -> Response:
    """Return the figures of today, yesterday and the same day of last week, and what waits."""
    today = business_days.today()
    days = {
        "today": today,
        "yesterday": today - timedelta(days=1),
        "last_week": today - timedelta(days=7),
    }
    found = daily_figures.read_days(days.values(), shop_ids=caller.shop_ids, rights=caller.rights)
    waiting = waiting_work.list_waiting(
        login=caller.account.login, shop_ids=caller.shop_ids, rights=caller.rights
    )
    return json_response({
        "day": today.isoformat(),
        "figures": [
            _to_figure(figure) | {name: values[day] for name, day in days.items()}
            for figure, values in found.items()
        ],
        "waiting": [
            {"key": work.key, "title": work.title, "definition": work.definition, "count": count,
             "path": _PATHS[work.key]}
            for work, count in waiting
        ],
    })  # fmt: skip


@bp.get("/trend")
@staff_required("home.read")
def get_trend(caller: StaffCaller) -> Response:
    """Return the figures of the last 30 days, today included. Those of past days may be a minute old."""
    today = business_days.today()
    days = [today - timedelta(days=back) for back in reversed(range(TREND_DAYS))]
    past = _read_past(tuple(days[:-1]), caller.shop_ids, caller.rights)
    found = daily_figures.read_days([today], shop_ids=caller.shop_ids, rights=caller.rights)
    return json_response({
        "days": [day.isoformat() for day in days],
        "series": [
            _to_figure(figure) | {"values": [*(past[figure][day] for day in days[:-1]), values[today]]}
            for figure, values in found.items()
        ],
    })  # fmt: skip


@cache.cached(ttl_s=60)
def _read_past(
    days: tuple[date, ...], shop_ids: frozenset[int] | None, rights: frozenset[str]
) -> dict[Figure, dict[date, int]]:
    return daily_figures.read_days(days, shop_ids=shop_ids, rights=rights)


def _to_figure(figure: Figure) -> dict[str, Any]:
    return {
        "key": figure.key, "title": figure.title, "unit": figure.unit, "definition": figure.definition,
    }  # fmt: skip

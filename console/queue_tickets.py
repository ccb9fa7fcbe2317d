"""Tickets of the queues (排队记录): the list. They are called at the till."""

from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response

from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response
from store.core.validation import IsoDate
from store.queues import ticket_list
from store.queues.ticket_list import TicketFilter
from store.queues.tickets import STATE_LABELS, QueueTicket

bp = APIBlueprint(
    "console_queue_tickets", __name__, url_prefix="/console/api/queue-tickets", enable_openapi=False
)


class TicketQuery(ListQuery):
    """Which tickets are listed. `search` is a number such as A001. `shop` is a code."""

    search: Search = ""
    shop: Search | None = None
    state: Literal["waiting", "called", "served", "skipped", "left", "expired"] | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


@bp.get("")
@staff_required("queue_tickets.read")
@bp.input(TicketQuery, location="query")
def list_tickets(caller: StaffCaller, query_data: TicketQuery) -> Response:
    criteria = TicketFilter(
        search=query_data.search, state=query_data.state, shop_id=shop_scope.find_shop_id(caller, query_data.shop),
        first_day=query_data.since, last_day=query_data.until, shop_ids=caller.shop_ids,
    )  # fmt: skip
    rows, total = ticket_list.list_page(criteria, query_data.to_page())
    return list_response(map(_to_row, rows), total, query_data)


def _to_row(row: QueueTicket) -> dict[str, Any]:
    return {
        "id": row.public_id, "day": row.day.isoformat(), "code": row.code, "type": row.queue_type.name,
        "shop": row.shop.name, "people": row.people, "state": row.state, "state_label": STATE_LABELS[row.state],
        "calls": row.calls, "taken_at": row.taken_at.isoformat(),
        "called_at": row.called_at.isoformat() if row.called_at else None,
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
    }  # fmt: skip

"""Jobs and deliveries (任务与投递): what the scheduler ran, which deliveries wait, and the replay of dead letters."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, StringConstraints

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from console.task_titles import JOBS, SUBSCRIBERS
from store.core import outbox, scheduled_jobs
from store.core.events import EventDelivery
from store.core.scheduled_jobs import ScheduledJob
from store.core.validation import IsoDate
from store.tenants import deliveries
from store.tenants.deliveries import DeliveryFilter
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("console_outbox", __name__, url_prefix="/console/api/outbox", enable_openapi=False)

Number = Annotated[str, StringConstraints(max_length=20)]


class DeliveryQuery(ListQuery):
    """Which deliveries are listed: see `DeliveryFilter`."""

    search: Search = ""
    state: Literal["pending", "dead", "done", "discarded"] | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


class Chosen(RequestModel):
    """The numbers of the deliveries that a person has chosen."""

    ids: Annotated[list[Number], Field(min_length=1, max_length=deliveries.MAX_BATCH)]


@bp.get("/summary")
@staff_required("outbox.read")
def get_summary(caller: StaffCaller) -> Response:
    """Return how many deliveries wait and are dead, and how many jobs failed at their last run."""
    since = outbox.oldest_due_at()
    return json_response({
        **outbox.count_by_state(), "oldest_due_at": since.isoformat() if since else None,
        "failed_jobs": sum(1 for job in scheduled_jobs.list_jobs() if job.last_error),
    })  # fmt: skip


@bp.get("/jobs")
@staff_required("outbox.read")
def list_jobs(caller: StaffCaller) -> Response:
    return json_response({"list": [_to_job(job) for job in scheduled_jobs.list_jobs()]})


@bp.get("/deliveries")
@staff_required("outbox.read")
@bp.input(DeliveryQuery, location="query")
def list_deliveries(caller: StaffCaller, query_data: DeliveryQuery) -> Response:
    asked = query_data.model_dump(exclude={"page", "page_size", "sort"})
    criteria = DeliveryFilter(**asked, shop_ids=caller.shop_ids)
    rows, total = deliveries.list_deliveries(criteria, query_data.to_page())
    return list_response(map(_to_row, rows), total, query_data)


@bp.get("/deliveries/<delivery_id>")
@staff_required("outbox.read")
def get_delivery(delivery_id: str, caller: StaffCaller) -> Response:
    row = deliveries.get_delivery(delivery_id, shop_ids=caller.shop_ids)
    return json_response({**_to_row(row), "event_id": str(row.event_id), "properties": row.event.properties})


@bp.post("/replays")
@staff_required("outbox.replay")
@bp.input(Chosen)
def replay_deliveries(caller: StaffCaller, json_data: Chosen) -> Response:
    """Make dead letters pending again. Responds with how many there were."""
    return respond_once(
        caller, json_data, lambda: {"count": deliveries.replay(_get_chosen(caller, json_data))}
    )


@bp.post("/discards")
@staff_required("outbox.discard")
@bp.input(Chosen)
def discard_deliveries(caller: StaffCaller, json_data: Chosen) -> Response:
    """Give up dead letters. Responds with how many there were."""
    return respond_once(
        caller, json_data, lambda: {"count": deliveries.discard(_get_chosen(caller, json_data))}
    )


def _get_chosen(caller: StaffCaller, chosen: Chosen) -> list[EventDelivery]:
    return [deliveries.get_delivery(number, shop_ids=caller.shop_ids) for number in chosen.ids]


def _to_job(job: ScheduledJob) -> dict[str, Any]:
    moments = {
        name: value.isoformat() if (value := getattr(job, name)) else None
        for name in ("next_at", "last_started_at", "last_finished_at")
    }
    state = "failed" if job.last_error else "done" if job.last_finished_at else "new"
    return {
        "id": job.name, "title": JOBS.get(job.name, job.name), "every_s": job.every_s, "state": state, **moments,
        "error": job.last_error,
    }  # fmt: skip


def _to_row(row: EventDelivery) -> dict[str, Any]:
    return {
        "id": str(row.id), "kind": row.event.kind, "key": row.event.key, "at": row.event.at.isoformat(),
        "subscriber": row.subscriber, "title": SUBSCRIBERS.get(row.subscriber, row.subscriber), "state": row.state,
        "attempts": row.attempts, "due_at": row.due_at.isoformat(), "error": row.error,
        "done_at": row.done_at.isoformat() if row.done_at else None,
    }  # fmt: skip

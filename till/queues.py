"""The queue at a till (排队): tickets for persons in the shop, calls, and how a ticket ends."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field, StringConstraints

from store.queues import calls, queue_types, screen, tickets
from store.queues.calls import MAX_CALLS
from store.queues.queue_types import MAX_PEOPLE
from store.queues.tickets import STATE_LABELS, QueueTicket
from till.auth import ERRORS, TillCaller, till_session_required
from web import idempotency
from web.responses import json_response
from web.schemas import OneLine, RequestModel

bp = APIBlueprint("till_queues", __name__, tag="收银台", url_prefix="/till")

TICKET_ERRORS = ERRORS | {404: "没有该排队", 409: "状态不允许，或已有其他收银台叫号"}


class TillTicketRequest(RequestModel):
    """How many people come, where the type asks."""

    people: int | None = Field(default=None, ge=1, le=MAX_PEOPLE)


class CallRequest(RequestModel):
    """The code that this till has seen as called last, empty if none."""

    after: Annotated[OneLine, StringConstraints(max_length=10)] = ""


class RepeatedCallRequest(RequestModel):
    """How often the ticket was called, as this till has seen."""

    calls: int = Field(ge=0, le=MAX_CALLS)


class TillTicket(BaseModel):
    """A ticket of the shop."""

    id: str
    code: str
    state: str
    state_label: str
    queue_id: str
    people: int | None
    calls: int
    can_skip: bool


class TillQueue(BaseModel):
    """A type with how many wait."""

    id: str
    letter: str
    name: str
    min_people: int | None
    max_people: int | None
    is_on: bool
    waiting: int
    last_code: str


class TillQueuesResponse(BaseModel):
    """The queue of the shop, and the tickets that are called now."""

    list: list[TillQueue]
    called: list[TillTicket]


@bp.get("/queues")
@till_session_required
@bp.doc(summary="本店的排队", security="till", responses=ERRORS)
@bp.output(TillQueuesResponse)
def list_shop_queues(caller: TillCaller) -> Response:
    found = screen.read(caller.shop)
    names = ("letter", "name", "min_people", "max_people", "is_on")
    types = [
        TillQueue(
            id=one.queue_type.public_id, waiting=one.waiting, last_code=one.last_code,
            **{name: getattr(one.queue_type, name) for name in names},
        )
        for one in found.types
    ]  # fmt: skip
    return json_response(TillQueuesResponse(list=types, called=[_to_ticket(row) for row in found.called]))


@bp.post("/queues/<queue_id>/tickets")
@till_session_required
@bp.doc(summary="店内取号", security="till", responses=TICKET_ERRORS)
@bp.input(TillTicketRequest)
@bp.output(TillTicket, status_code=201)
def take_shop_ticket(caller: TillCaller, queue_id: str, json_data: TillTicketRequest) -> Response:
    caller.authorize("sell")
    kind, key = queue_types.get_of_shop(caller.shop.id, queue_id), caller.operation_key("ticket")[-36:]

    def work() -> TillTicket:
        return _to_ticket(tickets.take(queue_type=kind, customer=None, people=json_data.people, key=key))

    return json_response(idempotency.run_idempotent(caller.scope, json_data, work), 201)


@bp.post("/queues/<queue_id>/calls")
@till_session_required
@bp.doc(summary="叫下一位", security="till", responses=TICKET_ERRORS)
@bp.input(CallRequest)
@bp.output(TillTicket)
def call_next_ticket(caller: TillCaller, queue_id: str, json_data: CallRequest) -> Response:
    caller.authorize("sell")
    kind = queue_types.get_of_shop(caller.shop.id, queue_id)

    def work() -> TillTicket:
        return _to_ticket(calls.call_next(kind, after=json_data.after))

    return json_response(idempotency.run_idempotent(caller.scope, json_data, work))


@bp.post("/queue-tickets/<ticket_id>/calls")
@till_session_required
@bp.doc(summary="再叫一次", description="最多叫三次。", security="till", responses=TICKET_ERRORS)
@bp.input(RepeatedCallRequest)
@bp.output(TillTicket)
def call_ticket_again(caller: TillCaller, ticket_id: str, json_data: RepeatedCallRequest) -> Response:
    return _move(caller, ticket_id, json_data, partial(calls.call_again, calls=json_data.calls))


@bp.post("/queue-tickets/<ticket_id>/arrival")
@till_session_required
@bp.doc(summary="就位", security="till", responses=TICKET_ERRORS)
@bp.output(TillTicket)
def serve_ticket(caller: TillCaller, ticket_id: str) -> Response:
    return _move(caller, ticket_id, None, calls.serve)


@bp.post("/queue-tickets/<ticket_id>/skip")
@till_session_required
@bp.doc(summary="过号", description="叫满三次才能过号。", security="till", responses=TICKET_ERRORS)
@bp.output(TillTicket)
def skip_ticket(caller: TillCaller, ticket_id: str) -> Response:
    return _move(caller, ticket_id, None, calls.skip)


def _move(
    caller: TillCaller, ticket_id: str, body: RequestModel | None, move: Callable[[QueueTicket], QueueTicket]
) -> Response:
    """Run a step of a ticket of the caller's shop once."""
    caller.authorize("sell")
    row = tickets.get_of_shop(caller.shop.id, ticket_id)
    return json_response(idempotency.run_idempotent(caller.scope, body, lambda: _to_ticket(move(row))))


def _to_ticket(row: QueueTicket) -> TillTicket:
    return TillTicket(
        id=row.public_id, code=row.code, state=row.state, state_label=STATE_LABELS[row.state],
        queue_id=row.queue_type.public_id, people=row.people, calls=row.calls,
        can_skip=row.state == "called" and row.calls >= MAX_CALLS,
    )  # fmt: skip

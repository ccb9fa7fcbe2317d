"""Queues (排队): the types of a store with how many wait, the screen, and the customer's tickets of today."""

from datetime import datetime

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

import platform_clients
from miniprogram_api import images
from store.core import ids
from store.queues import calls, queue_types, screen, tickets
from store.queues.queue_types import MAX_PEOPLE
from store.queues.screen import QueueState
from store.queues.tickets import LIVE, STATE_LABELS, QueueTicket
from store.shops import shops
from web import idempotency
from web.auth import Caller, login_optional, login_required
from web.responses import json_response
from web.schemas import OPTIONAL_LOGIN, Account, Keyword, RequestModel

bp = APIBlueprint("queues", __name__, tag="排队")


class QueuesQuery(RequestModel):
    """Of which store."""

    store_id: Keyword = Field(min_length=1, description="门店 id")
    account: Account | None = None


class QueueResponse(BaseModel):
    """A type of the queue. Without people the customer says nothing about them."""

    id: str
    letter: str
    name: str
    min_people: int | None
    max_people: int | None
    is_on: bool
    waiting: int
    last_code: str = Field(description="今天最后叫到的号码，没有时为空")


class QueuesResponse(BaseModel):
    """The queue of a store, and the codes that are called now."""

    store_name: str
    list: list[QueueResponse]
    called: list[str]


class QueueCodeResponse(BaseModel):
    """The page on which customers take a number, and its QR code as a data URL."""

    url: str
    qr_code: str


class TicketRequest(RequestModel):
    """A type, and how many people come."""

    queue_id: Keyword = Field(min_length=1)
    people: int | None = Field(default=None, ge=1, le=MAX_PEOPLE)


class TicketResponse(BaseModel):
    """A ticket of today with its position."""

    id: str
    code: str
    state: str
    state_label: str
    queue_name: str
    store_id: str
    store_name: str
    people: int | None
    ahead: int = Field(description="前面等待的人数")
    calls: int = Field(description="已叫次数")
    taken_at: datetime
    can_leave: bool


class TicketsResponse(BaseModel):
    """The tickets of today, the latest first."""

    list: list[TicketResponse]


@bp.get("/api/queues")
@login_optional
@bp.doc(summary="门店的排队", security=OPTIONAL_LOGIN, responses={404: "没有该门店"})
@bp.input(QueuesQuery, location="query")
@bp.output(QueuesResponse)
def list_queues(caller: Caller, query_data: QueuesQuery) -> Response:
    shop = shops.get_by_public_id(query_data.store_id)
    found = screen.read(shop, offered_only=True)
    return json_response(
        QueuesResponse(
            store_name=shop.name, list=[_to_queue(one) for one in found.types],
            called=[row.code for row in found.called],
        )
    )  # fmt: skip


@bp.get("/api/queues/code")
@login_optional
@bp.doc(summary="门店取号二维码", security=OPTIONAL_LOGIN, responses={404: "没有该门店"})
@bp.input(QueuesQuery, location="query")
@bp.output(QueueCodeResponse)
def get_queue_code(caller: Caller, query_data: QueuesQuery) -> Response:
    shop = shops.get_by_public_id(query_data.store_id)
    account = query_data.account or caller.channel.key
    url = platform_clients.to_absolute_url(f"/m/stores/{shop.public_id}/queue?a={account}")
    return json_response(QueueCodeResponse(url=url, qr_code=images.to_qr_data_url(url)))


@bp.get("/api/me/queue-tickets")
@login_required
@bp.doc(summary="我今天的排队号", security="session")
@bp.output(TicketsResponse)
def list_tickets(caller: Caller) -> Response:
    return json_response(
        TicketsResponse(list=[_to_ticket(row) for row in tickets.list_own_of_day(caller.customer)])
    )


@bp.post("/api/me/queue-tickets")
@login_required
@bp.doc(summary="取号", security="session", responses={404: "没有该排队", 409: "暂停取号，或已取号"})
@bp.input(TicketRequest)
@bp.output(TicketResponse, status_code=201)
def take_ticket(caller: Caller, json_data: TicketRequest) -> Response:
    key = ids.public_id("")

    def work() -> TicketResponse:
        kind = queue_types.get_by_public_id(json_data.queue_id)
        return _to_ticket(
            tickets.take(queue_type=kind, customer=caller.customer, people=json_data.people, key=key)
        )

    return json_response(idempotency.run_idempotent(caller.scope, json_data, work), 201)


@bp.delete("/api/me/queue-tickets/<ticket_id>")
@login_required
@bp.doc(summary="取消排队", security="session", responses={404: "没有该排队号", 409: "已不能取消"})
@bp.output(TicketResponse)
def leave_queue(caller: Caller, ticket_id: str) -> Response:
    row = tickets.get_own(caller.customer, ticket_id)
    return json_response(idempotency.run_idempotent(caller.scope, None, lambda: _to_ticket(calls.leave(row))))


def _to_queue(found: QueueState) -> QueueResponse:
    names = ("letter", "name", "min_people", "max_people", "is_on")
    return QueueResponse(
        id=found.queue_type.public_id, waiting=found.waiting, last_code=found.last_code,
        **{name: getattr(found.queue_type, name) for name in names},
    )  # fmt: skip


def _to_ticket(row: QueueTicket) -> TicketResponse:
    return TicketResponse(
        id=row.public_id, code=row.code, state=row.state, state_label=STATE_LABELS[row.state],
        queue_name=row.queue_type.name, store_id=row.shop.public_id, store_name=row.shop.name, people=row.people,
        ahead=tickets.count_ahead(row), calls=row.calls, taken_at=row.taken_at, can_leave=row.state in LIVE,
    )  # fmt: skip

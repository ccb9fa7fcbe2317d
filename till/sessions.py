"""Sessions of a till: a cashier signs in at a terminal, and out again."""

from datetime import datetime
from typing import Annotated

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field, StringConstraints

from store.points.payments import PointPaymentSettings
from store.tenants import settings
from store.tills import sessions as till_sessions
from store.tills import shifts
from store.tills.cashiers import Cashier
from store.tills.sessions import OpenedSession
from store.tills.terminals import Terminal
from store.tills.till_settings import TillSettings
from till.auth import TillCaller, till_session_required, use_tenant_of
from till.shifts import ShiftResponse, to_shift_response
from web import idempotency, request_context
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("till_sessions", __name__, tag="收银台", url_prefix="/till")

Number = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")]


class SignInRequest(RequestModel):
    """`secret` is what `flask terminals add` printed; it names the company."""

    terminal: Number
    secret: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[!-~]+$")]
    cashier: Number
    pin: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


class Store(BaseModel):
    """The shop of a terminal."""

    id: str
    name: str


class TerminalSummary(BaseModel):
    """A terminal with its shop."""

    code: str
    name: str
    store: Store


class CashierSummary(BaseModel):
    """A cashier with the rights: sell, lower_price, round_down, refund, top_up, adjust_points, manager."""

    number: str
    name: str
    rights: list[str]


class TillSessionOpened(BaseModel):
    """A session: its token is shown this once."""

    token: str
    expires_at: datetime
    terminal: TerminalSummary
    cashier: CashierSummary


class SessionSettings(BaseModel):
    """What the till shows by."""

    round_down_to_fen: int
    paper_columns: int
    points_per_yuan: int


class TillSessionResponse(BaseModel):
    """The current session."""

    expires_at: datetime
    terminal: TerminalSummary
    cashier: CashierSummary
    shift: ShiftResponse | None = Field(description="当前班次，未开班为 null")
    settings: SessionSettings


class SignOutResponse(BaseModel):
    """The session is over."""

    closed: bool = True


@bp.post("/sessions")
@bp.doc(summary="收银台登录", responses={401: "终端或收银员不正确", 429: "过于频繁，或密码已锁定"})
@bp.input(SignInRequest)
@bp.output(TillSessionOpened, status_code=201)
def sign_in(json_data: SignInRequest) -> Response:
    with use_tenant_of(json_data.secret):
        till_sessions.check_sign_in_limit(request_context.client_ip())
        opened = idempotency.run_idempotent_with_proof(
            f"sign-in:{till_sessions.hash_token(json_data.secret)[:32]}",
            json_data,
            prove=lambda: till_sessions.verify(
                terminal_code=json_data.terminal,
                secret=json_data.secret,
                cashier_number=json_data.cashier,
                pin=json_data.pin,
            ),
            work=lambda sign_in: _to_opened(till_sessions.open_session(sign_in)),
        )
        return json_response(opened, 201)


@bp.get("/session")
@till_session_required
@bp.doc(summary="当前登录", security="till")
@bp.output(TillSessionResponse)
def get_till_session(caller: TillCaller) -> Response:
    rules, shift = settings.read(TillSettings), shifts.find_current(caller.terminal)
    return json_response(
        TillSessionResponse(
            expires_at=caller.session.expires_at,
            terminal=_to_terminal(caller.terminal),
            cashier=_to_cashier(caller.cashier),
            shift=to_shift_response(shift) if shift else None,
            settings=SessionSettings(
                round_down_to_fen=rules.round_down_to_fen,
                paper_columns=rules.paper_columns,
                points_per_yuan=settings.read(PointPaymentSettings).points_per_yuan,
            ),
        )
    )


@bp.delete("/session")
@till_session_required
@bp.doc(summary="收银台退出", security="till")
@bp.output(SignOutResponse)
def sign_out(caller: TillCaller) -> Response:
    till_sessions.close(caller.session)
    return json_response(SignOutResponse())


def _to_opened(opened: OpenedSession) -> TillSessionOpened:
    session = opened.session
    return TillSessionOpened(
        token=opened.token,
        expires_at=session.expires_at,
        terminal=_to_terminal(session.terminal),
        cashier=_to_cashier(session.cashier),
    )


def _to_terminal(terminal: Terminal) -> TerminalSummary:
    return TerminalSummary(
        code=terminal.code,
        name=terminal.name,
        store=Store(id=terminal.shop.public_id, name=terminal.shop.name),
    )


def _to_cashier(cashier: Cashier) -> CashierSummary:
    return CashierSummary(number=cashier.number, name=cashier.name, rights=cashier.rights)

"""Agreements and consents: the texts of the tenant, and what the signed-in customer has accepted."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, TypeVar

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from store.core import input_limits
from store.core.errors import invalid
from store.customers import consents
from store.tenants import agreements
from web import idempotency
from web.auth import Caller, login_optional, login_required
from web.responses import json_response
from web.schemas import OPTIONAL_LOGIN, Account, RequestModel

bp = APIBlueprint("agreements", __name__, tag="协议与同意")

T = TypeVar("T")
Version = Annotated[int, Field(ge=1, le=input_limits.MAX_COUNT)]


class AgreementsQuery(RequestModel):
    """`account` names the tenant of a visitor who is not signed in."""

    account: Account | None = None


class AgreementResponse(BaseModel):
    """The current version of a text; the built-in one has no time of publication."""

    kind: str = Field(description="terms 用户协议，privacy 隐私政策")
    title: str
    version: int
    text: str
    published_at: datetime | None


class AgreementsResponse(BaseModel):
    """The current version of each text."""

    list: list[AgreementResponse]


class AcceptedVersions(RequestModel):
    """The versions that the person has accepted by ticking a box beside the links to both texts."""

    terms: Version | None = None
    privacy: Version | None = None


class ConsentResponse(BaseModel):
    """The state of the consent to one text; `is_current` says that nothing needs to be accepted."""

    kind: str
    title: str
    current_version: int
    accepted_version: int | None
    accepted_at: datetime | None
    channel: str | None = Field(description="同意时所在的渠道，desk 为门店店员代办")
    is_current: bool


class ConsentsResponse(BaseModel):
    """The state of the consent to each text."""

    list: list[ConsentResponse]


@bp.get("/api/agreements")
@login_optional
@bp.doc(summary="用户协议和隐私政策", description="当前版本的全文。", security=OPTIONAL_LOGIN)
@bp.input(AgreementsQuery, location="query")
@bp.output(AgreementsResponse)
def list_agreements(caller: Caller, query_data: AgreementsQuery) -> Response:
    items = [
        AgreementResponse(
            kind=each.kind, title=each.title, version=each.version, text=each.text, published_at=each.published_at
        )
        for each in agreements.list_current()
    ]  # fmt: skip
    return json_response(AgreementsResponse(list=items))


@bp.get("/api/me/consents")
@login_required
@bp.doc(summary="我同意的协议", security="session")
@bp.output(ConsentsResponse)
def list_consents(caller: Caller) -> Response:
    return json_response(_to_response(caller))


@bp.post("/api/me/consents")
@login_required
@bp.doc(
    summary="同意协议",
    description="版本号须为当前版本，否则答 `agreement_outdated`。",
    security="session",
    responses={409: "协议已更新"},
)
@bp.input(AcceptedVersions)
@bp.output(ConsentsResponse, status_code=201)
def accept_agreements(caller: Caller, json_data: AcceptedVersions) -> Response:
    if not json_data.model_dump(exclude_none=True):
        raise invalid("terms", "请指明同意的协议和版本")

    def accept() -> ConsentsResponse:
        record_consent(caller, json_data)
        return _to_response(caller)

    return json_response(idempotency.run_idempotent(caller.scope, json_data, accept), 201)


def record_consent(caller: Caller, accepted: AcceptedVersions | None) -> None:
    """Record the consent that a request carries, if any."""
    versions = accepted.model_dump(exclude_none=True) if accepted else {}
    if versions:
        consents.accept(caller.customer, versions=versions, channel=caller.channel.kind)


def prove_after_consent(
    caller: Caller, accepted: AcceptedVersions | None, prove: Callable[[], T]
) -> Callable[[], T]:
    """Return a function that proves a phone, but not before all agreements are accepted.

    A phone is personal data, so neither its code nor the platform's code is used before.
    """

    def run() -> T:
        record_consent(caller, accepted)
        consents.ensure_accepted(caller.customer)
        return prove()

    return run


def _to_response(caller: Caller) -> ConsentsResponse:
    return ConsentsResponse(
        list=[
            ConsentResponse(
                kind=status.kind, title=status.title, current_version=status.current_version,
                accepted_version=status.accepted_version, accepted_at=status.accepted_at, channel=status.channel,
                is_current=status.is_current,
            )
            for status in consents.list_statuses(caller.customer)
        ]
    )  # fmt: skip

"""Plastic cards of the signed-in member: application with its steps, report of a loss, activation by a code."""

from datetime import datetime
from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field, StrictBool, StringConstraints

from store.activation_codes import codes
from store.core import ids, masking
from store.customers import members
from store.customers.members import Member
from store.physical_cards import application_steps, applications, cards, losses
from store.physical_cards.applications import LABELS, PURPOSES, CardApplication
from store.physical_cards.cards import PhysicalCard
from store.stored_value import accounts as stored_value_accounts
from web import idempotency, request_context
from web.auth import Caller, login_required
from web.responses import json_response
from web.schemas import OneLine, RequestModel

bp = APIBlueprint("physical_cards", __name__, tag="实体卡")

Name = Annotated[OneLine, StringConstraints(min_length=1, max_length=40)]
District = Annotated[OneLine, StringConstraints(min_length=1, max_length=30)]
Region = Annotated[list[District], Field(min_length=3, max_length=3)]
Detail = Annotated[OneLine, StringConstraints(min_length=1, max_length=120)]
Phone = Annotated[OneLine, StringConstraints(min_length=5, max_length=30)]
Email = Annotated[OneLine, StringConstraints(min_length=1, max_length=120)]
IdNumber = Annotated[OneLine, StringConstraints(min_length=1, max_length=18)]


class ApplicationRequest(RequestModel):
    """What is filled in for a card. `region` is province, city and district by name."""

    purpose: Literal["new", "replacement", "upgrade"] = Field(
        default="new", description="new 申领、replacement 补换、upgrade 升级"
    )
    name: Name
    id_number: IdNumber
    phone: Phone
    email: Email
    region: Region
    detail: Detail


class ApplicationChange(RequestModel):
    """What shall change, until the card is mailed."""

    name: Name | None = None
    id_number: IdNumber | None = None
    phone: Phone | None = None
    email: Email | None = None
    region: Region | None = None
    detail: Detail | None = None


class LossReport(RequestModel):
    """Whether the stored value is frozen as well."""

    freeze_stored_value: StrictBool = False


class ActivationRequest(RequestModel):
    """The number of a card, and the six digits that came with it."""

    number: Annotated[OneLine, StringConstraints(min_length=1, max_length=40)]
    code: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9]{6}$")]


class ApplicationStep(BaseModel):
    """One of the four steps, with its time once it is done."""

    label: str
    at: datetime | None


class ApplicationResponse(BaseModel):
    """An application. `actions` are what the member may do now."""

    number: str
    purpose: str
    purpose_label: str
    kind: str = Field(description="卡种名称")
    state: str
    state_label: str
    reason: str = Field(description="退回原因")
    name: str
    id_number_masked: str
    phone: str
    email: str
    region: list[str]
    detail: str
    courier: str
    tracking_number: str
    steps: list[ApplicationStep]
    actions: list[str]


class CardResponse(BaseModel):
    """A plastic card of the member."""

    number: str
    kind: str
    state: str
    state_label: str
    issued_at: datetime | None
    lost_at: datetime | None


class PhysicalCardsResponse(BaseModel):
    """The cards and applications of the member, the latest first. `can_apply` is null if nothing can be applied for."""

    joined: bool
    can_apply: str | None
    kind: str | None = Field(description="可申领的卡种名称")
    can_report_loss: bool
    has_stored_value: bool
    cards: list[CardResponse]
    list: list[ApplicationResponse]


@bp.get("/api/me/card/applications")
@login_required
@bp.doc(summary="我的实体卡和申领", security="session")
@bp.output(PhysicalCardsResponse)
def list_card_applications(caller: Caller) -> Response:
    return json_response(_to_overview(members.get_or_create(caller.customer)))


@bp.post("/api/me/card/applications")
@login_required
@bp.doc(
    summary="申领实体卡",
    description="审核通过后邮寄，收到并确认后卡号可用。",
    security="session",
    responses={409: "未注册、已有实体卡或进行中的申请"},
)
@bp.input(ApplicationRequest)
@bp.output(ApplicationResponse, status_code=201)
def apply_for_card(caller: Caller, json_data: ApplicationRequest) -> Response:
    member, key = members.get_or_create(caller.customer), ids.public_id("")

    def work() -> ApplicationResponse:
        values = _to_values(json_data.model_dump(exclude={"purpose"}))
        return _to_application(
            applications.submit(member=member, values=values, key=key, purpose=json_data.purpose)
        )

    return json_response(idempotency.run_idempotent(caller.scope, json_data, work), 201)


@bp.patch("/api/me/card/applications/<application>")
@login_required
@bp.doc(
    summary="修改申领资料",
    description="邮寄前可改；被退回的申请修改后重新提交。",
    security="session",
    responses={404: "没有该申请", 409: "已邮寄或已取消"},
)
@bp.input(ApplicationChange)
@bp.output(ApplicationResponse)
def change_card_application(caller: Caller, application: str, json_data: ApplicationChange) -> Response:
    row = applications.get_own(members.get_or_create(caller.customer), application)
    sent = {name: value for name, value in json_data.model_dump().items() if value is not None}

    def work() -> ApplicationResponse:
        return _to_application(applications.change(row, _to_values(sent)))

    return json_response(idempotency.run_idempotent(caller.scope, json_data, work))


@bp.post("/api/me/card/applications/<application>/cancellation")
@login_required
@bp.doc(summary="取消申领", security="session", responses={404: "没有该申请", 409: "已邮寄"})
@bp.output(ApplicationResponse)
def cancel_card_application(caller: Caller, application: str) -> Response:
    row = applications.get_own(members.get_or_create(caller.customer), application)
    cancelled = idempotency.run_idempotent(
        caller.scope, None, lambda: _to_application(applications.cancel(row))
    )
    return json_response(cancelled)


@bp.post("/api/me/card/applications/<application>/receipt")
@login_required
@bp.doc(
    summary="确认收到实体卡",
    description="新卡号即可使用；补换的旧卡号停用。",
    security="session",
    responses={404: "没有该申请", 409: "未邮寄"},
)
@bp.output(ApplicationResponse)
def receive_card(caller: Caller, application: str) -> Response:
    row = applications.get_own(members.get_or_create(caller.customer), application)
    received = idempotency.run_idempotent(
        caller.scope, None, lambda: _to_application(application_steps.receive(row))
    )
    return json_response(received)


@bp.post("/api/me/card/loss-reports")
@login_required
@bp.doc(
    summary="挂失实体卡",
    description="卡号立即停用；可同时冻结储值。解挂请到门店办理。",
    security="session",
    responses={409: "没有可挂失的实体卡"},
)
@bp.input(LossReport)
@bp.output(PhysicalCardsResponse, status_code=201)
def report_card_loss(caller: Caller, json_data: LossReport) -> Response:
    member = members.get_or_create(caller.customer)

    def work() -> PhysicalCardsResponse:
        losses.report(member=member, freeze_stored_value=json_data.freeze_stored_value)
        return _to_overview(members.read_current(member))

    return json_response(idempotency.run_idempotent(caller.scope, json_data, work), 201)


@bp.post("/api/me/card/activations")
@login_required
@bp.doc(
    summary="激活实体卡",
    description="输入卡号和 6 位激活码。激活码只能用一次；同一张卡、同一地址每小时最多试 5 次。",
    security="session",
    responses={409: "未注册或已有实体卡", 422: "卡号或激活码不正确", 429: "尝试次数过多"},
)
@bp.input(ActivationRequest)
@bp.output(PhysicalCardsResponse, status_code=201)
def activate_card(caller: Caller, json_data: ActivationRequest) -> Response:
    member = members.get_or_create(caller.customer)

    def prove() -> PhysicalCard:
        return codes.activate(
            member=member, number=json_data.number, code=json_data.code, address=request_context.client_ip()
        )

    activated = idempotency.run_idempotent_with_proof(
        caller.scope, json_data, prove=prove, work=lambda _: _to_overview(members.read_current(member))
    )
    return json_response(activated, 201)


def _to_values(sent: dict[str, Any]) -> dict[str, Any]:
    region = sent.pop("region", None)
    return {**sent, **(dict(zip(("province", "city", "district"), region, strict=True)) if region else {})}


def _to_overview(member: Member) -> PhysicalCardsResponse:
    rows, mine = applications.list_own(member), cards.list_own(member)
    is_open = any(row.state in applications.OPEN for row in rows)
    offer = None if is_open or member.joined_at is None else applications.preview_purpose(member)
    return PhysicalCardsResponse(
        joined=member.joined_at is not None,
        can_apply=offer[0] if offer else None,
        kind=offer[1].name if offer else None,
        can_report_loss=any(card.state in ("active", "mailed") for card in mine),
        has_stored_value=stored_value_accounts.find_by_member(member) is not None,
        cards=[_to_card(card) for card in mine],
        list=[_to_application(row) for row in rows],
    )


def _to_card(card: PhysicalCard) -> CardResponse:
    return CardResponse(
        number=card.number, kind=card.kind.name, state=card.state, state_label=cards.LABELS[card.state],
        issued_at=card.issued_at, lost_at=card.lost_at,
    )  # fmt: skip


def _to_application(row: CardApplication) -> ApplicationResponse:
    return ApplicationResponse(
        number=row.number, purpose=row.purpose, purpose_label=PURPOSES[row.purpose], kind=row.kind.name,
        state=row.state, state_label=LABELS[row.state], reason=row.reason, name=row.name or "",
        id_number_masked=masking.mask_id_number(row.id_number) if row.id_number else "", phone=row.phone or "",
        email=row.email or "", region=[row.province, row.city, row.district], detail=row.detail or "",
        courier=row.courier, tracking_number=row.tracking_number, steps=_list_steps(row), actions=_list_actions(row),
    )  # fmt: skip


def _list_steps(row: CardApplication) -> list[ApplicationStep]:
    """Return the four steps; one that was sent back waits at the second."""
    reviewed = "已退回" if row.state == "rejected" else "审核通过"
    moments = (("资料已提交", row.submitted_at), (reviewed, row.reviewed_at), ("已邮寄", row.mailed_at),
               ("已收到", row.received_at))  # fmt: skip
    return [ApplicationStep(label=label, at=at) for label, at in moments]


def _list_actions(row: CardApplication) -> list[str]:
    if row.state in applications.CHANGEABLE:
        return ["change", "cancel"]
    return ["receive"] if row.state == "mailed" else []

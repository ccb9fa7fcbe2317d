"""Top-ups: the member chooses an amount and a platform, and gets what the page needs to ask for the payment."""

from datetime import datetime
from typing import Annotated, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field, StringConstraints, model_validator

from miniprogram_api import page_payments
from store.core import ids
from store.customers import members
from store.payments.attempts import PaymentAttempt
from store.stored_value import payment_methods, top_up_rules, top_ups
from store.stored_value.top_ups import TopUp
from web import idempotency
from web.auth import Caller, login_required
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("top_ups", __name__, tag="储值")


class TopUpRequest(RequestModel):
    """One of `offer_id` and `amount_fen`, and the platform that takes the payment."""

    offer_id: Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,60}$")] | None = None
    amount_fen: int | None = Field(default=None, ge=1, le=top_ups.MAX_AMOUNT_FEN)
    method: Literal["wechat", "alipay"]

    @model_validator(mode="after")
    def _validate_one(self) -> "TopUpRequest":
        if (self.offer_id is None) == (self.amount_fen is None):
            raise ValueError("请选择充值优惠或填写充值金额")
        return self


class TopUpStatus(BaseModel):
    """A top-up and whether it has arrived."""

    number: str
    state: str = Field(description="requested 待付款、paid 已到账、closed 已关闭")
    amount_fen: int
    bonus_fen: int
    method: str | None = Field(description="付款方式，到账后才有")
    requested_at: datetime
    paid_at: datetime | None


class TopUpPayment(TopUpStatus):
    """A new top-up; `payment` goes to `wx.requestPayment` or `my.tradePay` as it is."""

    payment_number: str
    payment: dict[str, str]


class TopUpsResponse(BaseModel):
    """The latest top-ups."""

    list: list[TopUpStatus]


@bp.get("/api/me/stored-value/top-ups")
@login_required
@bp.doc(summary="我的充值记录", security="session")
@bp.output(TopUpsResponse)
def list_top_ups(caller: Caller) -> Response:
    rows = (
        top_ups.select_for_member(members.get_or_create(caller.customer)).order_by(TopUp.id.desc()).limit(20)
    )
    return json_response(TopUpsResponse(list=[TopUpStatus(**_to_status(row)) for row in rows]))


@bp.get("/api/me/stored-value/top-ups/<number>")
@login_required
@bp.doc(summary="充值单", security="session", responses={404: "没有该充值单"})
@bp.output(TopUpStatus)
def get_top_up(caller: Caller, number: str) -> Response:
    row = top_ups.get_own(members.get_or_create(caller.customer), number)
    return json_response(TopUpStatus(**_to_status(row)))


@bp.post("/api/me/stored-value/top-ups")
@login_required
@bp.doc(
    summary="充值",
    description="返回支付参数。付款结果以 `GET /api/me/stored-value/top-ups/{number}` 为准。",
    security="session",
    responses={404: "没有该充值优惠", 409: "超过余额上限，或不能用该方式付款", 503: "支付平台暂不可用"},
)
@bp.input(TopUpRequest)
@bp.output(TopUpPayment, status_code=201)
def create_top_up(caller: Caller, json_data: TopUpRequest) -> Response:
    payer_id = page_payments.get_payer_id(caller, json_data.method)

    def begin() -> tuple[TopUp, PaymentAttempt, dict[str, str]]:
        top_up, attempt = _start(caller, json_data, payer_id)
        return top_up, attempt, page_payments.prepare(attempt, payer_id)

    answer = idempotency.run_idempotent_with_proof(
        caller.scope,
        json_data,
        prove=begin,
        work=lambda begun: TopUpPayment(
            **_to_status(begun[0]), payment_number=begun[1].number, payment=begun[2]
        ),
    )
    return json_response(answer, 201)


def _start(caller: Caller, body: TopUpRequest, payer_id: str) -> tuple[TopUp, PaymentAttempt]:
    amount_fen = body.amount_fen or top_up_rules.get_offer_amount(body.offer_id or "")
    member, key = members.get_or_create(caller.customer), ids.public_id("online_")
    top_up = top_ups.request(member=member, amount_fen=amount_fen, key=key)
    attempt = page_payments.start(
        caller, body.method, payable_kind="top_up", payable_number=top_up.number, shop_id=None, key=key,
        payer_id=payer_id,
    )  # fmt: skip
    return top_up, attempt


def _to_status(row: TopUp) -> dict[str, object]:
    return {
        "number": row.number, "state": row.state, "amount_fen": row.principal_fen, "bonus_fen": row.bonus_fen,
        "method": payment_methods.method_of(row.kind) if row.kind else None,
        "requested_at": row.requested_at, "paid_at": row.paid_at,
    }  # fmt: skip

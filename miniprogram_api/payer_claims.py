"""Claims of a payer: who paid a member's top-up says whether that member is the same person."""

from datetime import datetime
from typing import Annotated, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field, StringConstraints

import platform_clients
from store.core.errors import invalid
from store.customers import sms_codes
from store.membership import payer_answers, payer_claims
from store.membership.payer_claims import PayerClaim
from store.tenants import settings
from web import idempotency, request_context
from web.auth import Caller, login_required
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("payer_claims", __name__, tag="我的")


class PayerClaimStatus(BaseModel):
    """A question with its state."""

    id: str
    question: str = Field(description="手机号已脱敏")
    state: str = Field(description="open 待回答、accepted 已绑定、declined 不是本人、undone 已撤销")
    expires_at: datetime


class PayerClaimsResponse(BaseModel):
    """The questions that wait for an answer, and the accepted ones, which can be undone."""

    list: list[PayerClaimStatus]


class CodeSentResponse(BaseModel):
    """`message` is for the person: the message was sent to the member's phone, or it may be late."""

    message: str
    retry_after_s: int
    valid_s: int


class PayerAnswerRequest(RequestModel):
    """`yes` needs the code that was sent to the member's phone."""

    answer: Literal["yes", "no"]
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] | None = None


@bp.get("/api/me/payer-claims")
@login_required
@bp.doc(summary="付款人认领", description="为会员充值的人是否就是该会员。", security="session")
@bp.output(PayerClaimsResponse)
def list_payer_claims(caller: Caller) -> Response:
    rows = payer_claims.list_for(caller.customer)
    return json_response(PayerClaimsResponse(list=[_to_status(row) for row in rows]))


@bp.post("/api/me/payer-claims/<claim_id>/sms-codes")
@login_required
@bp.doc(
    summary="向该会员的手机发送验证码",
    security="session",
    responses={404: "没有该认领", 409: "认领已失效", 429: "过于频繁", 503: "短信服务暂不可用"},
)
@bp.output(CodeSentResponse, status_code=201)
def send_claim_code(caller: Caller, claim_id: str) -> Response:
    sender, rules = platform_clients.sms_sender(), settings.read(sms_codes.SmsCodeSettings)

    def send() -> str:
        asked = payer_answers.request_code(
            customer=caller.customer, claim_id=claim_id, client_ip=request_context.client_ip()
        )
        return platform_clients.send_sms_code(sender, phone=asked.phone, code=asked.code)

    sent = idempotency.run_idempotent_with_proof(
        caller.scope, None, prove=send,
        work=lambda message: CodeSentResponse(
            message=message, retry_after_s=rules.min_interval_s, valid_s=sms_codes.LIFETIME_S
        ),
    )  # fmt: skip
    return json_response(sent, 201)


@bp.post("/api/me/payer-claims/<claim_id>/answers")
@login_required
@bp.doc(
    summary="回答是否本人",
    description="答是须带上发到该会员手机的验证码，两个账号随即合并；可以撤销。",
    security="session",
    responses={404: "没有该认领", 409: "认领已失效"},
)
@bp.input(PayerAnswerRequest)
@bp.output(PayerClaimStatus, status_code=201)
def answer_claim(caller: Caller, claim_id: str, json_data: PayerAnswerRequest) -> Response:
    if json_data.answer == "no":
        status = idempotency.run_idempotent(
            caller.scope,
            json_data,
            lambda: _to_status(payer_answers.decline(customer=caller.customer, claim_id=claim_id)),
        )
        return json_response(status, 201)
    code = json_data.code
    if code is None:
        raise invalid("code", "请填写发到该会员手机的验证码")
    status = idempotency.run_idempotent_with_proof(
        caller.scope, json_data,
        prove=lambda: payer_answers.prove(customer=caller.customer, claim_id=claim_id, code=code),
        work=lambda proof: _to_status(
            payer_answers.accept(customer=caller.customer, claim_id=claim_id, proof=proof)
        ),
    )  # fmt: skip
    return json_response(status, 201)


@bp.post("/api/me/payer-claims/<claim_id>/undos")
@login_required
@bp.doc(
    summary="撤销绑定",
    description="两个账号各自恢复；绑定后用掉的积分、券或储值会妨碍撤销。",
    security="session",
    responses={404: "没有该认领", 409: "不能撤销"},
)
@bp.output(PayerClaimStatus, status_code=201)
def undo_join(caller: Caller, claim_id: str) -> Response:
    status = idempotency.run_idempotent(
        caller.scope,
        None,
        lambda: _to_status(payer_answers.undo_join(customer=caller.customer, claim_id=claim_id)),
    )
    return json_response(status, 201)


def _to_status(claim: PayerClaim) -> PayerClaimStatus:
    return PayerClaimStatus(
        id=claim.public_id,
        question=payer_claims.question(claim),
        state=claim.state,
        expires_at=claim.expires_at,
    )

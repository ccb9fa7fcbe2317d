"""Phone claims: a verified phone has a member already; the person says whether it is them, and proves it."""

from typing import Annotated

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field, StrictBool, StrictInt, StringConstraints

from miniprogram_api.me import MeResponse, to_me
from store.membership import phone_answers
from web import idempotency
from web.auth import Caller, login_required
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("phone_claims", __name__, tag="我的")


class PurchaseProofRequest(RequestModel):
    """Shop and amount of a recent purchase of the member."""

    store_id: Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[!-~]+$")]
    amount_fen: StrictInt = Field(ge=1, le=100_000_000)


class HolderAnswerRequest(RequestModel):
    """Whether the account that verified the phone is the holder's own."""

    is_mine: StrictBool


class HolderAnswerResponse(BaseModel):
    """The state of the claim after the answer."""

    accepted: bool


@bp.post("/api/me/phone-claims/<claim_id>/purchase-proofs")
@login_required
@bp.doc(
    summary="用近期消费证明手机号是本人的",
    description="共 3 次机会，之后答 `clerk_only`，只能由店员办理。成功后返回合并后的会员。",
    security="session",
    responses={404: "没有该认领或门店", 409: "与消费记录不符、认领已失效，或只能由店员办理"},
)
@bp.input(PurchaseProofRequest)
@bp.output(MeResponse)
def prove_by_purchase(caller: Caller, claim_id: str, json_data: PurchaseProofRequest) -> Response:
    me = idempotency.run_idempotent_with_proof(
        caller.scope,
        json_data,
        prove=lambda: phone_answers.prove_by_purchase(
            customer=caller.customer,
            claim_id=claim_id,
            shop=json_data.store_id,
            paid_fen=json_data.amount_fen,
        ),
        work=lambda proof: to_me(phone_answers.accept(proof=proof).customer),
    )
    return json_response(me)


@bp.post("/api/me/phone-claims/<claim_id>/new-memberships")
@login_required
@bp.doc(
    summary="不是本人，用该手机号开新会员",
    description="原会员只失去该手机号，其他不变。",
    security="session",
    responses={404: "没有该认领", 409: "认领已失效，或需要短信验证码"},
)
@bp.output(MeResponse)
def decline_claim(caller: Caller, claim_id: str) -> Response:
    me = idempotency.run_idempotent(
        caller.scope,
        None,
        lambda: to_me(phone_answers.decline(customer=caller.customer, claim_id=claim_id).customer),
    )
    return json_response(me)


@bp.post("/api/me/phone-confirmations/<claim_id>")
@login_required
@bp.doc(
    summary="原账号确认或否认新账号是本人",
    security="session",
    responses={404: "没有该认领", 409: "认领已失效"},
)
@bp.input(HolderAnswerRequest)
@bp.output(HolderAnswerResponse)
def answer_as_holder(caller: Caller, claim_id: str, json_data: HolderAnswerRequest) -> Response:
    answer = idempotency.run_idempotent(
        caller.scope,
        json_data,
        lambda: HolderAnswerResponse(
            accepted=phone_answers.answer_as_holder(
                holder=caller.customer, claim_id=claim_id, is_mine=json_data.is_mine
            ).state
            == "accepted"
        ),
    )
    return json_response(answer)

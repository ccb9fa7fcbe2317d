"""Top-ups at a till: a member's stored value is topped up with cash, a bank card or a scanned pay code."""

from typing import Annotated, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, StringConstraints

import payment_calls
from store.core import errors, numbers
from store.customers import members
from store.payments import attempts, cash, merchants
from store.payments.attempts import PaymentAttempt
from store.stored_value import accounts as stored_value_accounts
from store.stored_value import top_ups
from store.stored_value.top_ups import TopUp
from till.auth import ERRORS, TillCaller, till_session_required
from till.sale_payments import CODE_KINDS, MESSAGES, STATES
from till.sale_schemas import Code, Digits, Fen, Pin, PositiveFen
from web import idempotency
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("till_top_ups", __name__, tag="收银台", url_prefix="/till")


class TopUpRequest(RequestModel):
    """The amount and how it is paid: cash with what was received, a card's slip, or a pay code."""

    amount_fen: PositiveFen
    method: Literal["cash", "bank_card", "code"]
    received_fen: Fen | None = None
    reference: Code | None = None
    tail: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")] | None = None
    auth_code: Digits | None = None
    manager_pin: Pin | None = None


class TopUpResponse(BaseModel):
    """`waiting`: the customer enters the password; the till learns the end from the news."""

    number: str
    state: Literal["paid", "waiting", "failed", "reversed"]
    message: str
    amount_fen: int
    bonus_fen: int
    change_fen: int
    stored_value_fen: int


@bp.post("/members/<card>/top-ups")
@till_session_required
@bp.doc(
    summary="会员充值",
    security="till",
    responses=ERRORS | {404: "没有该会员", 409: "超过余额上限，或会员已注销", 503: "尚未开通该付款方式"},
)
@bp.input(TopUpRequest)
@bp.output(TopUpResponse, status_code=201)
def top_up_member(caller: TillCaller, card: str, json_data: TopUpRequest) -> Response:
    key = caller.operation_key("top-up")

    def prove() -> tuple[TopUp, PaymentAttempt]:
        caller.authorize("top_up", json_data.manager_pin)
        asked = top_ups.request(
            member=members.get_by_card(card), amount_fen=json_data.amount_fen, key=key, shop_id=caller.shop.id
        )
        return asked, _pay(caller, asked, json_data, key)

    done = idempotency.run_idempotent_with_proof(
        caller.scope, json_data, prove=prove, work=lambda paid: _to_response(*paid)
    )
    return json_response(done, 201)


def _pay(caller: TillCaller, asked: TopUp, wanted: TopUpRequest, key: str) -> PaymentAttempt:
    facts = {
        "payable_kind": "top_up", "payable_number": asked.number, "key": key, "terminal_id": caller.terminal.id,
        "cashier_id": caller.cashier.id,
    }  # fmt: skip
    if wanted.method == "cash":
        return cash.record_cash(**facts, received_fen=wanted.received_fen or wanted.amount_fen)
    if wanted.method == "bank_card":
        return cash.record_bank_card(
            **facts, amount_fen=wanted.amount_fen, reference=wanted.reference or "", tail=wanted.tail or ""
        )
    code = numbers.normalize(wanted.auth_code or "")
    kind, platform = CODE_KINDS.get(numbers.find_kind(code) or "", ("", ""))
    if not kind:
        raise errors.invalid("auth_code", "请扫描顾客的微信或支付宝付款码")
    merchant = merchants.choose(platform=platform, shop_id=caller.shop.id)
    attempt = attempts.start(**facts, kind=kind, merchant=merchant, auth_code=code)
    return payment_calls.charge_pay_code(
        attempt, auth_code=code, shop_code=caller.shop.code, device_id=caller.terminal.code
    )


def _to_response(asked: TopUp, attempt: PaymentAttempt) -> TopUpResponse:
    top_up, state = top_ups.get_by_number(asked.number), STATES.get(attempt.state, "waiting")
    account = stored_value_accounts.find_by_member(top_up.member)
    return TopUpResponse(
        number=top_up.number, state=state, message=attempt.message or MESSAGES[state],
        amount_fen=top_up.principal_fen, bonus_fen=top_up.bonus_fen, change_fen=attempt.change_fen,
        stored_value_fen=account.available_fen if account else 0,
    )  # fmt: skip

"""Payments at a till: scanned pay codes, QR codes, cash and bank cards, and their reversal."""

from apiflask import APIBlueprint
from flask import Response

import payment_calls
from platforms.errors import PlatformError
from store.core import errors, numbers
from store.official_accounts import qr_images
from store.payments import attempts, cash, merchants
from store.payments.attempts import LIVE, PaymentAttempt
from store.stored_value import accounts as stored_value_accounts
from store.stored_value import authorization as stored_value_authorization
from store.stored_value.authorization import PaymentAuthorization
from store.tills import sales
from store.tills.sales import TillSale
from till.auth import TillCaller, till_session_required
from till.sale_responses import to_sale
from till.sale_schemas import (
    BankCardRequest,
    BankCardResponse,
    CashRequest,
    CashResponse,
    ChargeRequest,
    ChargeResponse,
    QrCodeRequest,
    QrCodeResponse,
)
from till.sales import SALE_ERRORS, find_sale
from web import idempotency
from web.responses import json_response

bp = APIBlueprint("till_sale_payments", __name__, tag="收银台", url_prefix="/till")

CODE_KINDS = {"wechat_pay_code": ("wechat_code", "wechat_pay"), "alipay_pay_code": ("alipay_code", "alipay")}
_PLATFORMS = {"wechat": ("wechat_native", "wechat_pay"), "alipay": ("alipay_native", "alipay")}
STATES = {"succeeded": "paid", "failed": "failed", "closed": "reversed"}
MESSAGES = {
    "paid": "收款成功",
    "waiting": "顾客正在输入密码",
    "failed": "付款失败，请顾客换一种方式",
    "reversed": "未付款，已撤销",
}


@bp.post("/sales/<number>/charges")
@till_session_required
@bp.doc(
    summary="扫付款码收款",
    description="微信、支付宝付款码或会员的储值付款码。等待输入密码时由收银台消息告知结果。",
    security="till",
    responses=SALE_ERRORS | {503: "尚未开通该付款方式"},
)
@bp.input(ChargeRequest)
@bp.output(ChargeResponse, status_code=201)
def charge(caller: TillCaller, number: str, json_data: ChargeRequest) -> Response:
    sale, code = find_sale(caller, number), numbers.normalize(json_data.auth_code)
    kind = numbers.find_kind(code)
    if kind == "payment_code":
        return _charge_stored_value(caller, sale, code, json_data)
    if kind not in CODE_KINDS:
        raise errors.invalid("auth_code", "这不是付款码，请让顾客打开微信或支付宝的付款码")
    key = caller.operation_key("charge")

    def prove() -> PaymentAttempt:
        attempt = _start(caller, sale, *CODE_KINDS[kind], key, json_data.amount_fen, auth_code=code)
        return payment_calls.charge_pay_code(
            attempt, auth_code=code, shop_code=caller.shop.code, device_id=caller.terminal.code
        )

    def work(attempt: PaymentAttempt) -> ChargeResponse:
        state = STATES.get(attempt.state, "waiting")
        message = (attempt.message if state in ("failed", "reversed") else "") or MESSAGES[state]
        return ChargeResponse(state=state, message=message, sale=to_sale(sale))

    charged = idempotency.run_idempotent_with_proof(caller.scope, json_data, prove=prove, work=work)
    return json_response(charged, 201)


@bp.post("/sales/<number>/codes")
@till_session_required
@bp.doc(summary="显示收款二维码", security="till", responses=SALE_ERRORS | {503: "平台没有应答"})
@bp.input(QrCodeRequest)
@bp.output(QrCodeResponse, status_code=201)
def show_code(caller: TillCaller, number: str, json_data: QrCodeRequest) -> Response:
    sale, key = find_sale(caller, number), caller.operation_key("code")

    def prove() -> tuple[PaymentAttempt, str]:
        kind, platform = _PLATFORMS[json_data.platform]
        attempt = _start(caller, sale, kind, platform, key, json_data.amount_fen)
        try:
            return attempt, payment_calls.create_qr_code(attempt)
        except PlatformError:
            payment_calls.close(attempt)
            raise errors.DomainError("platform_unavailable", "平台暂时没有应答，请稍后再试", 503) from None

    def work(made: tuple[PaymentAttempt, str]) -> QrCodeResponse:
        attempt, code = made
        return QrCodeResponse(
            code_url=code, svg=qr_images.render_svg(code).decode(),
            expires_at=attempt.created_at + payment_calls.ORDER_LIFETIME, sale=to_sale(sale),
        )  # fmt: skip

    shown = idempotency.run_idempotent_with_proof(caller.scope, json_data, prove=prove, work=work)
    return json_response(shown, 201)


@bp.post("/sales/<number>/cash")
@till_session_required
@bp.doc(summary="收现金", security="till", responses=SALE_ERRORS)
@bp.input(CashRequest)
@bp.output(CashResponse, status_code=201)
def take_cash(caller: TillCaller, number: str, json_data: CashRequest) -> Response:
    caller.authorize("sell")
    sale, key = find_sale(caller, number), caller.operation_key("cash")

    def work() -> CashResponse:
        row = cash.record_cash(
            payable_kind="order", payable_number=sale.order.number, received_fen=json_data.received_fen, key=key,
            terminal_id=caller.terminal.id, cashier_id=caller.cashier.id,
        )  # fmt: skip
        return CashResponse(change_fen=row.change_fen, sale=to_sale(sale))

    return json_response(idempotency.run_idempotent(caller.scope, json_data, work), 201)


@bp.post("/sales/<number>/bank-cards")
@till_session_required
@bp.doc(summary="登记银行卡收款", security="till", responses=SALE_ERRORS)
@bp.input(BankCardRequest)
@bp.output(BankCardResponse, status_code=201)
def record_bank_card(caller: TillCaller, number: str, json_data: BankCardRequest) -> Response:
    caller.authorize("sell")
    sale, key = find_sale(caller, number), caller.operation_key("bank-card")

    def work() -> BankCardResponse:
        cash.record_bank_card(
            payable_kind="order", payable_number=sale.order.number, amount_fen=json_data.amount_fen,
            reference=json_data.reference, tail=json_data.tail, key=key, terminal_id=caller.terminal.id,
            cashier_id=caller.cashier.id,
        )  # fmt: skip
        return BankCardResponse(sale=to_sale(sale))

    return json_response(idempotency.run_idempotent(caller.scope, json_data, work), 201)


@bp.post("/sales/<number>/reversal")
@till_session_required
@bp.doc(summary="撤销正在等待的付款", security="till", responses=SALE_ERRORS)
@bp.output(ChargeResponse, status_code=201)
def reverse(caller: TillCaller, number: str) -> Response:
    caller.authorize("sell")
    sale = find_sale(caller, number)
    pending = [row for row in attempts.list_for("order", sale.order.number) if row.state in LIVE]
    after = [payment_calls.cancel(row) for row in pending]
    state = next((STATES.get(row.state, "waiting") for row in after), "reversed")
    message = "撤销还没有结果，正在继续" if state == "waiting" else MESSAGES[state]
    return json_response(ChargeResponse(state=state, message=message, sale=to_sale(sale)), 201)


def _start(
    caller: TillCaller, sale: TillSale, kind: str, platform: str, key: str, amount_fen: int | None,
    auth_code: str | None = None,
) -> PaymentAttempt:  # fmt: skip
    """Begin an attempt with the merchant of the shop."""
    caller.authorize("sell")
    merchant = merchants.choose(platform=platform, shop_id=caller.shop.id)
    return attempts.start(
        payable_kind="order", payable_number=sale.order.number, kind=kind, merchant=merchant, key=key,
        amount_fen=amount_fen, auth_code=auth_code, terminal_id=caller.terminal.id, cashier_id=caller.cashier.id,
    )  # fmt: skip


def _charge_stored_value(caller: TillCaller, sale: TillSale, code: str, wanted: ChargeRequest) -> Response:
    """Let the stored value of the code's member pay what is due, or what the account has."""

    def prove() -> PaymentAuthorization:
        caller.authorize("sell")
        proof, member = stored_value_authorization.authorize_by_payment_code(
            code=code, till=caller.terminal.code
        )
        if sale.order.member_id is None:
            sales.change_sale(
                number=sale.order.number, cashier=caller.cashier, changes={"member_id": member.id}
            )
        return proof

    def work(proof: PaymentAuthorization) -> ChargeResponse:
        order = sale.order.__class__.get_by_id(sale.order_id)
        account = stored_value_accounts.find_by_member(order.member)
        available = account.available_fen if account else 0
        amount_fen = min(wanted.amount_fen or order.due_fen, order.due_fen, available)
        if amount_fen <= 0:
            raise errors.DomainError(
                "insufficient_stored_value", "储值余额不足", 409, available_fen=available
            )
        sales.record_stored_value(number=order.number, amount_fen=amount_fen, authorization=proof)
        return ChargeResponse(state="paid", message="储值支付成功", sale=to_sale(sale))

    charged = idempotency.run_idempotent_with_proof(caller.scope, wanted, prove=prove, work=work)
    return json_response(charged, 201)

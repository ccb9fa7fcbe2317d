"""The methods of Alipay's gateway: from the content of a request to the fields of its response."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.alipay import BAD_STATUS, FINISHED, Alipay
from sandbox.alipay_apps import App
from sandbox.alipay_cards import AlipayCards
from sandbox.alipay_requests import (
    CreateContent,
    NumberContent,
    PayContent,
    PrecreateContent,
    RefundContent,
    RefundQueryContent,
    parse,
)
from sandbox.alipay_trades import AlipayError, Trade, identify, to_fen, to_text, to_yuan
from sandbox.errors import WeChatError
from sandbox.life_accounts import LifeAccounts
from sandbox.login_codes import LoginCodes

SUCCESS = {"code": "10000", "msg": "Success"}
WAITING = {"code": "10003", "msg": " order success pay inprocess"}
CODE_INVALID = AlipayError("isv.code-invalid", "授权码code无效", code="40002")


@dataclass(frozen=True)
class Call:
    """A verified call. `parameters` are all parameters of the request."""

    alipay: Alipay
    login_codes: LoginCodes
    app: App
    parameters: dict[str, str]
    needs_password: bool = False
    cards: AlipayCards | None = None
    life: LifeAccounts | None = None

    @property
    def content(self) -> str:
        return self.parameters.get("biz_content", "")

    @property
    def notify_url(self) -> str:
        return self.parameters.get("notify_url", "")


def pay(call: Call) -> dict[str, Any]:
    """Charge a pay code."""
    trade = call.alipay.pay(
        call.app,
        parse(PayContent, call.content),
        notify_url=call.notify_url,
        needs_password=call.needs_password,
    )
    head = WAITING if trade.is_waiting else SUCCESS
    return {**head, **trade.to_payment(call.app, time_name="gmt_payment")}


def precreate(call: Call) -> dict[str, Any]:
    """Create a QR code."""
    trade = call.alipay.precreate(call.app, parse(PrecreateContent, call.content), notify_url=call.notify_url)
    return {**SUCCESS, "out_trade_no": trade.number, "qr_code": trade.token}


def create(call: Call) -> dict[str, Any]:
    """Create a trade for a person of a mini-program."""
    trade = call.alipay.create(call.app, parse(CreateContent, call.content), notify_url=call.notify_url)
    return {**SUCCESS, **trade.to_ids()}


def query(call: Call) -> dict[str, Any]:
    """Return the state of a trade."""
    trade = call.alipay.find(call.app, parse(NumberContent, call.content))
    fields = trade.to_payment(call.app, time_name="send_pay_date")
    return {**SUCCESS, **fields, "trade_status": trade.status}


def close(call: Call) -> dict[str, Any]:
    """Close an unpaid trade."""
    return {**SUCCESS, **call.alipay.close(call.app, parse(NumberContent, call.content)).to_ids()}


def cancel(call: Call) -> dict[str, Any]:
    """Close an unpaid trade, or give the money of a paid one back."""
    ids, action = call.alipay.cancel(call.app, parse(NumberContent, call.content))
    return {**SUCCESS, **ids, "retry_flag": "N", "action": action}


def refund(call: Call) -> dict[str, Any]:
    """Give a part of a trade back. `fund_change` is N where the number is repeated."""
    content = parse(RefundContent, call.content)
    amount_fen = to_fen(content.refund_amount)
    with call.alipay.lock:
        trade = call.alipay.find(call.app, content)
        earlier = trade.find_refund(content.out_request_no)
        if earlier is None:
            _ensure_refundable(trade, amount_fen)
            call.alipay.give_back(call.app, trade, number=content.out_request_no, amount_fen=amount_fen)
        elif earlier.amount_fen != amount_fen:
            raise AlipayError("ACQ.DISCORDANT_REPEAT_REQUEST", "请求信息不一致")
    return {
        **SUCCESS,
        **trade.to_ids(),
        **trade.to_buyer(call.app),
        "fund_change": "N" if earlier else "Y",
        "refund_fee": to_yuan(trade.refunded_fen),
        "gmt_refund_pay": to_text(trade.refunds[-1].at),
    }


def query_refund(call: Call) -> dict[str, Any]:
    """Return the state of a refund. Of one that does not exist the response has no fields."""
    content = parse(RefundQueryContent, call.content)
    trade = call.alipay.find(call.app, content)
    found = trade.find_refund(content.out_request_no)
    if found is None:
        return SUCCESS
    return {
        **SUCCESS,
        **trade.to_ids(),
        "out_request_no": found.number,
        "refund_amount": to_yuan(found.amount_fen),
        "total_amount": to_yuan(trade.amount_fen),
        "refund_status": "REFUND_SUCCESS",
    }


def exchange_code(call: Call) -> dict[str, Any]:
    """Return the person of a code. The response has no code of success."""
    if call.parameters.get("grant_type") != "authorization_code":
        raise AlipayError("isv.grant-type-invalid", "授权类型无效", code="40002")
    try:
        code = call.login_codes.redeem("alipay", call.parameters.get("code"), appid=call.app.app_id)
    except WeChatError as error:
        raise CODE_INVALID from error
    token = f"authusrB{secrets.token_hex(12)}"
    if call.cards is not None:
        call.cards.remember_token(token, call.app, code.person_id)
    return {
        **identify(code.person_id, call.app),
        "access_token": token,
        "expires_in": 1296000,
        "refresh_token": f"authusrR{code.expires_at:.0f}",
        "re_expires_in": 2592000,
    }


def _ensure_refundable(trade: Trade, amount_fen: int) -> None:
    if trade.is_finished:
        raise FINISHED
    if not trade.is_paid:
        raise BAD_STATUS
    if trade.refunded_fen + amount_fen > trade.amount_fen:
        raise AlipayError("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限")


METHODS: dict[str, Callable[[Call], dict[str, Any]]] = {
    "alipay.trade.pay": pay,
    "alipay.trade.precreate": precreate,
    "alipay.trade.create": create,
    "alipay.trade.query": query,
    "alipay.trade.close": close,
    "alipay.trade.cancel": cancel,
    "alipay.trade.refund": refund,
    "alipay.trade.fastpay.refund.query": query_refund,
    "alipay.system.oauth.token": exchange_code,
}

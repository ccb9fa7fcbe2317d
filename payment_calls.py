"""Calls of the payment platforms: each is followed by the operation that records what the platform answered.

Runs outside of transactions. A call without a clear answer leaves the attempt or refund open, so that a task asks
again under the same number.
"""

from datetime import timedelta
from typing import Any

import structlog

import platform_clients
from platforms.errors import OutcomeUnknownError, PlatformError, PlatformRejectedError
from platforms.payment_answers import PaymentAnswer, RefundAnswer
from platforms.wechat_pay.client import WeChatPay
from store.payments import attempts, kinds, merchants, refunds, reversals, settlement
from store.payments.attempts import LIVE, PaymentAttempt
from store.payments.merchants import Merchant
from store.payments.refunds import Refund
from store.payments.settlement import Evidence
from store.payments.states import EvidenceRejected, Outcome, Source
from store.tenants import branding

log = structlog.get_logger("payments")

ORDER_LIFETIME = timedelta(minutes=30)  # of an order on the platform; the task closes it earlier
NOT_ENOUGH = ("NOTENOUGH", "NOT_ENOUGH", "ACQ.SELLER_BALANCE_NOT_ENOUGH")


def charge_pay_code(
    attempt: PaymentAttempt, *, auth_code: str, shop_code: str = "", device_id: str = ""
) -> PaymentAttempt:
    """Charge the scanned pay code of an attempt and return the attempt with its new state.

    Called once for each attempt: it is queried afterwards, never charged again.
    """
    merchant = _merchant(attempt)
    client = platform_clients.payment_client(merchant)
    facts: dict[str, Any] = {
        "number": attempt.number, "amount_fen": attempt.amount_fen, "description": describe(attempt),
        "auth_code": auth_code, "shop_code": shop_code, "device_id": device_id,
    }  # fmt: skip
    if isinstance(client, WeChatPay):
        facts["app_id"] = attempt.app_id
    try:
        answer = client.charge_code(**facts)
    except PlatformRejectedError as refused:
        return _settle_outcome(attempt, "failed", "answer", refused.message or "付款失败，请顾客换一种方式")
    except OutcomeUnknownError as unknown:
        log.warning("charge_unknown", number=attempt.number, code=unknown.code)
        return _settle_outcome(attempt, "unknown", "answer", "等待平台结果")
    return settle_answer(answer, source="answer", merchant=merchant)


def create_qr_code(attempt: PaymentAttempt) -> str:
    """Create the order of an attempt on the platform and return the content of its QR code."""
    client = platform_clients.payment_client(_merchant(attempt))
    facts: dict[str, Any] = {
        "number": attempt.number, "amount_fen": attempt.amount_fen, "description": describe(attempt),
        "expires_at": attempt.created_at + ORDER_LIFETIME,
    }  # fmt: skip
    if isinstance(client, WeChatPay):
        facts["app_id"] = attempt.app_id
    code = client.prepay_native(**facts)
    _settle_outcome(attempt, "pending", "answer", "")
    return code


def create_page_payment(attempt: PaymentAttempt, *, payer_id: str) -> dict[str, str]:
    """Create the order of an attempt on the platform and return the arguments with which a page asks for it.

    `payer_id` is the openid in the attempt's application, or the Alipay user id.
    """
    client = platform_clients.payment_client(_merchant(attempt))
    facts: dict[str, Any] = {
        "number": attempt.number, "amount_fen": attempt.amount_fen, "description": describe(attempt),
        "expires_at": attempt.created_at + ORDER_LIFETIME,
    }  # fmt: skip
    if isinstance(client, WeChatPay):
        arguments = client.prepay_jsapi(**facts, app_id=attempt.app_id, openid=payer_id)
    else:
        arguments = client.prepay_create(**facts, buyer_id=payer_id)
    _settle_outcome(attempt, "pending", "answer", "")
    return arguments


def query(attempt: PaymentAttempt) -> PaymentAttempt:
    """Ask the platform about an attempt, settle it by the answer and return it."""
    merchant = _merchant(attempt)
    try:
        answer = platform_clients.payment_client(merchant).query(number=attempt.number)
    except PlatformError as error:
        log.warning("query_failed", number=attempt.number, code=error.code)
        return reversals.postpone_query(number=attempt.number)
    return settle_answer(answer, source="query", merchant=merchant)


def close(attempt: PaymentAttempt) -> PaymentAttempt:
    """Close the order of an attempt on the platform. One that is paid by then is settled."""
    merchant = _merchant(attempt)
    try:
        answer = platform_clients.payment_client(merchant).close(number=attempt.number)
    except PlatformError as error:
        log.warning("close_failed", number=attempt.number, code=error.code)
        return reversals.postpone_query(number=attempt.number)
    if answer.outcome in ("closed", "not_found"):
        return _settle_outcome(attempt, "closed", "query", "")
    return query(attempt)


def reverse(attempt: PaymentAttempt) -> PaymentAttempt:
    """Reverse a pay code on the platform, or withdraw the reversal if it is refused for good."""
    attempt = reversals.request_reversal(number=attempt.number)
    if attempt.state not in LIVE:
        return attempt
    try:
        answer = platform_clients.payment_client(_merchant(attempt)).reverse(number=attempt.number)
    except PlatformRejectedError as refused:
        return reversals.mark_reversal(number=attempt.number, is_final=False, message=refused.message)
    except OutcomeUnknownError as unknown:
        log.warning("reverse_unknown", number=attempt.number, code=unknown.code)
        return reversals.mark_reversal(number=attempt.number, is_final=False, must_repeat=True)
    return reversals.mark_reversal(
        number=attempt.number, is_final=answer.is_final, must_repeat=answer.must_repeat,
        message="未付款，已撤销",
    )  # fmt: skip


def cancel(attempt: PaymentAttempt) -> PaymentAttempt:
    """Reverse a pay code or close another order, as the kind of the attempt needs."""
    return reverse(attempt) if kinds.is_pay_code(attempt.kind) else close(attempt)


def send_refund(refund: Refund) -> Refund:
    """Send a refund to the platform, or ask about one that was sent, always under its own number."""
    attempt = refund.attempt
    client = platform_clients.payment_client(_merchant(attempt))
    try:
        if refund.state == "sent":
            answer = client.query_refund(number=refund.number, payment_number=attempt.number)
        else:
            answer = client.refund(
                number=refund.number, payment_number=attempt.number, amount_fen=refund.amount_fen,
                total_fen=attempt.paid_fen, reason=refund.reason,
            )  # fmt: skip
    except PlatformRejectedError as refused:
        outcome: Any = "not_enough" if str(refused.code) in NOT_ENOUGH else "abnormal"
        return refunds.record_result(number=refund.number, outcome=outcome, message=refused.message)
    except OutcomeUnknownError as unknown:
        log.warning("refund_unknown", number=refund.number, code=unknown.code)
        return refunds.record_result(number=refund.number, outcome="unknown")
    return record_refund_answer(answer, merchant=attempt.merchant)


def settle_answer(answer: PaymentAnswer, *, source: Source, merchant: Merchant) -> PaymentAttempt:
    """Settle an attempt by what its platform says. Evidence that differs is recorded and changes nothing.

    Raises EvidenceRejected for a notice, so that the platform is informed.
    """
    evidence = Evidence(
        source=source, attempt_number=answer.number, outcome=answer.outcome, merchant_id=merchant.id,
        platform_number=answer.platform_number, amount_fen=answer.amount_fen, payer_fen=answer.payer_fen,
        currency=answer.currency, app_id=answer.app_id, merchant_number=answer.merchant_id,
        paid_at=answer.paid_at, payer_id=answer.payer_id, union_id=answer.union_id,
        notice_id=answer.notice_id, message=answer.message,
    )  # fmt: skip
    try:
        return settlement.settle(evidence).attempt
    except EvidenceRejected as rejection:
        log.warning(
            "evidence_rejected", number=answer.number, source=source, fields=rejection.details["fields"]
        )
        settlement.record_rejection(evidence=evidence, rejection=rejection)
        if source == "notice":
            raise
        return attempts.get(answer.number)


def record_refund_answer(answer: RefundAnswer, *, merchant: Merchant) -> Refund:
    """Record what the platform says about a refund."""
    return refunds.record_result(
        number=answer.number, outcome=answer.outcome, platform_number=answer.platform_number,
        amount_fen=answer.amount_fen, attempt_number=answer.payment_number, merchant_id=merchant.id,
        message=answer.message,
    )  # fmt: skip


def describe(attempt: PaymentAttempt) -> str:
    """Return what the customer reads about a payment in the wallet."""
    what = "储值充值" if attempt.payable_kind == "top_up" else "购物"
    return f"{branding.read_name()}-{what}"


def _merchant(attempt: PaymentAttempt) -> Merchant:
    return merchants.get_by_id(attempt.merchant_id)


def _settle_outcome(
    attempt: PaymentAttempt, outcome: Outcome, source: Source, message: str
) -> PaymentAttempt:
    evidence = Evidence(
        source=source, attempt_number=attempt.number, outcome=outcome, merchant_id=attempt.merchant_id,
        message=message,
    )  # fmt: skip
    return settlement.settle(evidence).attempt

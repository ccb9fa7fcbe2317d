"""Payment notices: `/notify/wechat-pay/<merchant>` and `/notify/alipay/<merchant>`.

A notice is verified, stored, applied and only then answered with success, so that the platform repeats what we lost.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import structlog
from apiflask import APIBlueprint
from flask import Response, json, request

import payment_calls
import platform_clients
from platforms.payment_answers import NoticeRejectedError, PaymentAnswer, RefundAnswer
from store.core.errors import DomainError
from store.payments import merchants, notices
from store.payments.merchants import Merchant
from store.payments.notices import MAX_BODY_BYTES
from store.tenants import registry

log = structlog.get_logger("payment_notices")
bp = APIBlueprint("payment_notices", __name__, enable_openapi=False)

Answer = PaymentAnswer | RefundAnswer
Parser = Callable[[Merchant, bytes], Answer]


@bp.post("/notify/wechat-pay/<merchant_key>")
def receive_wechat_pay(merchant_key: str) -> Response:
    """Receive a notice of WeChat Pay. Success is an empty 204, anything else makes WeChat repeat it."""
    problem, status = _receive("wechat_pay", merchant_key, _parse_wechat_pay)
    if problem is None:
        return Response(status=204)
    body = json.dumps({"code": "FAIL", "message": problem}, ensure_ascii=False)
    return Response(body, status, mimetype="application/json")


@bp.post("/notify/alipay/<merchant_key>")
def receive_alipay(merchant_key: str) -> Response:
    """Receive a notice of Alipay. The answer is `success`, anything else makes Alipay repeat it."""
    problem, status = _receive("alipay", merchant_key, _parse_alipay)
    return Response(
        "success" if problem is None else "failure", status if problem else 200, mimetype="text/plain"
    )


def _receive(platform: str, merchant_key: str, parse: Parser) -> tuple[str | None, int]:
    """Apply a notice and return what is wrong with it, or None, and the HTTP status."""
    if (request.content_length or 0) > MAX_BODY_BYTES:
        return "too large", 413
    body = request.get_data(parse_form_data=False, cache=True)
    try:
        slug = registry.get_slug_by_account_key(merchant_key)
        with registry.use_tenant(slug):
            merchant = merchants.get_by_key(merchant_key)
            if merchant.platform != platform:
                return "unknown merchant", 404
            return _apply(merchant, body, parse)
    except DomainError as unknown:
        if unknown.code != "not_found":
            raise
        return "unknown merchant", 404


def _apply(merchant: Merchant, body: bytes, parse: Parser) -> tuple[str | None, int]:
    try:
        answer = parse(merchant, body)
    except NoticeRejectedError as rejected:
        log.warning("security_notice_rejected", merchant=merchant.key, reason=rejected.reason)
        return "signature or content is wrong", 401
    notice = notices.receive(merchant=merchant, notice_id=answer.notice_id, body=body)
    if notice.result:  # processed before: the platform did not get our answer
        return None, 200
    try:
        result = _settle(merchant, answer)
    except DomainError as rejected:
        log.warning(
            "security_notice_differs", merchant=merchant.key, number=answer.number, code=rejected.code
        )
        return "content differs from our record", 422
    notices.record_result(notice=notice, result=result, number=answer.number)
    return None, 200


def _settle(merchant: Merchant, answer: Answer) -> str:
    """Apply a verified notice and return its result. Raises DomainError where it differs from our rows."""
    if isinstance(answer, RefundAnswer):
        return f"refund_{payment_calls.record_refund_answer(answer, merchant=merchant).state}"
    return payment_calls.settle_answer(answer, source="notice", merchant=merchant).state


def _parse_wechat_pay(merchant: Merchant, body: bytes) -> Answer:
    client = platform_clients.payment_client(merchant)
    return client.parse_notice(dict(request.headers), body, now=datetime.now(UTC))


def _parse_alipay(merchant: Merchant, body: bytes) -> Answer:
    client = platform_clients.payment_client(merchant)
    return client.parse_notice(_parse_form(body), now=datetime.now(UTC))


def _parse_form(body: bytes) -> dict[str, str]:
    """Return the fields of a notice. Raises NoticeRejectedError for a body that is no form or repeats a field."""
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, strict_parsing=True, max_num_fields=100
        )
    except ValueError:
        raise NoticeRejectedError("the body is no form") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise NoticeRejectedError("a field is repeated")
    return fields

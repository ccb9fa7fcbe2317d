"""Payment notices: `/notify/wechat-pay/<merchant>` and `/notify/alipay/<merchant>`.

A notice is verified, stored, applied and only then answered with success, so that the platform repeats what we lost.
"""

from collections.abc import Callable
from urllib.parse import parse_qsl

import structlog
from apiflask import APIBlueprint
from flask import Response, json, request

import payment_calls
import platform_clients
import red_packet_calls
from platforms.alipay.client import Alipay
from platforms.errors import PlatformError
from platforms.payment_answers import NoticeRejectedError, PaymentAnswer, PayoutAnswer, RefundAnswer
from platforms.wechat_pay.client import WeChatPay
from store.core import clock
from store.core.errors import DomainError
from store.payments import merchants, notices, settlement
from store.payments.merchants import Merchant
from store.payments.notices import MAX_BODY_BYTES
from store.payments.states import EvidenceRejected
from store.tenants import registry

log = structlog.get_logger("payment_notices")
bp = APIBlueprint("payment_notices", __name__, enable_openapi=False)

Answer = PaymentAnswer | RefundAnswer | PayoutAnswer
Parser = Callable[[Merchant, bytes], Answer]
Problem = tuple[str, int]  # a word for the platform's log, and the HTTP status

UNKNOWN_MERCHANT = ("unknown merchant", 404)
TOO_LARGE = ("too large", 413)
REJECTED = ("signature or content is wrong", 401)
DIFFERENT = ("content differs from our record", 422)


@bp.post("/notify/wechat-pay/<merchant_key>")
def receive_wechat_pay(merchant_key: str) -> Response:
    """Process a notice of WeChat Pay. Success is an empty 204, anything else makes WeChat repeat it."""
    problem = _receive("wechat_pay", merchant_key, _parse_wechat_pay)
    if problem is None:
        return Response(status=204)
    message, status = problem
    return Response(json.dumps({"code": "FAIL", "message": message}), status, mimetype="application/json")


@bp.post("/notify/alipay/<merchant_key>")
def receive_alipay(merchant_key: str) -> Response:
    """Process a notice of Alipay. The answer is `success`, anything else makes Alipay repeat it."""
    problem = _receive("alipay", merchant_key, _parse_alipay)
    if problem is None:
        return Response("success", mimetype="text/plain")
    return Response("failure", problem[1], mimetype="text/plain")


def _receive(platform: str, merchant_key: str, parse: Parser) -> Problem | None:
    """Apply a notice and return what is wrong with it, or None."""
    if (request.content_length or 0) > MAX_BODY_BYTES:
        return TOO_LARGE
    body = request.get_data(parse_form_data=False, cache=False)
    try:
        slug = registry.get_slug_by_account_key(merchant_key)
    except DomainError:  # not_found
        return UNKNOWN_MERCHANT
    with registry.use_tenant(slug):
        merchant = _find_merchant(platform, merchant_key)
        return UNKNOWN_MERCHANT if merchant is None else _apply(merchant, body, parse)


def _find_merchant(platform: str, merchant_key: str) -> Merchant | None:
    """Find a merchant, also a retired one. The key may also be that of a channel or of the other platform."""
    try:
        merchant = merchants.get_by_key(merchant_key)
    except DomainError:  # not_found
        return None
    return merchant if merchant.platform == platform else None


def _apply(merchant: Merchant, body: bytes, parse: Parser) -> Problem | None:
    try:
        answer = parse(merchant, body)
    except NoticeRejectedError as rejected:
        return _alarm(merchant, REJECTED, reason=rejected.reason)
    except PlatformError as error:  # keys that cannot be read: the platform repeats until they are replaced
        return _alarm(merchant, REJECTED, reason=f"credentials: {error.code}")
    facts = {"merchant": merchant, "notice_id": answer.notice_id, "body": body}
    try:
        notices.process(**facts, number=answer.number, apply=lambda: _settle(merchant, answer))
    except DomainError as rejection:
        notices.receive(**facts)
        return _reject(merchant, answer, rejection)
    except Exception:  # a bug of ours: the notice is kept, and the platform repeats it
        notices.receive(**facts)
        raise
    return None


def _reject(merchant: Merchant, answer: Answer, rejection: DomainError) -> Problem:
    """Record that a verified notice differs from our rows, and have its payment queried."""
    if isinstance(rejection, EvidenceRejected) and isinstance(answer, PaymentAnswer):
        evidence = payment_calls.to_evidence(answer, source="notice", merchant=merchant)
        payment_calls.record_rejection(evidence, rejection)
    return _alarm(merchant, DIFFERENT, reason=rejection.code, number=answer.number)


def _alarm(merchant: Merchant, problem: Problem, *, reason: str, number: str = "") -> Problem:
    """Log and record that a notice was rejected, and return the problem."""
    log.warning("security_notice_rejected", merchant=merchant.key, reason=reason)
    notices.record_rejection(merchant=merchant, reason=reason, number=number)
    return problem


def _settle(merchant: Merchant, answer: Answer) -> str:
    """Apply a verified notice and return its result. Raises DomainError where it differs from our rows."""
    if isinstance(answer, PaymentAnswer):
        evidence = payment_calls.to_evidence(answer, source="notice", merchant=merchant)
        return settlement.settle(evidence).attempt.state
    if isinstance(answer, PayoutAnswer):
        return f"red_packet_{red_packet_calls.record(answer).state}"
    if payment_calls.is_of_reversal(answer, merchant=merchant):
        return "reversal"
    return f"refund_{payment_calls.record_refund_answer(answer, merchant=merchant).state}"


def _parse_wechat_pay(merchant: Merchant, body: bytes) -> Answer:
    client = platform_clients.payment_client(merchant)
    assert isinstance(client, WeChatPay)
    return client.parse_notice(dict(request.headers.items()), body, now=clock.machine_time())


def _parse_alipay(merchant: Merchant, body: bytes) -> Answer:
    client = platform_clients.payment_client(merchant)
    assert isinstance(client, Alipay)
    return client.parse_notice(_parse_form(body), now=clock.machine_time())


def _parse_form(body: bytes) -> dict[str, str]:
    """Return the fields of a notice. Raises NoticeRejectedError for a body that is no form or repeats a field."""
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, strict_parsing=True, max_num_fields=100
        )
    except ValueError:
        raise NoticeRejectedError("no form") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise NoticeRejectedError("repeated field")
    return fields

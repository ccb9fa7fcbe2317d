"""Notices of payments, refunds and transfers: signed by the platform, recent, encrypted for this merchant."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from platforms.payment_answers import NoticeRejectedError, PaymentAnswer, PayoutAnswer, RefundAnswer
from platforms.wechat_pay import answers, crypto, transfer_answers, transport
from platforms.wechat_pay.credentials import WeChatPayCredentials

MAX_BODY_BYTES = 64 * 1024
MAX_AGE_S = 300
# Status and body of the responses to a notice. A failure under status 200 would count as success.
NOTICE_SUCCESS = (204, "")
NOTICE_FAILURE = (500, '{"code":"FAIL","message":"失败"}')
_TEST_SIGNATURE = "WECHATPAY/SIGNTEST/"


def parse_notice(
    credentials: WeChatPayCredentials, headers: Mapping[str, str], body: bytes, *, now: datetime
) -> PaymentAnswer | RefundAnswer | PayoutAnswer:
    """Return what a notice says. `now` is the real time. Raises NoticeRejectedError."""
    _verify(credentials, {name.lower(): value for name, value in headers.items()}, body, now=now)
    notice = _parse_object(body)
    resource = notice.get("resource")
    if notice.get("resource_type") != "encrypt-resource" or not isinstance(resource, dict):
        raise NoticeRejectedError("unreadable")
    value = _decrypt(credentials, resource)
    if (value.get("mchid") or value.get("mch_id")) != credentials.merchant_id:
        raise NoticeRejectedError("merchant")
    notice_id, event = notice.get("id"), notice.get("event_type")
    if not isinstance(notice_id, str) or not 0 < len(notice_id) <= 64 or not isinstance(event, str):
        raise NoticeRejectedError("unreadable")
    try:
        if event.startswith("TRANSACTION."):
            return answers.parse_payment(value, notice_id=notice_id)
        if event.startswith("MCHTRANSFER."):
            return transfer_answers.parse(value, merchant_id=credentials.merchant_id, notice_id=notice_id)
        if event.startswith("REFUND."):
            return answers.parse_refund(value, merchant_id=credentials.merchant_id, notice_id=notice_id)
    except answers.UnreadableAnswerError as error:
        raise NoticeRejectedError(f"unreadable: {error}") from None
    raise NoticeRejectedError("unknown event")


def _verify(
    credentials: WeChatPayCredentials, headers: Mapping[str, str], body: bytes, *, now: datetime
) -> None:
    """Check size, age, serial and signature of a notice. Raises NoticeRejectedError."""
    if len(body) > MAX_BODY_BYTES:
        raise NoticeRejectedError("too large")
    timestamp, signature = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-signature", "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise NoticeRejectedError("timestamp")
    if abs(now.timestamp() - int(timestamp)) > MAX_AGE_S:
        raise NoticeRejectedError("too old")
    # The platform tests receivers with wrong signatures, which must be rejected.
    if signature.startswith(_TEST_SIGNATURE):
        raise NoticeRejectedError("signature test")
    # An unknown serial starts no download: with one, any stranger could empty the list of valid keys.
    if credentials.find_public_key(headers.get("wechatpay-serial", "")) is None:
        raise NoticeRejectedError("serial")
    if not transport.is_signed(credentials, headers, body):
        raise NoticeRejectedError("signature")


def _decrypt(credentials: WeChatPayCredentials, resource: Mapping[str, Any]) -> dict[str, Any]:
    nonce, data = resource.get("nonce"), resource.get("ciphertext")
    associated = resource.get("associated_data") or ""
    if resource.get("algorithm") != "AEAD_AES_256_GCM" or not all(
        isinstance(part, str) for part in (nonce, data, associated)
    ):
        raise NoticeRejectedError("unreadable")
    plain = crypto.decrypt(
        credentials.api_v3_keys, nonce=str(nonce), associated_data=associated, ciphertext=str(data)
    )
    if plain is None:
        raise NoticeRejectedError("decryption")
    return _parse_object(plain)


def _parse_object(raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):  # deeply nested brackets exceed the recursion limit
        value = None
    if not isinstance(value, dict):
        raise NoticeRejectedError("unreadable")
    return value

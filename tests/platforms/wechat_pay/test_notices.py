"""Notices of WeChat Pay: forged, altered, old, oversized and of others."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from platforms.payment_answers import NoticeRejectedError
from platforms.wechat_pay import NOTICE_FAILURE, NOTICE_SUCCESS
from sandbox import wechat_pay_crypto
from sandbox.wechat_pay_notices import sign_message
from tests.platforms.wechat_pay.conftest import Shop

Headers = dict[str, str]


@pytest.fixture
def notified(shop: Shop) -> Shop:
    """One payment whose notice was received."""
    shop.pay_by_phone(shop.native())
    return shop


def rejection(shop: Shop, headers: Headers, body: bytes, now: datetime | None = None) -> str:
    with pytest.raises(NoticeRejectedError) as raised:
        shop.pay.parse_notice(headers, body, now=now or datetime.now(UTC))
    return raised.value.reason


def sign(shop: Shop, body: str) -> Headers:
    """Headers as the platform signs this body."""
    now = int(datetime.now(UTC).timestamp())
    return sign_message(shop.merchant, body, serial=shop.merchant.public_key_id, timestamp=now)


def encrypt(shop: Shop, value: Any, event: str = "TRANSACTION.SUCCESS", **changes: Any) -> str:
    resource = wechat_pay_crypto.encrypt(
        shop.merchant.api_v3_key, json.dumps(value), associated_data="transaction"
    )
    notice = {
        "id": "n1",
        "event_type": event,
        "resource_type": "encrypt-resource",
        "resource": {**resource, **changes},
    }
    return json.dumps(notice)


def test_names_of_headers_have_either_case(notified: Shop) -> None:
    headers, body = notified.receiver.notices[0]
    for changed in (
        {name.upper(): value for name, value in headers.items()},
        {name.lower(): value for name, value in headers.items()},
    ):
        assert notified.pay.parse_notice(changed, body, now=datetime.now(UTC)).number == "A00001"


def test_repeated_notice_has_the_same_id_and_its_own_signature(notified: Shop) -> None:
    notices = notified.sandbox.state.payment_notices
    notices.repeat(notices.list_all()[0].id, copies=2, in_parallel=True)
    received = notified.receiver.notices
    assert {notified.parse(index).notice_id for index in range(3)} == {notified.parse(0).notice_id}
    assert len({headers["Wechatpay-Signature"] for headers, _ in received}) == 3


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda headers: headers | {"Wechatpay-Signature": "WECHATPAY/SIGNTEST/abc"}, "signature test"),
        (lambda headers: headers | {"Wechatpay-Signature": "AAAA"}, "signature"),
        (lambda headers: headers | {"Wechatpay-Signature": "签名"}, "signature"),
        (lambda headers: headers | {"Wechatpay-Signature-Type": "MD5"}, "signature"),
        (lambda headers: headers | {"Wechatpay-Nonce": "other"}, "signature"),
        (lambda headers: headers | {"Wechatpay-Nonce": ""}, "signature"),
        (lambda headers: headers | {"Wechatpay-Serial": "5" * 40}, "serial"),
        (lambda headers: headers | {"Wechatpay-Serial": "not hexadecimal"}, "serial"),
        (lambda headers: headers | {"Wechatpay-Serial": ""}, "serial"),
        (lambda headers: headers | {"Wechatpay-Serial": "PUB_KEY_ID_OTHER"}, "serial"),
        (lambda headers: headers | {"Wechatpay-Timestamp": "1"}, "too old"),
        (lambda headers: headers | {"Wechatpay-Timestamp": ""}, "timestamp"),
        (lambda headers: headers | {"Wechatpay-Timestamp": "１２３"}, "timestamp"),
        (lambda headers: headers | {"Wechatpay-Timestamp": "9" * 40}, "timestamp"),
        (lambda headers: {}, "timestamp"),
    ],
)
def test_forged_headers_are_rejected(
    notified: Shop, change: Callable[[Headers], Headers], reason: str
) -> None:
    headers, body = notified.receiver.notices[0]
    assert rejection(notified, change(headers), body) == reason


def test_altered_body_is_rejected(notified: Shop) -> None:
    headers, body = notified.receiver.notices[0]
    assert rejection(notified, headers, body + b" ") == "signature"
    assert rejection(notified, headers, body.replace(b"transaction", b"transactioN")) == "signature"


def test_old_and_future_notices_are_rejected(notified: Shop) -> None:
    headers, body = notified.receiver.notices[0]
    sent = datetime.fromtimestamp(int(headers["Wechatpay-Timestamp"]), UTC)
    assert notified.pay.parse_notice(headers, body, now=sent + timedelta(seconds=300)).number
    for age in (301, -301):
        assert rejection(notified, headers, body, sent + timedelta(seconds=age)) == "too old"


@pytest.mark.parametrize(("content", "reason"), [("forged", "signature"), ("old", "too old")])
def test_faulty_notices_of_the_sandbox_are_rejected(shop: Shop, content: str, reason: str) -> None:
    shop.fault("notice", content)
    shop.pay_by_phone(shop.native())
    assert rejection(shop, *shop.receiver.notices[0]) == reason


def test_wx_16_notice_with_another_amount_shows_that_amount(shop: Shop) -> None:
    shop.fault("notice", "wrong_amount")
    shop.pay_by_phone(shop.native())
    assert shop.parse().amount_fen == 9_901


def test_oversized_notice_is_rejected_before_its_signature(shop: Shop) -> None:
    body = '{"id": "' + "x" * 70_000 + '"}'
    assert rejection(shop, sign(shop, body), body.encode()) == "too large"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        "null",
        "[" * 60_000,
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        '{"id": "n1", "event_type": "TRANSACTION.SUCCESS", "resource_type": "encrypt-resource", "resource": 1}',
    ],
)
def test_signed_body_that_is_no_notice_is_rejected(shop: Shop, body: str) -> None:
    assert rejection(shop, sign(shop, body), body.encode()) == "unreadable"


def transaction(shop: Shop, **changes: Any) -> dict[str, Any]:
    value = {
        "mchid": shop.merchant.merchant_id,
        "appid": "wx1",
        "out_trade_no": "A00001",
        "transaction_id": "42",
        "trade_state": "SUCCESS",
        "success_time": "2026-11-28T10:00:00+08:00",
        "amount": {"total": 100, "payer_total": 100, "currency": "CNY"},
    }
    return {**value, **changes}


@pytest.mark.parametrize(
    "changes",
    [
        {"trade_state": "NEW_STATE"},
        {"out_trade_no": None},
        {"transaction_id": ""},
        {"success_time": "yesterday"},
        {"success_time": "2026-11-28T10:00:00"},
        {"amount": {"payer_total": 100}},
        {"amount": {"total": 1.0}},
        {"amount": {"total": True}},
        {"amount": {"total": "100"}},
        {"amount": {"total": -1}},
        {"amount": 100},
    ],
)
def test_encrypted_payment_without_its_fields_is_rejected(shop: Shop, changes: dict[str, Any]) -> None:
    body = encrypt(shop, transaction(shop, **changes))
    assert rejection(shop, sign(shop, body), body.encode()).startswith("unreadable")


def test_notice_of_another_merchant_or_event_is_rejected(shop: Shop) -> None:
    for value, event, reason in (
        (transaction(shop, mchid="1900000009"), "TRANSACTION.SUCCESS", "merchant"),
        (transaction(shop), "COUPON.USE", "unknown event"),
    ):
        body = encrypt(shop, value, event)
        assert rejection(shop, sign(shop, body), body.encode()) == reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"algorithm": "AEAD_SM4_GCM"}, "unreadable"),
        ({"nonce": "x"}, "decryption"),
        ({"nonce": None}, "unreadable"),
        ({"associated_data": "refund"}, "decryption"),
        ({"ciphertext": "签"}, "decryption"),
        ({"ciphertext": base64.b64encode(b"1" * 40).decode()}, "decryption"),
    ],
)
def test_resource_that_cannot_be_decrypted_is_rejected(
    shop: Shop, changes: dict[str, Any], reason: str
) -> None:
    body = encrypt(shop, transaction(shop), **changes)
    assert rejection(shop, sign(shop, body), body.encode()) == reason


def test_both_keys_are_valid_during_a_rotation(notified: Shop) -> None:
    headers, body = notified.receiver.notices[0]
    client = notified.client(api_v3_keys=("n" * 32, notified.merchant.api_v3_key))
    assert client.parse_notice(headers, body, now=datetime.now(UTC)).number == "A00001"
    with pytest.raises(NoticeRejectedError):
        notified.client(api_v3_keys=("n" * 32,)).parse_notice(headers, body, now=datetime.now(UTC))


def test_certificate_mode_and_public_key_mode_are_valid_during_a_switch(shop: Shop) -> None:
    both = {**shop.credentials.public_keys, **shop.merchant.certificate()}
    old = shop.client(public_keys=shop.merchant.certificate())
    switching = shop.client(public_keys=both)
    shop.native()
    assert old.query(number="A00001").outcome == "pending"
    assert switching.query(number="A00001").outcome == "pending"
    shop.merchant.signs_notices_with = "certificate"
    shop.pay_by_phone(shop.native("A00002"))
    headers, body = shop.receiver.notices[-1]
    lower = headers | {"Wechatpay-Serial": headers["Wechatpay-Serial"].lower()}
    for client in (old, switching):
        assert client.parse_notice(lower, body, now=datetime.now(UTC)).number == "A00002"
    assert rejection(shop, headers, body) == "serial"


def test_answers_to_notices_have_the_status_that_counts() -> None:
    assert NOTICE_SUCCESS == (204, "")
    assert NOTICE_FAILURE[0] == 500

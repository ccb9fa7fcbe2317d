"""Status reports and answers, with bodies as the providers' documents show them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from platforms.sms.base import SmsReport
from platforms.sms.reports import MAX_BODY_BYTES, SmsUplink, parse_reports, parse_uplinks

AT = datetime(2026, 11, 28, 15, 30, 4, tzinfo=UTC)
ALIBABA_REPORT = {
    "phone_number": "13800138000",
    "send_time": "2026-11-28 23:30:00",
    "report_time": "2026-11-28 23:30:04",
    "success": True,
    "err_code": "DELIVERED",
    "err_msg": "用户接收成功",
    "sms_size": "1",
    "biz_id": "900619746936498440^0",
    "out_id": "m1",
}
TENCENT_REPORT = {
    "user_receive_time": "2026-11-28 23:30:04",
    "nationcode": "86",
    "mobile": "13800138000",
    "report_status": "SUCCESS",
    "errmsg": "DELIVRD",
    "description": "用户短信送达成功",
    "sid": "2645:129:77",
}
SANDBOX_REPORT = {
    "message_id": "sms_1",
    "request_id": "m1",
    "phone": "13800138000",
    "state": "delivered",
    "code": "DELIVRD",
    "at": int(AT.timestamp()),
}
ALIBABA_UPLINK = {
    "phone_number": "13800138000",
    "send_time": "2026-11-28 23:30:04",
    "content": "TD",
    "sign_name": "小二便利",
    "dest_code": "1069",
    "sequence_id": "1234567890",
}
TENCENT_UPLINK = {
    "extend": "",
    "mobile": "13800138000",
    "nationcode": "86",
    "sign": "小二便利",
    "text": "TD",
    "time": int(AT.timestamp()),
}
SANDBOX_UPLINK = {"phone": "13800138000", "text": "TD", "at": int(AT.timestamp())}


def encode(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("provider", "row", "report"),
    [
        ("alibaba", ALIBABA_REPORT, SmsReport("900619746936498440^0", "m1", "delivered", "DELIVERED", AT)),
        (
            "alibaba",
            ALIBABA_REPORT | {"success": False, "err_code": "MOBILE_NOT_ON_SERVICE", "out_id": ""},
            SmsReport("900619746936498440^0", "", "failed", "MOBILE_NOT_ON_SERVICE", AT),
        ),
        ("tencent", TENCENT_REPORT, SmsReport("2645:129:77", "", "delivered", "DELIVRD", AT)),
        (
            "tencent",
            TENCENT_REPORT | {"report_status": "FAIL", "errmsg": "MK:0001"},
            SmsReport("2645:129:77", "", "failed", "MK:0001", AT),
        ),
        ("sandbox", SANDBOX_REPORT, SmsReport("sms_1", "m1", "delivered", "DELIVRD", AT)),
        ("sandbox", SANDBOX_REPORT | {"state": "failed"}, SmsReport("sms_1", "m1", "failed", "DELIVRD", AT)),
    ],
)
def test_report_is_read(provider: Any, row: dict, report: SmsReport) -> None:
    assert parse_reports(provider, encode([row, row])) == [report, report]


@pytest.mark.parametrize(
    ("provider", "body"),
    [
        ("alibaba", [ALIBABA_UPLINK]),
        ("tencent", TENCENT_UPLINK),
        ("tencent", TENCENT_UPLINK | {"nationcode": "+86"}),
        ("sandbox", [SANDBOX_UPLINK]),
    ],
)
def test_answer_is_read(provider: Any, body: Any) -> None:
    (uplink,) = parse_uplinks(provider, encode(body))
    assert uplink == SmsUplink("+8613800138000", "TD", AT)
    assert uplink.is_unsubscription
    assert "138" not in repr(uplink)


@pytest.mark.parametrize(
    ("digits", "phone"),
    [
        ("8613800138000", "+8613800138000"),
        ("008613800138000", "+8613800138000"),
        ("85251234567", "+85251234567"),
    ],
)
def test_number_becomes_e164(digits: str, phone: str) -> None:
    (uplink,) = parse_uplinks("alibaba", encode([ALIBABA_UPLINK | {"phone_number": digits}]))
    assert uplink.phone_e164 == phone


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("R", True),
        ("r ", True),
        ("ｔｄ", True),
        ("T", True),
        ("退订", True),
        ("退订吗", False),
        ("好", False),
    ],
)
def test_only_the_words_of_unsubscription_unsubscribe(text: str, expected: bool) -> None:
    assert SmsUplink("+8613800138000", text, AT).is_unsubscription is expected


@pytest.mark.parametrize(
    ("provider", "value"),
    [
        ("alibaba", [ALIBABA_REPORT | {"success": "true"}]),
        ("alibaba", [ALIBABA_REPORT | {"biz_id": None}]),
        ("alibaba", [ALIBABA_REPORT | {"biz_id": "1" * 129}]),
        ("alibaba", [ALIBABA_REPORT | {"out_id": 7}]),
        ("alibaba", [ALIBABA_REPORT | {"report_time": "yesterday"}]),
        ("tencent", [TENCENT_REPORT | {"report_status": "MAYBE"}]),
        ("tencent", [TENCENT_REPORT | {"report_status": ["SUCCESS"]}]),
        ("tencent", [{}]),
        ("sandbox", [SANDBOX_REPORT | {"state": "lost"}]),
        ("sandbox", [SANDBOX_REPORT | {"at": "now"}]),
        ("sandbox", [SANDBOX_REPORT | {"at": True}]),
        ("sandbox", [SANDBOX_REPORT | {"at": 10**12}]),
        ("sandbox", [7]),
        ("sandbox", "text"),
        ("sandbox", [SANDBOX_REPORT] * 501),
    ],
)
def test_malformed_report_is_rejected(provider: Any, value: Any) -> None:
    with pytest.raises(ValueError):
        parse_reports(provider, encode(value))


@pytest.mark.parametrize("body", [b"", b"\xff", b"<html>", b"[" * 100_000, b" " * (MAX_BODY_BYTES + 1)])
def test_body_that_is_no_json_is_rejected(body: bytes) -> None:
    for provider in ("alibaba", "tencent", "sandbox"):
        for parse in (parse_reports, parse_uplinks):
            with pytest.raises(ValueError):
                parse(provider, body)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("provider", "value"),
    [
        ("alibaba", [ALIBABA_UPLINK | {"phone_number": "1380013800x"}]),
        ("alibaba", [ALIBABA_UPLINK | {"phone_number": "１３８００１３８０００"}]),
        ("alibaba", [ALIBABA_UPLINK | {"content": ""}]),
        ("tencent", TENCENT_UPLINK | {"time": "1457336869"}),
        ("tencent", TENCENT_UPLINK | {"mobile": "12"}),
        ("sandbox", [SANDBOX_UPLINK | {"text": "T" * 2001}]),
    ],
)
def test_malformed_answer_is_rejected(provider: Any, value: Any) -> None:
    with pytest.raises(ValueError):
        parse_uplinks(provider, encode(value))

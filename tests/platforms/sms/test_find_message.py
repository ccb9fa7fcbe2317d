"""A message whose outcome is unknown is found by our number where the provider can do that."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from platforms.sms.alibaba import AlibabaSms
from platforms.sms.base import SmsFinder, SmsReport
from platforms.sms.sandbox import SandboxSms
from platforms.sms.tencent import TencentSms
from tests.platforms.conftest import PreparedResponse
from tests.platforms.sms.test_reports import AT, SANDBOX_REPORT

PHONE, DAY = "+8613800138000", date(2026, 11, 28)
DETAIL = {
    "SendDate": "2026-11-28 23:30:00",
    "ReceiveDate": "2026-11-28 23:30:04",
    "OutId": "m1",
    "SendStatus": 3,
    "TemplateCode": "SMS_1",
    "Content": "【小二便利】验证码846213",
    "PhoneNum": "13800138000",
    "ErrCode": "DELIVERED",
}


@pytest.fixture
def alibaba(platform) -> AlibabaSms:
    return AlibabaSms(
        key_id="i", key_secret="k", sign_name="s", base_url=platform.base_url, read_timeout_s=0.5
    )


@pytest.fixture
def sandbox(platform) -> SandboxSms:
    return SandboxSms(platform.base_url, "k", sign_name="s")


def details(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"Code": "OK", "TotalCount": str(len(rows)), "SmsSendDetailDTOs": {"SmsSendDetailDTO": list(rows)}}


def test_alibaba_is_asked_by_phone_and_day(platform, alibaba):
    platform.prepare("/", details(DETAIL | {"OutId": "m0"}, DETAIL))
    assert isinstance(alibaba, SmsFinder)
    assert alibaba.find_message(PHONE, "m1", DAY) == SmsReport("", "m1", "delivered", "DELIVERED", AT)
    (asked,) = platform.requests
    assert asked.headers["x-acs-action"] == "QuerySendDetails"
    assert asked.query == {
        "PhoneNumber": "13800138000",
        "SendDate": "20261128",
        "PageSize": "50",
        "CurrentPage": "1",
    }


def test_alibaba_reads_further_pages(platform, alibaba):
    platform.prepare("/", details(*[DETAIL | {"OutId": f"x{n}"} for n in range(50)]), details(DETAIL))
    assert alibaba.find_message(PHONE, "m1", DAY) is not None
    assert [asked.query["CurrentPage"] for asked in platform.requests] == ["1", "2"]


@pytest.mark.parametrize(
    ("changes", "state", "code", "at"),
    [
        (
            {"SendStatus": 1, "ReceiveDate": "", "ErrCode": ""},
            "sending",
            "",
            datetime(2026, 11, 28, 15, 30, tzinfo=UTC),
        ),
        ({"SendStatus": 2, "ErrCode": "MOBILE_NOT_ON_SERVICE"}, "failed", "MOBILE_NOT_ON_SERVICE", AT),
    ],
)
def test_alibaba_knows_three_states(platform, alibaba, changes, state, code, at):
    platform.prepare("/", details(DETAIL | changes))
    assert alibaba.find_message(PHONE, "m1", DAY) == SmsReport("", "m1", state, code, at)


def test_message_that_was_not_sent_is_none(platform, alibaba, sandbox):
    platform.prepare("/", details(DETAIL | {"OutId": "m0"}))
    assert alibaba.find_message(PHONE, "m1", DAY) is None
    platform.prepare("/sms/messages", PreparedResponse(b"{}", 404))
    assert sandbox.find_message(PHONE, "m1", DAY) is None


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"Code": "isv.MOBILE_NUMBER_ILLEGAL"}, PlatformRejectedError),
        ({"Code": "isp.SYSTEM_ERROR"}, OutcomeUnknownError),
        (details(DETAIL | {"SendStatus": 9}), OutcomeUnknownError),
        (details(DETAIL | {"ReceiveDate": "soon"}), OutcomeUnknownError),
        (PreparedResponse(b"", 503), OutcomeUnknownError),
        (details(*[DETAIL | {"OutId": "x"}] * 50), OutcomeUnknownError),
    ],
)
def test_failed_query_of_alibaba_is_never_none(platform, alibaba, answer, error):
    platform.prepare("/", answer)
    with pytest.raises(error) as caught:
        alibaba.find_message(PHONE, "m1", DAY)
    assert "13800138000" not in str(caught.value) + repr(caught.value.__context__)


def test_sandbox_is_asked_by_our_number(platform, sandbox):
    platform.prepare("/sms/messages", SANDBOX_REPORT)
    assert isinstance(sandbox, SmsFinder)
    assert sandbox.find_message(PHONE, "m1", DAY) == SmsReport("sms_1", "m1", "delivered", "DELIVRD", AT)
    assert platform.requests[0].query == {"request_id": "m1"}
    assert platform.requests[0].headers["Authorization"] == "Bearer k"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (PreparedResponse(b"{}", 401), PlatformRejectedError),
        (PreparedResponse(b"{}", 500), OutcomeUnknownError),
        ({"state": "delivered"}, OutcomeUnknownError),
    ],
)
def test_failed_query_of_the_sandbox_is_never_none(platform, sandbox, answer, error):
    platform.prepare("/sms/messages", answer)
    with pytest.raises(error):
        sandbox.find_message(PHONE, "m1", DAY)


def test_tencent_finds_no_message_by_our_number(platform, http):
    sms = TencentSms(key_id="i", key_secret="k", app_id="1", sign_name="s", http=http)
    assert not isinstance(sms, SmsFinder)
    assert platform.requests == []

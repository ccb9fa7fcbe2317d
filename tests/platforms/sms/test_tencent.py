"""Tencent Cloud gets a rightly signed request, and its answers become our errors."""

import hashlib
import hmac
import logging
from datetime import UTC, datetime

import pytest

from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from platforms.http import PlatformSession
from platforms.sms.tencent import TencentSms
from tests.platforms.conftest import PreparedResponse, ReceivedRequest

KEY_ID, KEY_SECRET = "AKID-of-the-teahouse", "5ec4e7-of-the-teahouse"
PHONE, CODE = "+8613800138000", "846213"


@pytest.fixture
def sms(http) -> TencentSms:
    return TencentSms(
        key_id=KEY_ID, key_secret=KEY_SECRET, app_id="1400006666", sign_name="小二便利", http=http
    )


def signature(asked: ReceivedRequest, *, secret: str) -> str:
    """The TC3-HMAC-SHA256 signature as Tencent's page describes it, written anew for this check."""
    time = asked.headers["X-TC-Timestamp"]
    date = datetime.fromtimestamp(int(time), UTC).strftime("%Y-%m-%d")
    headers = f"content-type:{asked.headers['Content-Type']}\nhost:{asked.headers['Host']}\n"
    payload = hashlib.sha256(asked.body).hexdigest()
    request = "\n".join([asked.method, "/", "", headers, "content-type;host", payload])
    scope = f"{date}/sms/tc3_request"
    to_sign = "\n".join(["TC3-HMAC-SHA256", time, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = f"TC3{secret}".encode()
    for part in (date, "sms", "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()


def answer_body(code: str, **more: str) -> dict:
    return {"Response": {"SendStatusSet": [{"Code": code, **more}], "RequestId": "R"}}


def error_body(code: str) -> dict:
    return {"Response": {"Error": {"Code": code, "Message": f"no {PHONE}"}, "RequestId": "R"}}


def test_message_is_signed_and_complete(platform, sms):
    platform.prepare("/", answer_body("Ok", SerialNo="5000:1", PhoneNumber=PHONE))
    assert sms.send(PHONE, "1110", {"code": CODE, "minutes": "5"}, "r1") == "5000:1"
    (asked,) = platform.requests
    assert (asked.headers["X-TC-Action"], asked.headers["X-TC-Version"]) == ("SendSms", "2021-01-11")
    assert asked.headers["Host"] == "sms.tencentcloudapi.com"
    assert asked.json == {
        "PhoneNumberSet": [PHONE],
        "SmsSdkAppId": "1400006666",
        "TemplateId": "1110",
        "SignName": "小二便利",
        "TemplateParamSet": [CODE, "5"],
        "SessionContext": "r1",
    }
    given = asked.headers["Authorization"].rsplit("Signature=")[1]
    assert given == signature(asked, secret=KEY_SECRET)
    assert given != signature(asked, secret="guess")


@pytest.mark.parametrize(
    ("answer", "error", "word"),
    [
        (answer_body("LimitExceeded.PhoneNumberDailyLimit"), PlatformRejectedError, "太多"),
        (answer_body("FailedOperation.InsufficientBalanceInSmsPackage"), PlatformRejectedError, "余额"),
        (answer_body("FailedOperation.SomethingNew"), PlatformRejectedError, "拒绝"),
        (error_body("AuthFailure.SignatureFailure"), PlatformRejectedError, "SecretKey"),
        (error_body("AuthFailure.SecretIdNotFound"), PlatformRejectedError, "SecretId"),
        (error_body("InternalError.Timeout"), OutcomeUnknownError, "应答"),
        (answer_body("InternalError.Timeout"), OutcomeUnknownError, "应答"),
        (answer_body("Ok"), OutcomeUnknownError, "编号"),
        ({"Response": {"SendStatusSet": [], "RequestId": "R"}}, OutcomeUnknownError, "应答"),
        ({"Response": {"RequestId": "R"}}, OutcomeUnknownError, "应答"),
        ({"Response": []}, OutcomeUnknownError, "应答"),
        (PreparedResponse(b"<html>"), OutcomeUnknownError, "应答"),
        (PreparedResponse(b"", 503), OutcomeUnknownError, "应答"),
    ],
)
def test_answer_is_reported_without_phone_or_code(platform, sms, caplog, answer, error, word):
    caplog.set_level(logging.DEBUG)
    platform.prepare("/", answer)
    with pytest.raises(error) as caught:
        sms.send(PHONE, "1110", {"code": CODE}, "r1")
    assert word in caught.value.message
    assert_silent(caught.value, caplog)
    assert len(platform.requests) == 1  # a repeat could send the message twice


def test_silent_provider_is_unknown(silent, caplog):
    caplog.set_level(logging.DEBUG)
    with PlatformSession(base_url=silent, read_timeout_s=0.1) as http:
        sms = TencentSms(key_id=KEY_ID, key_secret=KEY_SECRET, app_id="1", sign_name="s", http=http)
        with pytest.raises(OutcomeUnknownError) as caught:
            sms.send(PHONE, "1110", {"code": CODE}, "r1")
    assert_silent(caught.value, caplog)


def assert_silent(error: Exception, caplog) -> None:
    result = str(error) + repr(error.__context__) + repr(error.__cause__) + caplog.text
    for hidden in ("13800138000", CODE, KEY_SECRET):
        assert hidden not in result


def test_proxies_of_the_environment_are_ignored(platform, http, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    platform.prepare("/", answer_body("Ok", SerialNo="5000:1"))
    sms = TencentSms(key_id=KEY_ID, key_secret=KEY_SECRET, app_id="1", sign_name="s", http=http)
    assert sms.send(PHONE, "1110", {}, "r1") == "5000:1"


def test_sender_hides_its_keys(sms):
    assert KEY_SECRET not in repr(sms)

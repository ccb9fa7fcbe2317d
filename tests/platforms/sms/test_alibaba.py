"""Alibaba Cloud gets a rightly signed request, and its answers become our errors."""

import hashlib
import hmac
import json
import logging
from urllib.parse import quote

import pytest

from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from platforms.sms.alibaba import AlibabaSms
from tests.platforms.conftest import PreparedResponse, ReceivedRequest

KEY_ID, KEY_SECRET = "LTAI-of-the-teahouse", "5ec4e7-of-the-teahouse"
PHONE, CODE = "+8613800138000", "846213"


@pytest.fixture
def sms(platform) -> AlibabaSms:
    return AlibabaSms(
        key_id=KEY_ID,
        key_secret=KEY_SECRET,
        sign_name="小二便利",
        base_url=platform.base_url,
        read_timeout_s=0.5,
    )


def signature(asked: ReceivedRequest, *, secret: str) -> str:
    """The ACS3-HMAC-SHA256 signature as Alibaba's page describes it, written anew for this check."""
    given = asked.headers["Authorization"]
    names = given.split("SignedHeaders=")[1].split(",")[0].split(";")
    headers = {name.lower(): value for name, value in asked.headers.items()}
    query = "&".join(f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in sorted(asked.query.items()))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    payload = hashlib.sha256(asked.body).hexdigest()
    request = "\n".join([asked.method, asked.path, query, lines, ";".join(names), payload])
    to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(request.encode()).hexdigest()
    return hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()


def test_message_is_signed_and_complete(platform, sms):
    platform.prepare("/", {"Code": "OK", "Message": "OK", "BizId": "90061954^0", "RequestId": "R"})
    assert sms.send(PHONE, "SMS_1", {"code": CODE}, "r1") == "90061954^0"
    (asked,) = platform.requests
    assert asked.headers["x-acs-action"] == "SendSms"
    assert asked.query == {
        "PhoneNumbers": "13800138000",
        "SignName": "小二便利",
        "TemplateCode": "SMS_1",
        "TemplateParam": json.dumps({"code": CODE}),
        "OutId": "r1",
    }
    given = asked.headers["Authorization"].rsplit("Signature=")[1]
    assert given == signature(asked, secret=KEY_SECRET)
    assert given != signature(asked, secret="guess")


def test_number_abroad_keeps_its_country(platform, sms):
    platform.prepare("/", {"Code": "OK", "BizId": "1"})
    sms.send("+85251234567", "SMS_1", {}, "r1")
    assert platform.requests[0].query["PhoneNumbers"] == "85251234567"


@pytest.mark.parametrize(
    ("answer", "error", "word"),
    [
        ({"Code": "isv.BUSINESS_LIMIT_CONTROL", "Message": f"{PHONE} flow"}, PlatformRejectedError, "太频繁"),
        ({"Code": "isv.AMOUNT_NOT_ENOUGH", "Message": "no"}, PlatformRejectedError, "余额"),
        ({"Code": "isv.SOMETHING_NEW", "Message": "no"}, PlatformRejectedError, "拒绝"),
        (
            PreparedResponse(b'{"Code": "SignatureDoesNotMatch", "Message": "no"}', 400),
            PlatformRejectedError,
            "Secret",
        ),
        (
            PreparedResponse(b'{"Code": "InvalidAccessKeyId.NotFound", "Message": "no"}', 404),
            PlatformRejectedError,
            "AccessKey ID",
        ),
        ({"Code": "isp.SYSTEM_ERROR", "Message": "busy"}, OutcomeUnknownError, "异常"),
        ({"Code": "OK"}, OutcomeUnknownError, "编号"),
        (PreparedResponse(b'{"Code": "ServiceUnavailable"}', 503), OutcomeUnknownError, "应答"),
        (PreparedResponse(b"<html>"), OutcomeUnknownError, "应答"),
        (PreparedResponse(b"<html>", 400), OutcomeUnknownError, "应答"),
    ],
)
def test_answer_is_reported_without_phone_or_code(platform, sms, caplog, answer, error, word):
    caplog.set_level(logging.DEBUG)
    platform.prepare("/", answer)
    with pytest.raises(error) as caught:
        sms.send(PHONE, "SMS_1", {"code": CODE}, "r1")
    assert word in caught.value.message
    assert_silent(caught.value, caplog)
    assert len(platform.requests) == 1  # a repeat could send the message twice


def test_silent_provider_is_unknown(silent, caplog):
    caplog.set_level(logging.DEBUG)
    sms = AlibabaSms(key_id=KEY_ID, key_secret=KEY_SECRET, sign_name="s", base_url=silent, read_timeout_s=0.1)
    with pytest.raises(OutcomeUnknownError) as caught:
        sms.send(PHONE, "SMS_1", {"code": CODE}, "r1")
    assert_silent(caught.value, caplog)


def assert_silent(error: Exception, caplog) -> None:
    result = str(error) + repr(error.__context__) + repr(error.__cause__) + caplog.text
    for hidden in ("13800138000", CODE, KEY_SECRET):
        assert hidden not in result


def test_debug_setting_of_the_sdk_writes_nothing(platform, sms, caplog, monkeypatch, capfd):
    monkeypatch.setenv("DEBUG", "sdk")
    caplog.set_level(logging.DEBUG)
    platform.prepare("/", {"Code": "OK", "BizId": "1"})
    sms.send(PHONE, "SMS_1", {"code": CODE}, "r1")
    result = caplog.text + "".join(capfd.readouterr())
    assert "13800138000" not in result
    assert "Signature" not in result


def test_sender_hides_its_keys(sms):
    assert KEY_SECRET not in repr(sms)

"""Messages go to the sandbox as it wants them, and SDKs stay away until they are wanted."""

import subprocess
import sys

import pytest

from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from platforms.sms.factory import create_sender
from platforms.sms.sandbox import SandboxSms
from tests.platforms.conftest import PreparedResponse

PHONE = "+8613800138000"


def test_sandbox_gets_the_message(platform):
    platform.prepare("/sms/messages", {"message_id": "sms_1"})
    sms = create_sender(
        provider="sandbox", sign_name="小二", key_secret="sandbox-sms-key", base_url=platform.base_url
    )
    assert sms.send(PHONE, "sign-in", {"code": "123456"}, "r1") == "sms_1"
    (asked,) = platform.requests
    assert asked.headers["Authorization"] == "Bearer sandbox-sms-key"
    assert asked.json == {
        "sign_name": "小二",
        "template": "sign-in",
        "phone": "13800138000",
        "params": {"code": "123456"},
        "request_id": "r1",
    }


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (PreparedResponse(b'{"code": "bad_phone"}', 400), PlatformRejectedError),
        (PreparedResponse(b"", 401), PlatformRejectedError),
        (PreparedResponse(b"", 500), OutcomeUnknownError),
        (PreparedResponse(b"{}"), OutcomeUnknownError),
    ],
)
def test_rejection_is_distinguished_from_unknown_outcome(platform, answer, error):
    platform.prepare("/sms/messages", answer)
    with pytest.raises(error) as caught:
        SandboxSms(platform.base_url, "sandbox-sms-key", sign_name="小二").send(
            PHONE, "t", {"code": "123456"}, "r1"
        )
    result = str(caught.value) + repr(caught.value.__context__)
    assert "13800138000" not in result
    assert "123456" not in result


def test_sandbox_without_address_is_a_wrong_setting():
    with pytest.raises(ValueError):
        create_sender(provider="sandbox", sign_name="小二", key_secret="k")


def test_sender_hides_its_key(platform):
    assert "sandbox-sms-key" not in repr(SandboxSms(platform.base_url, "sandbox-sms-key", sign_name="小二"))


@pytest.mark.parametrize(
    ("provider", "loaded"), [("sandbox", ""), ("alibaba", "alibabacloud"), ("tencent", "tencentcloud")]
)
def test_only_the_wanted_sdk_is_loaded(provider, loaded):
    script = (
        "import sys; from platforms.sms.factory import create_sender;"
        f"create_sender(provider={provider!r}, sign_name='s', key_id='i', key_secret='k', base_url='http://127.0.0.1:9');"
        "print(*{name.split('_')[0] for name in sys.modules} & {'alibabacloud', 'tencentcloud'})"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == loaded

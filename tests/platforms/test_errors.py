"""Errors may be logged and shown: they hold nothing that must stay secret."""

import pytest

from platforms.errors import CircuitOpenError, OutcomeUnknownError, PlatformError, PlatformRejectedError


def test_messages_are_cleaned_of_what_platforms_echo():
    error = PlatformError("wechat", 40001, f"bad {'T' * 40} for oABCDEFGHIJKLMNOPQRSTUVWXYZ1, +8613800138000")
    assert str(error) == "wechat 40001: bad … for …, …"


def test_explanations_stay_readable():
    assert str(PlatformRejectedError("wechat", 40164, "服务器 IP 不在白名单：203.0.113.7")).endswith(
        "白名单：203.0.113.7"
    )


@pytest.mark.parametrize("kind", [PlatformRejectedError, OutcomeUnknownError, CircuitOpenError])
def test_one_family_of_errors(kind):
    assert issubclass(kind, PlatformError)

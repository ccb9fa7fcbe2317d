"""Responses that prove nothing: unsigned, forged, unreadable, late or about something else."""

from typing import Any

import pytest

from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from tests.platforms.conftest import FakePlatform, PreparedResponse
from tests.platforms.wechat_pay.conftest import Shop

CODEPAY = "/v3/pay/transactions/codepay"
ORDER = "/v3/pay/transactions/out-trade-no/<number>"


@pytest.mark.parametrize(
    ("kind", "options", "code"),
    [
        ("unsigned", {}, "unverified"),
        ("forged", {}, "unverified"),
        ("http_500", {}, "unverified"),
        ("garbage", {}, "unreadable"),
        ("error", {"code": "SYSTEM_ERROR", "status": 500}, "SYSTEMERROR"),
        ("error", {"code": "SYSTEMERROR", "status": 400}, "SYSTEMERROR"),
        ("error", {"code": "BANK_ERROR", "status": 400}, "BANKERROR"),
        ("error_after", {}, "SYSTEMERROR"),
    ],
)
def test_charge_without_a_reliable_answer_is_in_doubt(
    shop: Shop, kind: str, options: dict[str, Any], code: str
) -> None:
    shop.fault(CODEPAY, kind, **options)
    with pytest.raises(OutcomeUnknownError) as raised:
        shop.charge()
    assert raised.value.code == code
    assert raised.value.perhaps_sent


@pytest.mark.parametrize("kind", ["timeout", "late_answer"])
def test_time_out_is_in_doubt(shop: Shop, impatient: Any, kind: str) -> None:
    shop.charge()
    shop.fault(ORDER, kind, delay_s=0.6)
    with pytest.raises(OutcomeUnknownError) as raised:
        shop.client(http=impatient).query(number="A00001")
    assert raised.value.perhaps_sent


def test_limited_call_did_nothing_and_may_be_repeated(shop: Shop) -> None:
    shop.fault(CODEPAY, "error", code="FREQUENCY_LIMITED", status=429)
    with pytest.raises(OutcomeUnknownError) as raised:
        shop.charge()
    assert not raised.value.perhaps_sent


def test_rejection_counts_only_with_a_signature(shop: Shop) -> None:
    shop.fault(CODEPAY, "error", code="TRADE_ERROR", status=403)
    with pytest.raises(PlatformRejectedError):
        shop.charge()


def test_unsigned_error_of_a_client_error_is_in_doubt(shop: Shop) -> None:
    """A 404 of a stranger says nothing about the payment."""
    shop.charge()
    client = shop.client(public_keys={"PUB_KEY_ID_OTHER": next(iter(shop.credentials.public_keys.values()))})
    for call in (lambda: client.query(number="A00001"), lambda: client.query(number="A09999")):
        with pytest.raises(OutcomeUnknownError) as raised:
            call()
        assert raised.value.code == "unverified"


def test_wx_16_answer_with_another_amount_shows_that_amount(shop: Shop) -> None:
    shop.charge()
    shop.fault(ORDER, "wrong_amount")
    assert shop.pay.query(number="A00001").amount_fen == 1_251


def test_oversized_response_is_in_doubt(shop: Shop, platform: FakePlatform, http: Any) -> None:
    platform.prepare("/v3/pay/transactions/out-trade-no/A00001", PreparedResponse(b"{" + b" " * 2**21 + b"}"))
    with pytest.raises(OutcomeUnknownError):
        shop.client(http=http).query(number="A00001")


def test_unreachable_platform_received_nothing(shop: Shop) -> None:
    from platforms.http import PlatformSession

    with PlatformSession(base_url="http://127.0.0.1:9") as http, pytest.raises(OutcomeUnknownError) as raised:
        shop.client(http=http).query(number="A00001")
    assert not raised.value.perhaps_sent
    assert "PRIVATE" not in str(raised.getrepr())

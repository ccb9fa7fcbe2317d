"""What the check of credentials says to the staff who entered them."""

from typing import Any

import pytest

from platforms.errors import PlatformRejectedError
from platforms.http import PlatformSession
from platforms.wechat_pay.credential_check import APP_NOT_BOUND, MESSAGES
from sandbox import wechat_pay_crypto
from tests.platforms.wechat_pay.conftest import APP_ID, Shop
from tests.support.private_keys import OTHER_KEY

OTHER_PUBLIC_KEY = wechat_pay_crypto.to_public_key(OTHER_KEY)


def test_right_credentials_have_no_problem_and_leave_no_open_order(shop: Shop) -> None:
    assert shop.pay.find_credential_problem(app_id=APP_ID) is None
    assert [order.state for order in shop.sandbox.state.wechat_pay.list_orders()] == ["CLOSED"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"merchant_id": "1900000009"}, "merchant"),
        ({"merchant_id": "商户"}, "merchant"),
        ({"merchant_id": "1900000009\r\nX: 1"}, "merchant"),
        ({"certificate_serial": "5" * 40}, "serial"),
        ({"certificate_serial": "not hexadecimal"}, "serial"),
        ({"public_keys": {"公钥": OTHER_PUBLIC_KEY}}, "public_key_id"),
        ({"private_key_pem": OTHER_KEY}, "key"),
        ({"private_key_pem": "-----BEGIN PRIVATE KEY-----\n"}, "private_key"),
        ({"api_v3_keys": ()}, "api_v3_key"),
        ({"api_v3_keys": ("short",)}, "api_v3_key"),
        ({"public_keys": {}}, "no_public_key"),
        ({"public_keys": {"PUB_KEY_ID_1": "x"}}, "public_key"),
        ({"public_keys": {"PUB_KEY_ID_1": OTHER_PUBLIC_KEY}}, "unverified"),
    ],
)
def test_wrong_credential_is_named(shop: Shop, changes: dict[str, Any], problem: str) -> None:
    assert shop.client(**changes).find_credential_problem(app_id=APP_ID) == MESSAGES[problem]


def test_app_that_is_not_bound_is_named(shop: Shop) -> None:
    assert shop.pay.find_credential_problem(app_id="wxother") == APP_NOT_BOUND


def test_unreachable_platform_is_named(shop: Shop) -> None:
    with PlatformSession(base_url="http://127.0.0.1:9") as http:
        assert shop.client(http=http).find_credential_problem(app_id=APP_ID) == MESSAGES["network"]


def test_malformed_credentials_send_nothing(shop: Shop) -> None:
    for changes in ({"merchant_id": "商户"}, {"certificate_serial": "x\ny"}, {"private_key_pem": ""}):
        with pytest.raises(PlatformRejectedError):
            shop.client(**changes).query(number="A00001")

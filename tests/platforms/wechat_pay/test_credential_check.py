"""What the check of credentials says to the staff who entered them."""

from typing import Any

import pytest

from platforms.http import PlatformSession
from platforms.wechat_pay.credential_check import APP_NOT_BOUND, MESSAGES
from sandbox import wechat_pay_crypto
from tests.platforms.wechat_pay.conftest import APP_ID, Shop

OTHER_KEY = wechat_pay_crypto.generate_private_key()
OTHER_PUBLIC_KEY = wechat_pay_crypto.to_public_key(OTHER_KEY)


def test_right_credentials_have_no_problem_and_leave_no_open_order(shop: Shop) -> None:
    assert shop.pay.find_credential_problem(app_id=APP_ID) is None
    assert [order.state for order in shop.sandbox.state.wechat_pay.list_orders()] == ["CLOSED"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"merchant_id": "1900000009"}, "merchant"),
        ({"certificate_serial": "5" * 40}, "serial"),
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

"""The check of credentials says in a sentence what is wrong."""

import pytest

from platforms.alipay.credential_check import MESSAGES
from sandbox import alipay_crypto as crypto
from tests.platforms.alipay.conftest import Shop
from tests.support.private_keys import OTHER_KEY


def bare(pem: str) -> str:
    """A key as Alipay's tools show it: without head and foot."""
    return "".join(line for line in pem.splitlines() if "-----" not in line)


def test_right_credentials_have_no_problem(shop: Shop) -> None:
    assert shop.pay.find_credential_problem() is None


def test_keys_without_head_and_foot_are_read(shop: Shop) -> None:
    client = shop.client(
        private_key_pem=bare(shop.credentials.private_key_pem),
        public_keys=tuple(bare(key) for key in shop.credentials.public_keys),
    )
    assert client.find_credential_problem() is None
    assert shop.charge(client=client).outcome == "succeeded"


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"app_id": "2021000000000001"}, "app_id"),
        ({"seller_id": "1"}, "seller_id"),
        ({"private_key_pem": "not a key"}, "private_key"),
        ({"private_key_pem": crypto.to_public_key(OTHER_KEY)}, "private_key"),
        ({"private_key_pem": OTHER_KEY}, "key"),
        ({"public_keys": ()}, "no_public_key"),
        ({"public_keys": ("not a key",)}, "public_key"),
        ({"public_keys": (crypto.to_public_key(OTHER_KEY),)}, "unverified"),
    ],
)
def test_wrong_credentials_are_named(shop: Shop, changes: dict, name: str) -> None:
    assert shop.client(**changes).find_credential_problem() == MESSAGES[name]


@pytest.mark.parametrize("kind", ["http_500", "garbage", "error"])
def test_platform_that_does_not_answer_is_no_fault_of_the_credentials(shop: Shop, kind: str) -> None:
    shop.fault("alipay.trade.query", kind)
    assert shop.pay.find_credential_problem() == MESSAGES["network"]


def test_keys_are_not_shown(shop: Shop) -> None:
    text = f"{shop.pay!r} {shop.credentials!r} {shop.pay._sdk!r}"
    assert "PRIVATE" not in text
    assert "PUBLIC" not in text

"""A follower of acme and a merchant that gives red packets, without a platform."""

from collections.abc import Callable
from typing import Any

import pytest

from store.customers.customers import Customer
from store.payments import merchants
from store.payments.merchants import Merchant
from store.red_packets import accounts, red_packets
from store.red_packets.red_packets import RedPacket

CREDENTIALS = {
    "private_key_pem": "k", "certificate_serial": "1", "api_v3_keys": ["k" * 32], "public_keys": {"1": "k"},
}  # fmt: skip


@pytest.fixture
def merchant(acme: str) -> Merchant:
    row = merchants.add(
        platform="wechat_pay", name="微信商户", merchant_id="1900000109", app_id="wxacmemp", key="acme-pay",
        credentials=CREDENTIALS,
    )  # fmt: skip
    accounts.save("acme-pay", way="red_packet", send_name="小二便利")
    return row


@pytest.fixture
def mei(create_follower: Callable[[str], Customer]) -> Customer:
    return create_follower("o-mei")


@pytest.fixture
def request_packet(merchant: Merchant, mei: Customer) -> Callable[..., RedPacket]:
    def request(key: str = "win-1", amount_fen: int = 100, **values: Any) -> RedPacket:
        facts = {"customer": mei, "purpose": "draw", "title": "新春抽奖", "wishing": "恭喜发财", **values}
        return red_packets.request(amount_fen=amount_fen, key=key, **facts)

    return request

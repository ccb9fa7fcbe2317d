"""A tenant that gives red packets at the sandbox: an account of each way, a follower with a phone, and the books."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox import openids
from sandbox.payouts import Payout
from store.customers import followers
from store.customers.customers import Customer
from store.red_packets import accounts, red_packets
from store.red_packets import sending as red_packet_sending
from store.red_packets.red_packets import RedPacket
from store.tenants import channels
from tasks import relay
from tests.support.payment_shop import PERSON, PaymentShop

SEND = "/mmpaymkttransfers/sendredpack"
QUERY = "/mmpaymkttransfers/gethbinfo"
TRANSFER = "/v3/fund-app/mch-transfer/transfer-bills"


@dataclass
class RedPacketShop:
    """Requests red packets for the follower, and lets the background work run."""

    shop: PaymentShop
    customer: Customer
    count: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def books(self) -> list[Payout]:
        """What the sandbox sent, the newest first."""
        return self.shop.sandbox.state.payouts.list_all()

    def use(self, way: str, **values: Any) -> None:
        """Let the merchant give money in this way."""
        facts = {"way": way, "send_name": "小二便利", **values}
        accounts.save(self.shop.merchants["wechat_pay"].key, **facts)

    def request(self, key: str = "", amount_fen: int = 100, **values: Any) -> RedPacket:
        facts = {"purpose": "draw", "title": "新春抽奖", "wishing": "恭喜发财", **values}
        key = key or f"win-{next(self.count)}"
        customer = facts.pop("customer", self.customer)
        return red_packets.request(customer=customer, amount_fen=amount_fen, key=key, **facts)

    def work(self) -> int:
        """One second of the scheduler and of a worker."""
        red_packet_sending.claim_due()
        return relay.run("acme")

    def reload(self, packet: RedPacket) -> RedPacket:
        return red_packets.get(packet.number)

    def open(self, packet: RedPacket) -> None:
        """The person opens the red packet or confirms the transfer."""
        (payout,) = [row for row in self.books if row.request.number == packet.number]
        self.shop.sandbox.state.payouts.receive(PERSON, payout.id)
        self.shop.wait_for_notices()

    def set_balance(self, fen: int) -> None:
        self.shop.sandbox.state.wechat_pay.merchants.change(
            self.shop.accounts.wechat.merchant_id, {"payout_balance_fen": fen}
        )


def follow(person: str = PERSON) -> Customer:
    """The follower of acme's official account whose phone belongs to a person of the sandbox."""
    channel = channels.get_by_key("acme-mp")
    openid = openids.derive_openid(person_id=person, appid=channel.appid)
    return followers.follow(channel=channel, openid=openid).customer


@pytest.fixture
def red_packet_shop(shop: PaymentShop) -> RedPacketShop:
    state, merchant = shop.sandbox.state, shop.accounts.wechat
    app_id = channels.get_by_key("acme-mp").appid
    state.wechat_pay.merchants.change(merchant.merchant_id, {"app_ids": ["wxacmemini", app_id]})
    found = RedPacketShop(shop, follow())
    found.use("red_packet")
    return found

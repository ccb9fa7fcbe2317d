"""Rows of red packets that are written as they are, without a platform."""

from store.core import clock
from store.customers.customers import Customer
from store.payments import merchants
from store.red_packets import accounts, budget
from store.red_packets.red_packets import RedPacket

CREDENTIALS = {
    "private_key_pem": "k", "certificate_serial": "1", "api_v3_keys": ["k" * 32], "public_keys": {"1": "k"},
}  # fmt: skip


def write_transfer(
    customer: Customer, *, merchant_key: str = "acme-pay", app_id: str = "wxacmemini"
) -> RedPacket:
    """A transfer of 1.00 that waits for its confirmation; the merchant is made if it is not there."""
    if merchant_key not in {row.key for row in merchants.list_merchants()}:
        merchants.add(
            platform="wechat_pay", name="微信商户", merchant_id="1900000109", app_id=app_id, key=merchant_key,
            credentials=CREDENTIALS,
        )  # fmt: skip
    account = accounts.save(merchant_key, way="transfer", send_name="小二便利")
    row = RedPacket.create(
        number=f"{account.merchant.merchant_id}202601010000000001", key="win-1", customer=customer, account=account,
        way="transfer", app_id=app_id, openid="o-1", amount_fen=100, purpose="draw", title="新春抽奖",
        wishing="恭喜发财", send_name="小二便利", state="sent", package="package-of-1", sent_at=clock.now(),
        next_try_at=clock.now(),
    )  # fmt: skip
    budget.RedPacketEntry.create(packet_id=row.id, kind="reserved", amount_fen=100)
    budget.RedPacketCounter.create(name=budget.ALL, used_fen=100)
    return row

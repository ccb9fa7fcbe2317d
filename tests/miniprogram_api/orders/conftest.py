"""What the orders of a mini-program need: a shop with goods, a merchant, and the sandbox's phone that pays."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import payment_calls
from store.catalog.skus import Sku
from store.orders import payments as order_payments
from store.payments import attempts, merchants, payables
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.shops.shops import Shop
from tests.support.phone import Phone
from tests.support.shop_order_fixtures import publish_sku


@pytest.fixture
def shop(web) -> Iterator[Shop]:
    before = dict(payables._table)
    payables.install({"order": order_payments.PAYABLE})
    yield shops.create_shop(code="S1", name="西站店", location=Coordinates(121.4737, 31.2304))
    payables.install(before)


@pytest.fixture
def merchant(shop: Shop, sandbox) -> None:
    found = sandbox.state.wechat_pay.merchants.create({"name": "小二", "app_ids": ["wxacmemini"]})
    secrets = found.credentials()
    merchants.add(
        platform="wechat_pay", name="小二", merchant_id=secrets.pop("merchant_id"), app_id="wxacmemini",
        credentials=secrets,
    )  # fmt: skip


@pytest.fixture
def tea(shop: Shop) -> Sku:
    return publish_sku(shop, "tea", name="龙井")


@pytest.fixture
def milk(shop: Shop) -> Sku:
    return publish_sku(shop, "milk", name="牛奶", price_fen=600, stock=2)


@pytest.fixture
def pay(sandbox) -> Callable[[Phone, str], None]:
    """Pays an order on the phone, and lets the product ask the platform."""

    def work(phone: Phone, number: str) -> None:
        answer = phone.post(f"/api/me/orders/{number}/payments", {"method": "wechat"})
        assert answer.status_code == 201, answer.json
        data = answer.json["data"]
        token = data["payment"]["package"].removeprefix("prepay_id=")
        sandbox.state.wechat_pay.confirm(phone.person, token=token)
        payment_calls.query(attempts.get(data["payment_number"]))

    return work


def body_of(shop: Shop, *wanted: tuple[Sku, int], **more: Any) -> dict[str, Any]:
    lines = [{"sku_id": sku.public_id, "quantity": quantity} for sku, quantity in wanted]
    return {"store_id": shop.public_id, "lines": lines, **more}

"""The sandbox as the library wechatpayv3 meets it: an independent client finds everything as at the platform."""

import json
import time
from typing import Any

import pytest
from wechatpayv3 import WeChatPay, WeChatPayType

from tests.support.sandbox_client import PERSON, PROGRAM, Sandbox, Webhook

APP_ID = PROGRAM["appid"]


@pytest.fixture
def client(shop: Sandbox, sandbox_url: str, webhook: Webhook, fast_keys: None) -> WeChatPay:
    shop.clock.is_at = time.time()
    made = shop.client.post("/sandbox/wechat-pay/merchants", json={"app_ids": [APP_ID]}).json["credentials"]
    (key_id, public_key), *_ = made["public_keys"].items()
    client = WeChatPay(
        wechatpay_type=WeChatPayType.NATIVE,
        mchid=made["merchant_id"],
        private_key=made["private_key_pem"],
        cert_serial_no=made["certificate_serial"],
        apiv3_key=made["api_v3_keys"][0],
        appid=APP_ID,
        notify_url=webhook.url,
        timeout=5,
        public_key=public_key,
        public_key_id=key_id,
    )
    client._core._gate_way = sandbox_url
    return client


def read(answer: tuple[int, Any]) -> dict[str, Any]:
    assert answer[0] == 200, answer
    return json.loads(answer[1])


def test_library_takes_a_payment_and_refunds_it(shop: Sandbox, client: WeChatPay) -> None:
    url = read(client.pay(description="糖", out_trade_no="A00001", amount={"total": 30}))["code_url"]
    shop.client.post(f"/sandbox/people/{PERSON}/wechat-payments", json={"code_url": url})
    assert read(client.query(out_trade_no="A00001"))["trade_state"] == "SUCCESS"
    amount = {"refund": 10, "total": 30, "currency": "CNY"}
    assert read(client.refund("R1", amount, out_trade_no="A00001"))["status"] == "PROCESSING"
    assert read(client.query_refund("R1"))["status"] == "SUCCESS"
    assert read(client.query(out_trade_no="A00001"))["trade_state"] == "REFUND"


def test_library_reads_the_notice(shop: Sandbox, client: WeChatPay, webhook: Webhook) -> None:
    url = read(client.pay(description="糖", out_trade_no="A00001", amount={"total": 30}))["code_url"]
    shop.client.post(f"/sandbox/people/{PERSON}/wechat-payments", json={"code_url": url})
    assert shop.state.payment_notices.wait_until_idle(30)
    notice = shop.state.payment_notices.list_all()[0]
    headers, body = shop.state.payment_notices._builds[notice.id]("")
    read_notice = client.callback(headers, body)
    assert read_notice["resource"]["out_trade_no"] == "A00001"
    assert json.loads(webhook.requests[0]["body"])["id"] == read_notice["id"]


def test_library_closes_charges_codes_and_reverses(shop: Sandbox, client: WeChatPay) -> None:
    client.pay(description="糖", out_trade_no="A00001", amount={"total": 30})
    assert client.close("A00001")[0] == 204
    code = shop.state.wallets.pay_code(PERSON, "wechat_pay").code
    charge = client.pay(
        description="糖",
        out_trade_no="A00002",
        amount={"total": 100_001},
        payer={"auth_code": code},
        scene_info={"store_info": {"id": "1"}},
        pay_type=WeChatPayType.CODEPAY,
    )
    assert (charge[0], json.loads(charge[1])["trade_state"]) == (202, "USERPAYING")
    read(client.codepay_reverse("A00002"))
    assert read(client.query(out_trade_no="A00002"))["trade_state"] == "REVOKED"

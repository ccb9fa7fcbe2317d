"""Red packets of the sandbox as wechatpy meets them: an independent client finds everything as at the platform."""

import pytest
from wechatpy.exceptions import WeChatPayException
from wechatpy.pay import WeChatPay

from sandbox import openids
from tests.sandbox.test_wechatpy import Elsewhere

APP_ID = "wx00000000000000a1"
GIFT = {
    "send_name": "小二便利",
    "act_name": "抽奖",
    "wishing": "恭喜",
    "remark": "抽奖",
    "client_ip": "127.0.0.1",
}


@pytest.fixture
def merchant(shop, fast_keys):
    return shop.state.wechat_pay.merchants.create({"app_ids": [APP_ID]})


@pytest.fixture
def client(sandbox_url, merchant):
    made = WeChatPay(APP_ID, merchant.api_v2_key, merchant.merchant_id)
    made._http.mount("https://", Elsewhere(sandbox_url))
    yield made
    made._http.close()


def test_red_packet_is_sent_and_queried(client, shop, merchant):
    openid = openids.derive_openid(person_id="xiaomei", appid=APP_ID)
    number = f"{merchant.merchant_id}202611290000000001"
    sent = client.redpack.send(openid, 100, out_trade_no=number, **GIFT)
    assert (sent["mch_billno"], sent["total_amount"]) == (number, "100")
    assert client.redpack.query(number)["status"] == "SENT"
    listed = shop.client.get("/sandbox/people/xiaomei/payouts").json["list"]
    opened = shop.client.post(f"/sandbox/people/xiaomei/payouts/{listed[0]['id']}", json={})
    assert opened.json["state"] == "received"
    again = shop.client.post(f"/sandbox/people/xiaomei/payouts/{listed[0]['id']}", json={})
    assert again.status_code == 409
    answer = client.redpack.query(number)
    assert (answer["status"], answer["hblist"]["hbinfo"]["amount"]) == ("RECEIVED", "100")
    books = shop.client.get("/sandbox/payouts").json
    assert (books["sent_fen"], books["received_fen"]) == (100, 100)


def test_balance_and_daily_limit_are_those_of_the_platform(client, shop, merchant):
    openid = openids.derive_openid(person_id="xiaomei", appid=APP_ID)
    shop.client.put(
        f"/sandbox/wechat-pay/merchants/{merchant.merchant_id}", json={"payout_balance_fen": 1_050}
    )
    codes = []
    for n in range(11):
        try:
            client.redpack.send(openid, 100, out_trade_no=f"{merchant.merchant_id}20261129{n:010d}", **GIFT)
        except WeChatPayException as error:
            codes.append(error.errcode)
    assert codes == ["SENDNUM_LIMIT"]
    with pytest.raises(WeChatPayException) as raised:
        client.redpack.send(
            openids.derive_openid(person_id="laowang", appid=APP_ID), 100,
            out_trade_no=f"{merchant.merchant_id}202611290000000099", **GIFT,
        )  # fmt: skip
    assert raised.value.errcode == "NOTENOUGH"
    (rejected,) = shop.client.get("/sandbox/people/laowang/payouts").json["rejections"]
    assert (rejected["code"], rejected["amount_fen"]) == ("NOTENOUGH", 100)
    books = shop.client.get("/sandbox/payouts").json
    assert [row["code"] for row in books["rejections"]] == ["NOTENOUGH", "SENDNUM_LIMIT"]

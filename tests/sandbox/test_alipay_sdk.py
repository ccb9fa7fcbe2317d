"""The unchanged SDK of Alipay, whose client we did not write, understands the gateway."""

from typing import Any

import pytest

from platforms.alipay.sdk import _import_sdk
from sandbox.alipay_trades import to_text
from tests.support.sandbox_client import PERSON, Sandbox


@pytest.fixture
def sdk(shop: Sandbox, sandbox_url: str) -> Any:
    app = shop.state.alipay.apps.create({}).credentials()
    client = _import_sdk().AliPay(
        app["app_id"],
        app_private_key_string=app["private_key_pem"],
        alipay_public_key_string=app["public_keys"][0],
    )
    client._gateway = f"{sandbox_url}/gateway.do"
    # It would send the local time of the machine.
    build = client.build_body
    client.build_body = lambda *args, **more: build(*args, timestamp=to_text(shop.clock.wall_time()), **more)
    return client


def test_payment_refund_and_queries(sdk: Any, shop: Sandbox) -> None:
    code = shop.state.wallets.pay_code(PERSON, "alipay").code
    paid = sdk.api_alipay_trade_pay("A1", "bar_code", code, "小二便利", total_amount="12.80")
    assert (paid["code"], paid["total_amount"]) == ("10000", "12.80")
    refunded = sdk.api_alipay_trade_refund("3.00", out_trade_no="A1", out_request_no="r1")
    assert (refunded["fund_change"], refunded["refund_fee"]) == ("Y", "3.00")
    found = sdk.api_alipay_trade_fastpay_refund_query("r1", out_trade_no="A1")
    assert (found["refund_status"], found["refund_amount"]) == ("REFUND_SUCCESS", "3.00")
    assert sdk.api_alipay_trade_cancel(out_trade_no="A1")["action"] == "refund"
    assert sdk.api_alipay_trade_query(out_trade_no="A1")["trade_status"] == "TRADE_CLOSED"


def test_qr_code_and_rejection(sdk: Any) -> None:
    assert sdk.api_alipay_trade_precreate("小二便利", "A1", "1.00")["qr_code"].startswith(
        "https://qr.alipay.com/"
    )
    assert sdk.api_alipay_trade_query(out_trade_no="A2")["sub_code"] == "ACQ.TRADE_NOT_EXIST"

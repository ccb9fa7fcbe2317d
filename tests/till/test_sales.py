"""Sales at a till: paid by pay code, cash and everything a member has, and returned line by line."""

from typing import Any

import pytest

from store.coupons import coupons
from store.customers.customers import Customer
from store.orders.tables import Order
from store.payments import merchants
from store.payments.attempts import PaymentAttempt
from store.points import points
from store.stored_value import payment_codes
from store.stored_value.payment_records import StoredValuePayment
from store.tenants import settings
from store.tills.till_settings import TillSettings
from tasks import relay
from tests.support import coupon_fixtures, order_fixtures
from tests.till.conftest import MANAGER_PIN, Till

PERSON = "xiaomei"
WECHAT_APP = "wxtillapp"


@pytest.fixture
def wechat(sandbox, shop):
    """A merchant of WeChat Pay at the sandbox."""
    given = sandbox.state.wechat_pay.merchants.create({"app_ids": [WECHAT_APP]}).credentials()
    return merchants.add(
        platform="wechat_pay", name="小二便利", merchant_id=given.pop("merchant_id"), app_id=WECHAT_APP,
        credentials=given,
    )  # fmt: skip


@pytest.fixture
def alipay(sandbox, shop):
    """An application of Alipay at the sandbox."""
    given = sandbox.state.alipay.apps.create({}).credentials()
    return merchants.add(
        platform="alipay", name="小二便利", merchant_id=given["seller_id"], app_id=given.pop("app_id"),
        credentials=given,
    )  # fmt: skip


def open_sale(till: Till, **parameters: Any) -> dict[str, Any]:
    answer = till.post("/till/sales", parameters)
    assert answer.status_code == 201, answer.json
    return answer.json["data"]


def pay_code(sandbox, platform: str) -> str:
    return sandbox.state.wallets.pay_code(PERSON, platform).code


@pytest.mark.parametrize("platform", ["wechat_pay", "alipay"])
def test_a_pay_code_pays_and_the_payer_is_a_customer(till, sandbox, wechat, alipay, platform):
    sale = open_sale(till, amount_fen=1_280)
    assert (sale["state"], sale["due_fen"]) == ("open", 1_280)
    body = {"auth_code": pay_code(sandbox, platform)}
    answer = till.post(f"/till/sales/{sale['number']}/charges", body)
    assert answer.json["data"]["state"] == "paid", answer.json
    assert answer.json["data"]["sale"]["state"] == "paid"
    relay.run("acme")
    order = Order.get(Order.number == sale["number"])
    assert Customer.get_by_id(order.customer_id).source in ("wechat_pay", "alipay")
    slip = till.get(f"/till/sales/{sale['number']}/slip").json["data"]["html"]
    assert "12.80" in slip


def test_a_double_scan_charges_once(till, sandbox, wechat):
    sale = open_sale(till, amount_fen=1_280)
    body = {"auth_code": pay_code(sandbox, "wechat_pay")}
    for key in ("scan-1", "scan-1", "scan-2"):
        answer = till.post(f"/till/sales/{sale['number']}/charges", body, key=key)
        assert answer.status_code in (201, 409), answer.json
    assert [row.state for row in PaymentAttempt.select()] == ["succeeded"]


def test_a_password_is_waited_for_and_a_reversal_ends_it(till, sandbox, wechat):
    sandbox.state.wallets.configure(PERSON, password_above_fen=100)
    try:
        sale = open_sale(till, amount_fen=1_280)
        answer = till.post(
            f"/till/sales/{sale['number']}/charges", {"auth_code": pay_code(sandbox, "wechat_pay")}
        )
        assert (answer.json["data"]["state"], answer.json["data"]["message"]) == (
            "waiting",
            "顾客正在输入密码",
        )
        assert answer.json["data"]["sale"]["actions"] == ["reversal"]
        done = till.post(f"/till/sales/{sale['number']}/reversal").json["data"]
        assert done["state"] in ("reversed", "waiting")
    finally:
        sandbox.state.wallets.configure(PERSON, password_above_fen=100_000)


def test_member_coupon_points_stored_value_and_cash_pay_one_sale(till, member):
    """100.00 less 5.00 by coupon; 1,000 points are 10.00, 30.00 of stored value, 60.00 taken for 55.00."""
    points.adjust(member=member, value=1_000, reason="补登", key="k1")
    order_fixtures.top_up(member, 5_000)
    coupon = coupons.issue(rule=coupon_fixtures.create_listed_rule(), member=member, key="k")
    code = payment_codes.issue_code(member=member).code
    sale = open_sale(
        till, lines=[{"name": "牛奶", "unit_price_fen": 5_000, "quantity": 2}], member=member.card_number,
        coupon_codes=[coupon.code], points=1_000, stored_value={"amount_fen": 3_000, "payment_code": code},
    )  # fmt: skip
    assert [one["kind"] for one in sale["discounts"]] == ["coupon"]
    assert [(one["kind"], one["fen"]) for one in sale["tenders"]] == [
        ("points", 1_000),
        ("stored_value", 3_000),
    ]
    due = sale["due_fen"]
    assert due == sale["total_fen"] - 4_000
    paid = till.post(f"/till/sales/{sale['number']}/cash", {"received_fen": due + 500}).json["data"]
    assert (paid["change_fen"], paid["sale"]["state"]) == (500, "paid")
    assert StoredValuePayment.get(StoredValuePayment.order_number == sale["number"]).state == "committed"
    back = till.post(
        f"/till/sales/{sale['number']}/refunds",
        {"lines": [{"line": "1", "units": 1}], "reason": "不要了", "manager_pin": MANAGER_PIN},
    )
    assert back.status_code == 201, back.json
    assert back.json["data"]["refund_fen"] == sale["total_fen"] // 2


def test_a_change_prices_anew_and_the_right_to_lower_is_asked_for(till, member):
    settings.change(TillSettings, round_down_to_fen=100)
    sale = open_sale(till, amount_fen=10_050)
    url = f"/till/sales/{sale['number']}"
    discount = {"percent": 10, "reason": "老顾客"}
    assert till.request("PATCH", url, json={"discount": discount}).status_code == 403
    changed = till.request("PATCH", url, json={"discount": {**discount, "manager_pin": MANAGER_PIN}}).json[
        "data"
    ]
    assert (changed["total_fen"], changed["discounts"][0]["kind"]) == (9_045, "staff")
    rounded = till.request("PATCH", url, json={"round_down": True, "manager_pin": MANAGER_PIN}).json["data"]
    assert rounded["total_fen"] == 9_000
    parked = till.request("PATCH", url, json={"parked": True}).json["data"]
    assert (parked["parked"], parked["total_fen"]) == (True, 9_000)
    assert [row["number"] for row in till.get("/till/sales").json["data"]["list"]] == [sale["number"]]
    closed = till.request("DELETE", url)
    assert closed.json["data"]["state"] == "closed"
    assert till.get("/till/sales").json["data"]["list"] == []


def test_a_native_code_is_shown_and_closed_by_cash(till, sandbox, wechat):
    sale = open_sale(till, amount_fen=1_280)
    shown = till.post(f"/till/sales/{sale['number']}/codes", {"platform": "wechat"})
    assert shown.status_code == 201, shown.json
    assert shown.json["data"]["code_url"].startswith("weixin://")
    assert "<svg" in shown.json["data"]["svg"]


def test_a_sale_of_another_shop_is_not_found(till):
    assert till.get("/till/sales/90000000000000000000").status_code == 404

"""Payments and refunds in the console: lists, queries at the platform, decisions, the report and the exports."""

import pytest

import platform_clients
from platforms.errors import OutcomeUnknownError
from platforms.payment_answers import PaymentAnswer, RefundAnswer
from store.exports import kinds
from store.payments import refunds
from store.shops import shops
from store.shops.coordinates import Coordinates
from tests.support import order_fixtures


class FakePlatform:
    """The platform: what it answers to a query of a payment or a refund."""

    def __init__(self):
        self.payment_answer = self.refund_answer = None

    def query(self, *, number):
        if self.payment_answer is None:
            raise OutcomeUnknownError("wechat_pay", "timeout", "没有答复")
        return PaymentAnswer(number=number, **self.payment_answer)

    def refund(self, *, number, payment_number, **_):
        return RefundAnswer(number=number, payment_number=payment_number, **self.refund_answer)


@pytest.fixture
def platform(monkeypatch):
    made = FakePlatform()
    monkeypatch.setattr(platform_clients, "payment_client", lambda merchant: made)
    return made


@pytest.fixture
def order(shop):
    return order_fixtures.place(shop)


@pytest.fixture
def attempt(order):
    return order_fixtures.start_attempt(order, "k1")


@pytest.fixture
def paid(attempt):
    return order_fixtures.settle(attempt, "succeeded").attempt


@pytest.fixture
def stranger(new_browser, add_staff, shop):
    other = shops.create_shop(code="S2", name="东站店", location=Coordinates(121.5, 31.2))
    return new_browser().take_session(add_staff("east", shops=(other,)))


def numbers(browser, path, **query):
    answer = browser.get(path, **query)
    assert answer.status_code == 200, answer.text
    return [row["number"] for row in answer.json["data"]["list"]]


def test_a_query_brings_a_success_without_a_notice(browser, attempt, platform, order):
    shown = browser.get(f"payments/{attempt.number}").json["data"]
    assert (shown["state"], shown["can_query"], shown["payable_number"]) == ("created", True, order.number)
    assert browser.post(f"payments/{attempt.number}/queries").json["data"]["state"] == "created"
    platform.payment_answer = {
        "outcome": "succeeded",
        "platform_number": "42",
        "amount_fen": attempt.amount_fen,
    }
    for _ in range(2):
        assert browser.post(f"payments/{attempt.number}/queries").json["data"]["state"] == "succeeded"
    shown = browser.get(f"payments/{attempt.number}").json["data"]
    assert (shown["paid_fen"], shown["refundable_fen"], shown["can_query"]) == (10_000, 10_000, False)
    assert "k" * 32 not in str(shown)


def test_cash_has_nothing_to_query(browser, order):
    order_fixtures.pay_cash(order)
    (number,) = numbers(browser, "payments", kind="cash")
    assert browser.post(f"payments/{number}/queries").json["code"] == "not_of_platform"


def test_payments_are_listed_and_filtered(browser, paid, order):
    for query in ({"search": order.number}, {"state": "succeeded"}, {"shop": "S1"}, {"payable": "order"}):
        assert numbers(browser, "payments", **query) == [paid.number]
    for query in ({"state": "failed"}, {"until": "2020-01-01"}, {"payable": "top_up"}, {"kind": "cash"}):
        assert numbers(browser, "payments", **query) == []


def test_an_abnormal_refund_waits_for_a_person(browser, paid, platform):
    body = {"payment": paid.number, "amount_fen": 3_000, "reason": "多付"}
    first, second = (browser.post("refunds", body, Idempotency_Key="k1") for _ in range(2))
    assert first.status_code == 201, first.text
    assert first.json["data"] == second.json["data"]
    number = first.json["data"]["number"]
    platform.refund_answer = {"outcome": "abnormal", "message": "账户注销"}
    assert browser.post(f"refunds/{number}/queries").json["data"]["state"] == "abnormal"
    assert numbers(browser, "refunds", state="abnormal") == [number]
    assert browser.post(f"refunds/{number}/queries").json["code"] == "not_on_its_way"
    decision = {"resolution": "succeeded", "reason": "已转账"}
    assert (
        browser.post(f"refunds/{number}/resolution", {**decision, "reason": ""}).json["data"]["field"]
        == "reason"
    )
    for _ in range(2):
        assert browser.post(f"refunds/{number}/resolution", decision).json["data"]["state"] == "succeeded"
    assert (
        browser.post(f"refunds/{number}/resolution", {**decision, "resolution": "failed"}).status_code == 409
    )
    shown = browser.get(f"payments/{paid.number}").json["data"]
    assert [row["state"] for row in shown["refunds"]] == ["succeeded"]


def test_never_more_is_refunded_than_was_paid(browser, paid):
    body = {"payment": paid.number, "amount_fen": 10_001, "reason": "多付"}
    assert browser.post("refunds", body).json["code"] == "refund_over_payment"
    assert browser.post("refunds", body | {"amount_fen": 6_000}).status_code == 201
    assert browser.post("refunds", body | {"amount_fen": 6_000}).json["code"] == "refund_over_payment"


def test_an_account_of_another_shop_sees_no_payment(stranger, paid):
    refunds.ask(number="r1", attempt_number=paid.number, amount_fen=1, reason="多付")
    assert numbers(stranger, "payments") == numbers(stranger, "refunds") == []
    for answer in (
        stranger.get(f"payments/{paid.number}"), stranger.post(f"payments/{paid.number}/queries"),
        stranger.post("refunds", {"payment": paid.number, "amount_fen": 1, "reason": "多付"}),
        stranger.post("refunds/r1/resolution", {"resolution": "failed", "reason": "x"}),
        stranger.post("refunds/r1/queries"),
    ):  # fmt: skip
        assert answer.status_code == 404
    assert stranger.get("payment-report").json["data"] == {
        "total": {"paid_fen": 0, "refunded_fen": 0, "coupon_fen": 0, "kinds": []}, "shops": [],
    }  # fmt: skip


def test_the_report_sums_by_kind_and_shop_and_is_exported(browser, paid, shop):
    order_fixtures.pay_cash(order_fixtures.place(shop))
    shown = browser.get("payment-report", since="2020-01-01", until="2090-01-01").json["data"]
    assert shown["total"]["paid_fen"] == 20_000
    assert [(row["name"], row["paid_fen"]) for row in shown["shops"][0]["kinds"]] == [
        ("微信网页支付", 10_000), ("现金", 10_000)
    ]  # fmt: skip
    table = kinds.get_kind("payment_report")
    filters = table.filters(since="2020-01-01", until="2090-01-01")
    listed = list(table.rows(filters, None))
    assert [(row[0], row[2], row[4]) for row in listed] == [
        ("西站店", "微信网页支付", 100), ("西站店", "现金", 100), ("合计", "微信网页支付", 100), ("合计", "现金", 100)
    ]  # fmt: skip
    assert table.count(filters, None) == 4
    assert list(table.rows(filters, frozenset())) == []
    assert browser.get("payment-report", since="2020-01-01", shop="S9").status_code == 404


@pytest.mark.parametrize("kind", ["orders", "order_lines", "payments", "refunds"])
def test_a_list_of_trade_is_exported_as_it_is_seen(paid, shop, kind):
    refunds.ask(number="r1", attempt_number=paid.number, amount_fen=1, reason="多付")
    table = kinds.get_kind(kind)
    filters = table.filters(shop="S1", since="2020-01-01")
    (row,) = table.rows(filters, frozenset({shop.id}))
    assert len(row) == len(table.columns)
    assert table.count(filters, None) == 1
    assert list(table.rows(filters, frozenset())) == []

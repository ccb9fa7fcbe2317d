"""`flask payments`, `flask payment-kinds`, `flask refunds` and `flask orders`."""

import csv

import pytest

from store.orders import orders, returns
from store.orders.requests import ReturnLine, ReturnRequest
from store.payments import kinds, refunds
from store.tenants import audit, business_days
from tests.support import order_fixtures
from tests.support.order_fixtures import line, pay_cash, place, settle, start_attempt


@pytest.fixture
def shop(acme):
    return order_fixtures.create_shop()


@pytest.fixture
def sales(shop):
    """An order paid by WeChat, one by cash, one that waits."""
    online = place(shop, line(1_280), key="o1")
    attempt = settle(start_attempt(online, "A1"), "succeeded").attempt
    return [online, pay_cash(place(shop, line(500))), place(shop, line(999))], attempt


def test_m8_payments_are_listed_by_filters_and_pages(run_command, run_json, sales):
    (online, paid, _), attempt = sales
    day = str(business_days.today())
    everything = run_json("payments", "list")
    assert (everything["total"], everything["next"]) == (2, None)
    assert [row["payable_number"] for row in everything["items"]] == [paid.number, online.number]
    first = run_json("payments", "list", "--limit", "1")
    rest = run_json("payments", "list", "--limit", "1", "--after", first["next"])
    assert first["items"] + rest["items"] == everything["items"]
    for words, count in (
        (["--kind", "wechat_web"], 1), (["--order", online.number], 1), (["--shop", "S1"], 2),
        (["--since", day, "--until", day], 2), (["--until", "2020-01-01"], 0), (["--state", "closed"], 0),
        (["--search", attempt.number], 1), (["--payable", "top_up"], 0),
    ):  # fmt: skip
        assert run_json("payments", "list", *words)["total"] == count, words
    text = run_command("payments", "list", "--limit", "1").output
    assert "12.80" not in text
    assert f"--after {everything['items'][0]['number']}" in text
    assert "没有支付记录" in run_command("payments", "list", "--kind", "alipay_web").output


@pytest.mark.parametrize(
    "words", [["--shop", "none"], ["--after", "none"], ["--since", "2026-12-01", "--until", "2026-11-01"]]
)
def test_wrong_filters_are_rejected_in_a_sentence(run_command, sales, words):
    result = run_command("payments", "list", *words)
    assert (result.exit_code, "Traceback" in result.output) == (1, False)


def test_i2_the_summary_has_totals_and_shops(run_command, run_json, sales):
    total, store = run_json("payments", "summary", "--by-shop")
    assert (total["name"], total["paid_fen"], store["name"]) == ("合计", 1_780, "门店S1")
    assert [(row["report"], row["paid_fen"]) for row in total["kinds"]] == [
        ("微信网页支付", 1_280), ("现金付款", 500),
    ]  # fmt: skip
    text = run_command("payments", "summary").output
    assert "收款 17.80，退款 0.00，优惠券优惠 0.00（不计入合计）" in text
    assert "没有支付" in run_command("payments", "summary", "--payable", "top_up").output


def test_an_export_is_a_table_for_spreadsheets_and_is_logged(run_command, sales, tmp_path):
    file = tmp_path / "payments.csv"
    assert "已保存" in run_command("payments", "export", str(file), "--kind", "cash").output
    rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
    assert [(row["支付类型"], row["付款方式"], row["支付金额"], row["状态"]) for row in rows] == [
        ("现金付款", "现金", "5.00", "已支付")
    ]
    entry = audit.list_entries(limit=1)[0]
    assert (entry.action, entry.after, entry.actor_kind) == ("payments.export", {"kind": "cash"}, "operator")
    refused = run_command("payments", "export", str(file), "--since", "2026-12-01", "--until", "2026-11-01")
    assert refused.exit_code == 1
    assert [row.action for row in audit.list_entries()].count("payments.export") == 1


def test_o8_kinds_are_listed_and_set(run_command, run_json, acme):
    assert {row["code"] for row in run_json("payment-kinds", "list")} == set(kinds.CODES)
    for _ in range(2):
        assert run_command("payment-kinds", "set-earns", "points", "yes").output == "积分抵现：计算积分\n"
    assert kinds.flags()["points"] == (False, True)
    assert "积分抵现\t现金付款\t否\t是" in run_command("payment-kinds", "list").output
    assert run_command("payment-kinds", "set-earns", "cash_refund", "yes").exit_code == 1
    assert run_command("payment-kinds", "set-earns", "gold", "yes").exit_code == 2


def test_wx_9_refunds_that_wait_are_listed_and_decided(run_command, run_json, sales):
    _, attempt = sales
    words = ("refunds", "ask", attempt.number, "2.80", "--number", "P1", "--reason", "多收")
    for _ in range(2):
        assert run_command(*words).output == "退款 P1：2.80 元，待发送\n"
    assert run_json("refunds", "list", "--abnormal") == []
    refunds.record_result(number="P1", outcome="abnormal", message="银行卡已注销")
    (row,) = run_json("refunds", "list", "--abnormal")
    assert (row["number"], row["payment"], row["message"]) == ("P1", attempt.number, "银行卡已注销")
    assert "需人工处理" in run_command("refunds", "list").output
    again = ("refunds", "resolve", "P1", "--as", "retry", "--reason", "顾客换卡")
    for _ in range(2):
        assert run_command(*again).output == "退款 P1：2.80 元，待发送\n"
    done = run_command("refunds", "resolve", "P1", "--as", "failed", "--reason", "顾客不要")
    assert (done.exit_code, "不需要人工处理" in done.output) == (1, True)
    assert (
        run_command("refunds", "ask", attempt.number, "99", "--number", "P2", "--reason", "多").exit_code == 1
    )
    actions = [entry.action for entry in audit.list_entries()]
    assert (actions.count("refunds.ask"), actions.count("refunds.resolve")) == (1, 1)


def test_orders_are_listed_by_filters_and_pages(run_command, run_json, sales):
    (online, paid, waiting), _ = sales
    everything = run_json("orders", "list")
    assert [row["number"] for row in everything["items"]] == [waiting.number, paid.number, online.number]
    first = run_json("orders", "list", "--limit", "2")
    rest = run_json("orders", "list", "--limit", "2", "--after", first["next"])
    assert first["items"] + rest["items"] == everything["items"]
    for words, count in (
        (["--state", "placed"], 1), (["--shop", "S1"], 3), (["--kind", "pickup"], 0), (["--returns"], 0),
        (["--search", "商品"], 3), (["--search", online.number], 1), (["--until", "2020-01-01"], 0),
    ):  # fmt: skip
        assert run_json("orders", "list", *words)["total"] == count, words
    assert "待付款" in run_command("orders", "list").output
    assert run_command("orders", "list", "--member", "none").exit_code == 1


def test_an_order_is_shown_with_all_that_it_consists_of(run_command, run_json, shop):
    mei = order_fixtures.create_rich_member()
    coupon = order_fixtures.issue_coupon(mei)
    order = place(shop, line(5_000, 2), member=mei, coupon_codes=frozenset({coupon.code}), points=500)
    pay_cash(order)
    back = ReturnRequest(
        number="R1", order_number=order.number, lines=(ReturnLine("1", units=1),), reason="退货"
    )
    returns.give_back(request=back)
    shown = run_json("orders", "show", order.number)
    parts = [one["fen"] for one in (*shown["discounts"], *shown["tenders"])]
    assert sum(parts) == shown["list_fen"] == 10_000
    (returned,) = shown["returns"]
    assert sum(one["fen"] for one in (*returned["discounts"], *returned["tenders"])) == returned["list_fen"]
    text = run_command("orders", "show", order.number).output
    for word in ("商品tea", "优惠", "支付", "退单 R1", "100.00"):
        assert word in text
    assert orders.get(order.number).state == "paid"
    assert run_command("orders", "show", "9" * 20).exit_code == 1


def test_settings_of_payments_are_listed(run_json, acme):
    assert {"payment_schedule", "orders", "till", "payment_kinds"} <= run_json("settings", "list").keys()

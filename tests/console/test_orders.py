"""Orders in the console: found, shown with all parts, and refunded by lines, never more than was paid."""

import pytest

from store.orders import orders
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.tenants import audit_list
from store.tenants.audit_list import AuditFilter
from store.tills import cashiers, pins, sales, terminals
from tests.support import order_fixtures
from tests.support.order_fixtures import create_rich_member, line, pay_cash, place


@pytest.fixture
def member(shop):
    return create_rich_member(1)


@pytest.fixture
def sale(shop, member):
    """Two teas and a cake with a coupon of five yuan, paid in cash."""
    coupon = order_fixtures.issue_coupon(member)
    order = place(
        shop,
        line(10_000, 2),
        line(3_000, product="cake"),
        member=member,
        coupon_codes=frozenset({coupon.code}),
    )
    return pay_cash(order)


def rows(browser, **query):
    answer = browser.get("orders", **query)
    assert answer.status_code == 200, answer.text
    return [row["number"] for row in answer.json["data"]["list"]]


def test_a_sale_is_found_in_many_ways(browser, sale):
    for query in (
        {"search": sale.member.card_number}, {"search": sale.number}, {"search": "cake"}, {"shop": "S1"},
        {"state": orders.get(sale.number).state}, {"direction": "sale"}, {"source": "till"}, {"kind": "till"},
        {"since": "2020-01-01", "until": "2090-01-01"},
    ):  # fmt: skip
        assert rows(browser, **query) == [sale.number], query


def test_what_does_not_match_is_not_listed(browser, sale, monkeypatch):
    monkeypatch.setattr(pins, "_HASHER", pins.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    cashiers.add(number="1001", name="小李", pin="258036")
    for query in (
        {"search": "nothing"},
        {"direction": "return"},
        {"until": "2020-01-01"},
        {"cashier": "1001"},
    ):
        assert rows(browser, **query) == []
    assert browser.get("orders", cashier="9").status_code == 404
    assert browser.get("orders", sort="member").json["data"]["field"] == "sort"


def test_lines_are_listed_by_goods_and_those_of_returns_are_negative(browser, sale):
    body = {"lines": [{"line": "1", "units": 1}]}
    back = browser.post(f"orders/{sale.number}/return-previews", body).json["data"]["refund_fen"]
    browser.post(f"orders/{sale.number}/returns", {**body, "reason": "变质", "expected_fen": back})
    for query in (
        {"search": "tea"},
        {"search": "商品tea"},
        {"search": "tea", "shop": "S1", "since": "2020-01-01"},
    ):
        listed = browser.get("order-lines", **query).json["data"]["list"]
        assert [row["quantity"] for row in listed] == [-1, 2]
    assert browser.get("order-lines", search=sale.number).json["data"]["total"] == 2
    assert browser.get("order-lines", direction="return").json["data"]["total"] == 1


def test_an_order_is_shown_with_all_its_parts(browser, sale):
    shown = browser.get(f"orders/{sale.number}").json["data"]
    assert [row["quantity"] for row in shown["lines"]] == [2, 1]
    assert sum(one["fen"] for row in shown["lines"] for one in row["discounts"]) == shown["discount_fen"] > 0
    assert [row["name"] for row in shown["payments"]] == ["现金"]
    assert sum(row["fen"] for row in shown["discounts"] + shown["tenders"]) == shown["list_fen"]
    assert [row["text"] for row in shown["events"]][:1] == ["下单"]
    assert shown["member"] == sale.member.card_number


def test_one_line_is_refunded_once_with_reason_and_entry_in_the_log(browser, sale):
    body = {"lines": [{"line": "2", "units": 1}], "money_by": "original"}
    shown = browser.post(f"orders/{sale.number}/return-previews", body).json["data"]
    assert shown["cash_fen"] == shown["refund_fen"] > 0
    order = {**body, "reason": "变质", "expected_fen": shown["refund_fen"]}
    first, second = (
        browser.post(f"orders/{sale.number}/returns", order, Idempotency_Key="k1") for _ in range(2)
    )
    assert first.status_code == 201, first.text
    assert first.json["data"] == second.json["data"]
    detail = browser.get(f"orders/{sale.number}").json["data"]
    assert [row["returned"] for row in detail["lines"]] == [0, 1]
    assert [row["reason"] for row in detail["returns"]] == ["变质"]
    assert [row["amount_fen"] for row in detail["refunds"]] == [shown["refund_fen"]]
    entries = list(audit_list.iterate_entries(AuditFilter(subject=f"order:{sale.number}")))
    assert [(row.action, row.actor) for row in entries] == [("orders.refund", "boss")]
    back = browser.get(f"orders/{detail['returns'][0]['number']}").json["data"]
    assert (back["direction"], back["lines"][0]["quantity"], back["original"]) == ("return", -1, sale.number)
    assert rows(browser, search=sale.number) == [back["number"], sale.number]


def test_a_refund_is_refused_with_a_reason(browser, sale):
    path, lines = f"orders/{sale.number}/returns", [{"line": "1", "units": 2}, {"line": "2", "units": 1}]
    whole = browser.post(f"orders/{sale.number}/return-previews", {"lines": lines}).json["data"]["refund_fen"]
    assert whole == orders.get(sale.number).money_fen
    body = {"lines": lines, "reason": "变质", "expected_fen": whole}
    assert browser.post(path, body | {"reason": " "}).json["data"]["field"] == "reason"
    assert browser.post(path, body | {"expected_fen": whole + 1}).json["code"] == "price_changed"
    assert browser.post(path, body).status_code == 201
    assert browser.post(path, body).json["code"] == "return_exceeds"
    returned = browser.get(f"orders/{sale.number}").json["data"]["returns"][0]["number"]
    assert browser.post(f"orders/{returned}/returns", body).json["code"] == "order_is_return"


def test_a_part_of_an_amount_without_goods_is_refunded_and_no_more_than_is_left(browser, shop):
    sale = pay_cash(place(shop, sales.amount_line(1_280)))
    shown = browser.get(f"orders/{sale.number}").json["data"]
    assert (shown["lines"][0]["product"], shown["amount_left_fen"]) == (None, 1_280)
    body = {"lines": [{"line": "1", "amount_fen": 500}], "reason": "多收了", "expected_fen": 500}
    assert browser.post(f"orders/{sale.number}/returns", body).status_code == 201
    assert browser.get(f"orders/{sale.number}").json["data"]["amount_left_fen"] == 780
    more = {**body, "lines": [{"line": "1", "amount_fen": 781}], "expected_fen": 781}
    assert browser.post(f"orders/{sale.number}/returns", more).json["code"] == "return_exceeds"
    assert browser.get("order-lines", search=sale.number).json["data"]["list"][0]["product"] is None


def test_a_member_is_attached_to_a_sale_without_one(browser, shop, member):
    order = pay_cash(place(shop))
    assert browser.put(f"orders/{order.number}/member", {"member": "13700000009"}).status_code == 404
    for _ in range(2):
        answer = browser.put(f"orders/{order.number}/member", {"member": member.card_number})
        assert answer.json["data"]["member"] == member.card_number
    entries = audit_list.iterate_entries(AuditFilter(subject=f"order:{order.number}"))
    assert [row.action for row in entries] == ["orders.attach_member"]
    other = create_rich_member(2)
    answer = browser.put(f"orders/{order.number}/member", {"member": other.card_number})
    assert answer.json["code"] == "order_has_member"


def test_an_unpaid_sale_is_closed_with_a_reason(browser, shop, sale):
    order, part_paid = place(shop), place(shop)
    order_fixtures.pay_cash(part_paid, 1_000)
    assert browser.post(f"orders/{order.number}/closing", {"reason": " "}).json["data"]["field"] == "reason"
    for _ in range(2):
        answer = browser.post(f"orders/{order.number}/closing", {"reason": "顾客不要了"})
        assert answer.json["data"]["state"] == "closed"
    shown = browser.get(f"orders/{order.number}").json["data"]
    assert shown["close_reason"] == "顾客不要了"
    assert browser.post(f"orders/{part_paid.number}/closing", {"reason": "x"}).json["code"] == "part_paid"
    assert browser.post(f"orders/{sale.number}/closing", {"reason": "x"}).status_code == 409


def test_cash_from_a_drawer_of_another_shop_is_refused(browser, sale):
    other = shops.create_shop(code="S2", name="东站店", location=Coordinates(121.5, 31.2))
    terminals.add(code="T2", name="", shop=other)
    body = {"lines": [{"line": "1", "units": 1}], "money_by": "cash", "terminal": "T2"}
    assert browser.post(f"orders/{sale.number}/return-previews", body).json["data"]["field"] == "terminal"
    assert browser.get("terminals/choices", shop="S1").json["data"] == []


def test_an_account_of_another_shop_sees_nothing(new_browser, add_staff, sale):
    other = shops.create_shop(code="S2", name="东站店", location=Coordinates(121.5, 31.2))
    browser = new_browser().take_session(add_staff("east", shops=(other,)))
    assert rows(browser) == []
    assert browser.get("order-lines").json["data"]["total"] == 0
    assert browser.get("orders", shop="S1").status_code == 404
    body = {"lines": [{"line": "1", "units": 1}], "reason": "变质", "expected_fen": 1}
    for answer in (
        browser.get(f"orders/{sale.number}"), browser.post(f"orders/{sale.number}/returns", body),
        browser.post(f"orders/{sale.number}/return-previews", {"lines": body["lines"]}),
        browser.post(f"orders/{sale.number}/closing", {"reason": "x"}),
        browser.put(f"orders/{sale.number}/member", {"member": sale.member.card_number}),
        browser.get("terminals/choices", shop="S1"),
    ):  # fmt: skip
        assert answer.status_code == 404


def test_without_the_right_nothing_is_refunded(new_browser, add_staff, sale):
    browser = new_browser().take_session(add_staff("till", "cashier"))
    assert rows(browser) == [sale.number]
    body = {"lines": [{"line": "1", "units": 1}], "reason": "变质", "expected_fen": 1}
    assert browser.post(f"orders/{sale.number}/returns", body).status_code == 403

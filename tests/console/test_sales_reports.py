"""Sales reports, rankings and goods out and in at the console: figures, filters, scope of shops, exports."""

import pytest

from store.catalog.skus import Sku
from store.exports import kinds
from store.orders import returns
from store.orders.requests import ReturnLine, ReturnRequest
from store.orders.tables import Order
from store.shop_orders import moves
from store.shops import shops
from store.shops.coordinates import Coordinates
from tests.support import coupon_fixtures
from tests.support.shop_order_fixtures import offer_all, pay, publish_sku, submit

PATHS = {
    "sales-report": "sales_report", "sales-lines": "sales_lines", "sales-trend": "sales_trend",
    "goods-ranking": "goods_ranking", "member-ranking": "member_ranking",
    "stock-flow-report": "stock_flow_report", "stock-flows": "stock_flows",
}  # fmt: skip


@pytest.fixture
def number(shop) -> str:
    """A delivery of three teas with freight, one of which came back."""
    offer_all(shop, zones=[{"up_to_metres": 5_000, "fee_fen": 500}])
    row = pay(submit(shop, coupon_fixtures.create_member(1), (publish_sku(shop, "tea"), 3), kind="delivery"))
    number: str = row.order.number
    moves.accept(number=number)
    moves.ship(number=number, company="自送", tracking_number="1")
    request = ReturnRequest(
        number="R1", order_number=number, lines=(ReturnLine("1", units=1),), reason="退货"
    )
    returns.give_back(request=request)
    return number


def read(browser, path, **query):
    answer = browser.get(path, **query)
    assert answer.status_code == 200, answer.text
    return answer.json["data"]["list"]


def test_sales_are_summed_listed_and_ranked(browser, shop, number):
    rows = read(browser, "sales-report", page=1, page_size=15, search=number)
    assert [(row["direction"], row["units"], row["goods_fen"], row["total_fen"]) for row in rows[:2]] == [
        ("sale", 3, 3000, 3500), ("return", -1, -1000, -1000),
    ]  # fmt: skip
    assert (rows[2]["shop"], rows[2]["total_fen"]) == ("合计", 2500)
    lines = read(browser, "sales-lines", shop="S1", sort="-goods_fen")
    assert sorted((row["product"], row["quantity"], row["goods_fen"]) for row in lines) == [
        ("P-tea", -1, -1000), ("P-tea", 3, 3000), ("freight", 1, 500),
    ]  # fmt: skip
    (month,) = read(browser, "sales-trend", period="month")
    assert (month["units"], month["return_units"], month["net_fen"]) == (3, -1, 2500)
    (goods,) = read(browser, "goods-ranking", by="units", limit=100, category="DRINKS")
    assert (goods["place"], goods["product"], goods["units"], goods["amount_fen"]) == (1, "P-tea", 2, 2000)
    assert browser.get("goods-ranking/categories").json["data"] == [{"value": "DRINKS", "label": "饮料"}]
    (member,) = read(browser, "member-ranking")
    assert (member["units"], member["amount_fen"]) == (2, Order.get().spend_fen - 1000)


def test_goods_out_and_in_are_summed_and_listed(browser, number):
    (row,) = read(browser, "stock-flow-report")
    assert (row["code"], row["out"], row["in"], row["net"]) == (Sku.get().code, 3, 1, 2)
    (row,) = read(browser, "stock-flow-report", by="shop")
    assert (row["code"], row["out"]) == (None, 3)
    moved = read(browser, "stock-flows", search=number)
    assert [(row["direction"], row["quantity"], row["number"]) for row in moved] == [
        ("in", 1, number), ("out", -3, number),
    ]  # fmt: skip
    assert [row["quantity"] for row in read(browser, "stock-flows", direction="in")] == [1]


def test_what_is_asked_wrongly_is_refused(browser, shop):
    for path, query in (
        ("sales-report", {"since": "2026-02-01", "until": "2026-01-01"}), ("sales-trend", {"period": "year"}),
        ("sales-trend", {"since": "2020-01-01"}), ("goods-ranking", {"limit": 101}), ("goods-ranking", {"by": "x"}),
        ("stock-flow-report", {"sort": "code"}), ("stock-flows", {"direction": "x"}),
    ):  # fmt: skip
        assert browser.get(path, **query).status_code == 422, path
    assert browser.get("goods-ranking", category="none").status_code == 404
    assert browser.get("sales-report", shop="none").status_code == 404


def test_another_shop_sees_nothing_of_it(new_browser, add_staff, shop, number):
    other = shops.create_shop(code="S2", name="东站店", location=Coordinates(121.5, 31.2))
    stranger = new_browser().take_session(add_staff("east", "shop_manager", shops=(other,)))
    for path in PATHS:
        rows = read(stranger, path)
        assert all(row["orders"] == 0 for row in rows) if path == "sales-trend" else rows == [], path
        assert stranger.get(path, shop="S1").status_code == 404
    assert read(stranger, "sales-lines", search=number) == read(stranger, "stock-flows", search=number) == []


def test_every_report_is_exported_with_its_columns(browser, number):
    for path, key in PATHS.items():
        kind = kinds.get_kind(key)
        rows = list(kind.rows(kind.filters(), None))
        assert rows, path
        assert {len(row) for row in rows} == {len(kind.columns)}, path
        assert kind.count(kind.filters(), None) == len(rows), path
    for filters, status in (({"by": "orders"}, 201), ({"by": "x"}, 422)):
        assert browser.post("exports", {"kind": "goods_ranking", "filters": filters}).status_code == status

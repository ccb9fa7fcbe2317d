"""Orders of the shop at a till: they ring, are accepted, prepared and handed to the customer, or given up."""

import pytest

from store.core.events import Event
from store.orders.tables import Order
from store.shop_orders import moves
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.tills import order_news
from tests.support import order_fixtures
from tests.support.shop_order_fixtures import offer_all, pay, publish_sku, reload, submit
from tests.support.stock_fixtures import units_of
from tests.till.conftest import MANAGER_PIN


@pytest.fixture
def tea(shop):
    offer_all(shop, zones=[{"up_to_metres": 50_000}])
    return publish_sku(shop, "tea", name="龙井", barcode="6901234567892")


@pytest.fixture
def mei(shop):
    return order_fixtures.create_rich_member(value_fen=0)


@pytest.fixture
def row(shop, mei, tea):
    return pay(submit(shop, mei, (tea, 2)))


def read(till, row):
    return till.get(f"/till/orders/{row.order.number}").json["data"]


def step(till, row, name, body=None, **options):
    return till.post(f"/till/orders/{row.order.number}/{name}", body, **options)


def test_a_new_order_rings_at_the_tills_of_its_shop(till, row):
    till.get("/till/news")
    for event in Event.select().where(Event.kind == "orders.awaiting_acceptance"):
        order_news.notify(event)
    found = till.get("/till/news", after=0).json["data"]["list"]
    assert [(item["kind"], item["message"]) for item in found] == [
        ("order_placed", "新订单：到店自提 20.00 元")
    ]
    listed = till.get("/till/orders", state="placed").json["data"]
    assert [one["number"] for one in listed["list"]] == [row.order.number]
    assert (listed["counts"]["placed"], listed["list"][0]["goods"]) == (1, "龙井×2")
    assert [action["name"] for action in listed["list"][0]["actions"]] == [
        "accept",
        "reject",
        "refund",
        "lower",
        "cancel",
    ]


def test_a_pickup_is_accepted_prepared_and_fetched_with_its_code(till, row, shop, tea):
    for _ in range(2):
        assert step(till, row, "acceptance").json["data"]["state"] == "accepted"
    assert step(till, row, "ready").json["data"]["state"] == "ready"
    wrong = step(till, row, "handover", {"pickup_code": "000000" if row.pickup_code != "000000" else "1" * 6})
    assert (wrong.status_code, wrong.json["code"]) == (403, "wrong_pickup_code")
    assert step(till, row, "handover", {}).json["code"] == "manager_required"
    done = step(till, row, "handover", {"pickup_code": row.pickup_code})
    assert done.json["data"]["state"] == "completed"
    assert units_of(shop, tea) == (8, 0, 2)


def test_a_manager_hands_over_without_a_code(till, row):
    step(till, row, "acceptance")
    done = step(till, row, "handover", {"manager_pin": MANAGER_PIN})
    assert done.json["data"]["state"] == "completed"


def test_cash_on_delivery_goes_into_the_drawer(till, shop, mei, tea):
    till.post("/till/shifts", {"opening_fen": 10_000})
    row = submit(shop, mei, (tea, 2), payment_terms="cash_on_delivery")
    step(till, row, "acceptance")
    refused = step(till, row, "handover", {"pickup_code": row.pickup_code})
    assert refused.json["code"] == "cash_required"
    done = step(till, row, "handover", {"pickup_code": row.pickup_code, "received_fen": 5_000})
    assert (done.json["data"]["state"], done.json["data"]["due_fen"]) == ("completed", 0)
    assert Order.get_by_id(row.order_id).money_fen == 2_000


def test_a_delivery_is_shipped_by_the_shop_itself(till, shop, mei, tea):
    row = pay(submit(shop, mei, (tea, 2), kind="delivery"))
    step(till, row, "acceptance")
    half = step(till, row, "shipments", {"company": "顺丰"})
    assert (half.status_code, half.json["code"]) == (422, "invalid")
    assert step(till, row, "shipments", {}).json["data"]["state"] == "shipped"
    found = read(till, row)
    assert (found["recipient"], found["recipient_phone"]) == ("梅", "+8613800138000")
    assert step(till, row, "handover", {}).json["data"]["state"] == "received"


def test_an_order_is_refused_with_a_reason(till, row, shop, tea):
    assert step(till, row, "refusal", {"reason": ""}).status_code == 422
    assert step(till, row, "refusal", {"reason": "缺货"}).json["data"]["state"] == "refused"
    assert units_of(shop, tea) == (10, 0, 0)


def test_lines_are_refunded_with_the_right(till, row):
    body = {"lines": [{"line": "1", "units": 1}], "reason": "缺货", "manager_pin": MANAGER_PIN}
    assert step(till, row, "refunds", {**body, "manager_pin": None}).json["code"] == "manager_required"
    done = step(till, row, "refunds", body, key="R1")
    again = step(till, row, "refunds", body, key="R1")
    assert [one["returned"] for one in done.json["data"]["lines"]] == [1]
    assert again.json["data"] == done.json["data"]


def test_staff_cancel_with_the_right_of_refunds(till, row):
    step(till, row, "acceptance")
    assert step(till, row, "cancellation", {"reason": "顾客来电"}).json["code"] == "manager_required"
    assert reload(row).state == "accepted"


def test_an_order_of_another_shop_is_not_found(till, mei, tea):
    other = shops.create_shop(code="S2", name="东站店", location=Coordinates(121.48, 31.23))
    offer_all(other)
    row = pay(submit(other, mei, (publish_sku(other, "milk"), 1)))
    assert step(till, row, "acceptance").status_code == 404
    assert till.get(f"/till/orders/{row.order.number}").status_code == 404
    assert till.get("/till/orders").json["data"]["total"] == 0
    moves.accept(number=row.order.number)


def test_goods_are_sold_by_their_bar_code(till, shop, tea):
    found = till.get("/till/goods", q="6901234567892").json["data"]["list"]
    assert [(item["name"], item["price_fen"], item["available"]) for item in found] == [("龙井", 1000, 10)]
    assert [item["name"] for item in till.get("/till/goods", q="lj").json["data"]["list"]] == ["龙井"]
    lines = [{"barcode": "6901234567892", "quantity": 3}]
    sale = till.post("/till/sales", {"lines": lines}).json["data"]
    assert (sale["due_fen"], units_of(shop, tea)) == (3000, (10, 3, 0))
    till.post(f"/till/sales/{sale['number']}/cash", {"received_fen": 3000})
    assert units_of(shop, tea) == (7, 0, 3)
    unknown = till.post("/till/sales", {"lines": [{"barcode": "6900000000007"}]})
    assert (unknown.status_code, unknown.json["code"]) == (404, "not_found")
    short = till.post("/till/sales", {"lines": [{"barcode": "6901234567892", "quantity": 8}]})
    assert short.json["code"] == "stock_short"


def test_slips_name_the_goods_and_the_recipient(till, shop, mei, tea):
    row = pay(submit(shop, mei, (tea, 2), kind="delivery"))
    path = f"/till/orders/{row.order.number}/slip"
    pick = till.get(path, kind="pick", width="58").json["data"]["html"]
    delivery = till.get(path, kind="delivery", width="80").json["data"]["html"]
    assert "拣货单" in pick
    assert "13800138000" not in pick
    assert all(text in delivery for text in ("配送单", "龙井", "南京东路 1 号", "13800138000", "已付款"))

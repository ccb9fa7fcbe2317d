"""Orders of the shop at the console: listed by state, moved, refunded, lowered; and the delivery settings."""

from datetime import timedelta

import pytest

from store.core import clock
from store.exports import kinds
from store.orders import payments as order_payments
from store.orders.fulfilments import KINDS
from store.orders.tables import Order
from store.payments import payables
from store.shop_orders import timeouts
from store.shop_orders.change_approvals import OrderApprovalSettings
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.tenants import settings
from tests.support import order_fixtures, promotion_fixtures
from tests.support.shop_order_fixtures import offer_all, pay, publish_sku, submit
from tests.support.stock_fixtures import units_of


@pytest.fixture
def tea(shop):
    offer_all(shop, zones=[{"up_to_metres": 50_000}])
    return publish_sku(shop, "tea", name="龙井")


@pytest.fixture
def mei(tea):
    before = dict(payables._table)
    payables.install({"order": order_payments.PAYABLE})
    yield order_fixtures.create_rich_member(value_fen=0)
    payables.install(before)


@pytest.fixture
def row(shop, mei, tea):
    return pay(submit(shop, mei, (tea, 2)))


def step(browser, row, name, body=None, **options):
    return browser.post(f"shop-orders/{row.order.number}/{name}", body, **options)


def test_orders_are_listed_with_the_counts_of_their_states(browser, row, mei, shop, tea):
    submit(shop, mei, (tea, 1))
    counts = {one["state"]: one["count"] for one in browser.get("shop-orders/counts").json["data"]}
    assert (counts["placed"], counts["unpaid"], counts["completed"]) == (1, 1, 0)
    listed = browser.get("shop-orders", state="placed").json["data"]
    assert [one["number"] for one in listed["list"]] == [row.order.number]
    assert (listed["list"][0]["goods"], listed["list"][0]["is_paid"]) == ("龙井×2", True)
    for search in (row.order.number, row.pickup_code, "龙井"):
        assert browser.get("shop-orders", search=search, state="placed").json["data"]["total"] == 1, search
    assert browser.get("shop-orders", search="没有").json["data"]["total"] == 0
    assert browser.get("shop-orders", state="none").status_code == 422


def test_an_order_goes_from_acceptance_to_handover(browser, row, shop, tea):
    for _ in range(2):
        assert step(browser, row, "acceptance", Idempotency_Key="a").json["data"]["state"] == "accepted"
    assert step(browser, row, "ready").json["data"]["actions"] == ["hand_over", "refund", "lower", "cancel"]
    shown = step(browser, row, "handover", {}).json["data"]
    assert shown["state"] == "completed"
    assert [one["label"] for one in shown["steps"]][-3:] == ["备货完成", "交付", "完成"]
    assert units_of(shop, tea) == (8, 0, 2)


def test_an_order_is_rejected_with_a_reason(browser, row, shop, tea):
    assert step(browser, row, "rejection", {"reason": ""}).status_code == 422
    assert step(browser, row, "rejection", {"reason": "缺货"}).json["data"]["state"] == "refused"
    assert units_of(shop, tea) == (10, 0, 0)


def test_lines_are_refunded_and_the_price_is_lowered(browser, row):
    lines = [{"line": "1", "units": 1}]
    price = step(browser, row, "refund-previews", {"lines": lines}).json["data"]
    assert (price["refund_fen"], price["money"][0]["way"]) == (1000, "original")
    wrong = step(browser, row, "refunds", {"lines": lines, "reason": "缺货", "expected_fen": 999})
    assert (wrong.status_code, wrong.json["code"]) == (409, "price_changed")
    body = {"lines": lines, "reason": "缺货", "expected_fen": 1000}
    for _ in range(2):
        done = step(browser, row, "refunds", body, Idempotency_Key="r")
        assert [line["returned"] for line in done.json["data"]["lines"]] == [1], done.text
    for _ in range(2):
        lower = {"amount_fen": 200, "reason": "老顾客"}
        assert step(browser, row, "price-reductions", lower, Idempotency_Key="p").status_code == 200
    assert Order.select().where(Order.direction == "return").count() == 2


def test_goods_that_are_not_fetched_are_found_after_the_last_reminder(browser, row, monkeypatch):
    step(browser, row, "acceptance")
    step(browser, row, "ready")
    now = clock.now()
    for days, overdue in ((0, 0), (1, 0), (3, 1)):
        with monkeypatch.context() as patch:
            patch.setattr(clock, "now", lambda days=days: now + timedelta(days=days, minutes=1))
            timeouts.run_due()
        assert browser.get("shop-orders", overdue="yes").json["data"]["total"] == overdue, days


def test_orders_are_exported(browser, row, tea, mei, shop):
    submit(shop, mei, (tea, 1))
    kind = kinds.get_kind("shop_orders")
    wanted = kind.filters(search="龙井", state="placed")
    (cells,) = kind.rows(wanted, None)
    assert (len(cells), kind.count(wanted, None)) == (len(kind.columns), 1)
    assert (cells[0], cells[9], cells[10], str(cells[15])) == (row.order.number, "待接单", "龙井×2", "20")
    assert list(kind.rows(kind.filters(), frozenset())) == []
    answer = browser.post("exports", {"kind": "shop_orders", "filters": {"state": "placed"}})
    assert answer.json["data"]["rows_total"] == 1


def test_an_unpaid_order_is_lowered_before_payment(browser, mei, shop, tea):
    row = submit(shop, mei, (tea, 2))
    answer = step(browser, row, "price-reductions", {"amount_fen": 500, "reason": "老顾客"})
    assert (answer.json["data"]["total_fen"], answer.json["data"]["due_fen"]) == (1500, 1500)
    assert step(browser, row, "cancellation", {"reason": "顾客来电"}).json["data"]["state"] == "closed"


def test_staff_enter_an_order_for_a_customer(browser, mei, shop, tea):
    (found,) = browser.get("shop-order-entries/customers", search=mei.card_number).json["data"]
    (goods,) = browser.get("shop-order-entries/goods", shop="S1", search="longjing").json["data"]
    assert (goods["name"], goods["price_fen"], goods["available"]) == ("龙井", 1000, 10)
    ways = browser.get("shop-order-entries/ways", shop="S1").json["data"]
    assert ([one["kind"] for one in ways["kinds"]], ways["cash_on_delivery"]) == (list(KINDS), True)
    body = {
        "member": found["card"], "shop": "S1", "lines": [{"sku_id": goods["sku_id"], "quantity": 2}], "kind": "pickup",
    }  # fmt: skip
    price = browser.post("shop-order-entries/previews", body).json["data"]
    assert (price["total_fen"], price["problems"]) == (2000, [])
    for _ in range(2):
        answer = browser.post("shop-order-entries", body | {"expected_total_fen": 2000}, Idempotency_Key="e")
        assert answer.status_code == 201, answer.text
    shown = browser.get(f"shop-orders/{answer.json['data']['number']}").json["data"]
    assert (shown["state"], shown["source"], shown["member"]) == ("unpaid", "staff", mei.card_number)
    assert [(one["label"], one["operator"]) for one in shown["steps"]] == [("下单", "boss")]
    assert units_of(shop, tea) == (10, 2, 0)
    dear = browser.post("shop-order-entries", body | {"expected_total_fen": 1})
    assert dear.json["code"] == "price_changed"
    many = body | {"lines": [{"sku_id": goods["sku_id"], "quantity": 9}], "expected_total_fen": 9000}
    assert browser.post("shop-order-entries", many).json["code"] == "stock_short"
    assert browser.post("shop-order-entries/previews", many | {"member": "0"}).status_code in (404, 422)


def test_an_order_that_staff_enter_is_delivered_and_paid_in_cash(browser, mei, shop, tea):
    address = {
        "name": "梅", "phone": "13800138000", "province": "上海市", "city": "上海市", "district": "黄浦区",
        "detail": "南京东路 1 号", "latitude": 31.231, "longitude": 121.474,
    }  # fmt: skip
    body = {
        "member": mei.card_number, "shop": "S1", "lines": [{"sku_id": tea.public_id, "quantity": 1}],
        "kind": "delivery", "payment_terms": "cash_on_delivery", "expected_total_fen": 1000,
    }  # fmt: skip
    assert browser.post("shop-order-entries", body).json["code"] == "address_required"
    far = browser.post("shop-order-entries", body | {"address": {**address, "latitude": 39.9}})
    assert far.json["code"] == "out_of_range"
    number = browser.post("shop-order-entries", body | {"address": address}).json["data"]["number"]
    shown = browser.get(f"shop-orders/{number}").json["data"]
    assert (shown["state"], shown["payment_label"], shown["is_paid"]) == ("placed", "货到付款", False)
    assert "梅" in shown["recipient"]


def test_an_invoice_is_issued_and_its_number_mended(browser, new_browser, add_staff, mei, shop, tea):
    wanted = {"kind": "personal", "title": "李小梅", "email": "mei@example.com"}
    row = submit(shop, mei, (tea, 2), invoice=wanted)
    issue = {"invoice_number": "24310000000012345678"}
    path = f"invoice-requests/{row.order.number}/issues"
    assert browser.post(path, issue).json["code"] == "order_state"
    assert browser.get("invoice-requests", state="wanted").json["data"]["total"] == 0
    pay(row)
    waiting = {one["key"]: one["count"] for one in browser.get("home").json["data"]["waiting"]}
    assert (waiting["new_orders"], waiting["invoice_requests"]) == (1, 1)
    (listed,) = browser.get("invoice-requests", state="wanted").json["data"]["list"]
    assert (listed["title"], listed["email"], listed["amount_fen"]) == ("李小梅", "mei@example.com", 2000)
    for _ in range(2):
        answer = browser.post(path, issue, Idempotency_Key="i")
        assert answer.json["data"]["invoice_number"] == issue["invoice_number"], answer.text
    assert browser.post(path, {"invoice_number": "2"}).json["data"]["state"] == "issued"
    (cells,) = kinds.get_kind("invoice_requests").rows(kinds.get_kind("invoice_requests").filters(), None)
    assert (cells[5], cells[11]) == ("李小梅", "2")
    service = new_browser().take_session(add_staff("service", "service"))
    (masked,) = service.get("invoice-requests", state="issued").json["data"]["list"]
    assert (masked["title"], masked["email"]) == ("李**", "m***@example.com")
    assert service.post(path, issue).status_code == 403


def test_an_order_without_a_wanted_invoice_gets_none(browser, row):
    answer = browser.post(f"invoice-requests/{row.order.number}/issues", {"invoice_number": "1"})
    assert (answer.status_code, answer.json["code"]) == (409, "invoice_not_wanted")


def test_orders_of_other_shops_are_not_found(new_browser, add_staff, row, shop):
    other = shops.create_shop(code="S2", name="东站店", location=Coordinates(121.48, 31.23))
    stranger = new_browser().take_session(add_staff("east", "shop_manager", shops=(other,)))
    assert stranger.get(f"shop-orders/{row.order.number}").status_code == 404
    assert stranger.get("shop-orders").json["data"]["total"] == 0
    assert stranger.get(f"delivery/{shop.code}").status_code == 404
    path = f"invoice-requests/{row.order.number}/issues"
    assert stranger.post(path, {"invoice_number": "1"}).status_code == 404
    for path in ("goods", "ways"):
        assert stranger.get(f"shop-order-entries/{path}", shop=shop.code).status_code == 404
    found = stranger.get("shop-order-entries/customers", search=row.order.member.card_number)
    assert found.json["data"] == []
    entry = {"member": row.order.member.card_number, "shop": "S2", "kind": "pickup", "expected_total_fen": 1,
             "lines": [{"sku_id": "x", "quantity": 1}]}  # fmt: skip
    assert stranger.post("shop-order-entries", entry).status_code == 404
    for name, body in (
        ("acceptance", None), ("rejection", {"reason": "x"}), ("ready", None), ("shipments", {}), ("handover", {}),
        ("cancellation", {"reason": "x"}), ("refunds", {"lines": [{"line": "1", "units": 1}], "reason": "x"}),
        ("price-reductions", {"amount_fen": 1, "reason": "x"}),
    ):  # fmt: skip
        assert step(stranger, row, name, body).status_code in (403, 404), name


def test_delivery_settings_are_saved_and_tried(browser, shop, tea):
    body = {
        "pickup_on": True, "delivery_on": True, "dine_in_on": False, "takeaway_on": False,
        "cash_on_delivery_on": True, "lead_minutes": 30, "slot_minutes": 60, "slot_capacity": 5, "days_ahead": 1,
        "zones": [{"up_to_metres": 3000, "fee_fen": 500, "minimum_fen": 2000, "free_from_fen": None}],
    }  # fmt: skip
    for _ in range(2):
        saved = browser.put(f"delivery/{shop.code}", body, Idempotency_Key="d")
        assert (saved.status_code, saved.json["data"]["reach_m"]) == (200, 3000), saved.text
    listed = browser.get("delivery", search=shop.name).json["data"]
    assert listed["list"][0]["ways"] == "自提、配送、货到付款"
    near = browser.get(f"delivery/{shop.code}/quotes", latitude=shop.lat, longitude=shop.lng)
    assert near.json["data"]["fee_fen"] == 500
    far = browser.get(f"delivery/{shop.code}/quotes", latitude=shop.lat + 1, longitude=shop.lng)
    assert (far.status_code, far.json["code"]) == (409, "out_of_range")
    assert browser.put(f"delivery/{shop.code}", {**body, "zones": []}).status_code == 422


def test_goods_leave_by_the_pickup_code(browser, new_browser, add_staff, row, shop):
    browser.post("roles", {"key": "desk", "name": "前台", "rights": ["shop_orders.read", "shop_orders.edit"]})
    clerk = new_browser().take_session(add_staff("clerk", "desk"))
    step(clerk, row, "acceptance")
    without = step(clerk, row, "handover", {})
    assert without.status_code == 403, without.text
    wrong = step(
        clerk, row, "handover", {"pickup_code": "000000" if row.pickup_code != "000000" else "111111"}
    )
    assert (wrong.status_code, wrong.json["code"]) == (403, "wrong_pickup_code")
    assert step(clerk, row, "handover", {"pickup_code": "12ab"}).status_code == 422
    done = step(clerk, row, "handover", {"pickup_code": row.pickup_code})
    assert done.json["data"]["state"] == "completed"


def test_a_code_is_not_found_by_trying(browser, row):
    step(browser, row, "acceptance")
    codes = [f"{number:06d}" for number in range(12) if f"{number:06d}" != row.pickup_code]
    answers = [step(browser, row, "handover", {"pickup_code": code}).status_code for code in codes[:11]]
    assert answers == [403] * 10 + [429]


def test_quantities_change_before_the_payment(browser, shop, mei, tea):
    row = submit(shop, mei, (tea, 2))
    assert "change_quantities" in browser.get(f"shop-orders/{row.order.number}").json["data"]["actions"]
    body = {"quantities": {"1": 1}, "reason": "只剩一件"}
    for _ in range(2):
        shown = step(browser, row, "quantity-changes", body, Idempotency_Key="q").json["data"]
    assert (shown["total_fen"], shown["steps"][-1]["message"][:20]) == (
        1_000,
        "改数量：只剩一件，20.00 → 10.",
    )
    for wrong in ({}, {"1": 0}, {"x": 1}, {"1": "2"}):
        assert step(browser, row, "quantity-changes", {**body, "quantities": wrong}).status_code == 422
    pay(row)
    assert step(browser, row, "quantity-changes", body).json["code"] == "order_state"


def test_a_refund_above_the_limit_waits_for_a_colleague(browser, new_browser, add_staff, row):
    settings.change(OrderApprovalSettings, refund_above_fen=500)
    body = {"lines": [{"line": "1", "units": 1}], "reason": "缺货", "expected_fen": 1000}
    made = step(browser, row, "refunds", body).json["data"]
    assert [line["returned"] for line in made["lines"]] == [0]
    decision = f"approvals/{made['approval_id']}/decision"
    task = browser.get(f"approvals/{made['approval_id']}").json["data"]
    assert {"label": "操作", "before": "", "after": "退款"} in task["changes"]
    agreed = {"approved": True, "version": task["fingerprint"]}
    assert browser.post(decision, agreed).json["code"] == "own_submission"
    browser.post("roles", {"key": "desk", "name": "前台", "rights": ["shop_orders.read", "approvals.read"]})
    clerk = new_browser().take_session(add_staff("clerk", "desk"))
    assert clerk.post(decision, agreed).status_code == 403
    manager = new_browser().take_session(add_staff("manager", "approver"))
    assert manager.post(decision, agreed).json["data"]["state"] == "approved"
    shown = browser.get(f"shop-orders/{row.order.number}").json["data"]
    assert [line["returned"] for line in shown["lines"]] == [1]


def test_ended_orders_are_hidden_from_the_list(browser, row):
    assert step(browser, row, "hiding").json["code"] == "order_state"
    step(browser, row, "rejection", {"reason": "缺货"})
    assert step(browser, row, "hiding").json["data"]["actions"] == ["show"]
    assert browser.get("shop-orders").json["data"]["total"] == 0
    assert browser.get("shop-orders", hidden="yes").json["data"]["total"] == 1
    assert browser.get("shop-orders", search=row.order.number).json["data"]["total"] == 1
    assert browser.delete(f"shop-orders/{row.order.number}/hiding").json["data"]["actions"] == ["hide"]
    assert browser.get("shop-orders").json["data"]["total"] == 1


def test_an_order_with_promotions_is_previewed_changed_and_refunded(browser, mei, shop, tea):
    publish_sku(shop, "cup", name="杯子", price_fen=500, stock=1)
    prices = [{"product": "P-tea", "price_fen": 800, "per_order": 1}]
    promotion_fixtures.run({"kind": "special_price", "prices": prices}, name="限量特价")
    gifts = [{"from_fen": 1_000, "gifts": [{"sku": "cup"}]}, {"from_fen": 9_000, "gifts": [{"sku": "cup"}]}]
    promotion_fixtures.run({"kind": "gift", "steps": gifts}, name="满赠")
    body = {
        "member": mei.card_number, "shop": "S1", "lines": [{"sku_id": tea.public_id, "quantity": 3}], "kind": "pickup",
    }  # fmt: skip
    price = browser.post("shop-order-entries/previews", body).json["data"]
    assert [(one["name"], one["quantity"], one["gift"]) for one in price["lines"]] == [
        ("龙井", 1, False), ("龙井", 2, False), ("杯子", 1, True),
    ]  # fmt: skip
    assert [one["sentence"] for one in price["discounts"]] == ["限量特价：限时特价"]
    assert (price["progress"], price["notices"]) == (["还差 62.00 元送杯子"], [])
    row = submit(shop, mei, (tea, 3))
    changed = step(browser, row, "quantity-changes", {"quantities": {"1-2": 1}, "reason": "来电"})
    assert changed.json["data"]["total_fen"] == 1_800, changed.json
    pay(row)
    for line in ("1-2", "1"):
        answer = step(
            browser,
            row,
            "refunds",
            {"lines": [{"line": line, "units": 1}], "reason": "缺货"},
            Idempotency_Key=line,
        )
        assert answer.status_code in (200, 201), answer.json
    assert browser.get(f"shop-orders/{row.order.number}").json["data"]["state"] == "refunded"

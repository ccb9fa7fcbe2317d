"""Orders by HTTP only: previewed, submitted, paid on the phone, cancelled, received."""

from store.customers import members, sessions
from store.orders.tables import Order
from store.shop_orders import moves
from store.stock import changes
from tests.miniprogram_api.orders.conftest import body_of
from tests.support import order_fixtures
from tests.support.stock_fixtures import units_of


def submit(phone, shop, *wanted, total_fen, **more):
    options = {"key": more.pop("key", None)}
    answer = phone.post(
        "/api/me/orders", body_of(shop, *wanted, expected_total_fen=total_fen, **more), **options
    )
    assert answer.status_code == 201, answer.json
    return answer.json["data"]


def read(phone, number):
    return phone.get(f"/api/me/orders/{number}").json["data"]


def test_a_pickup_is_previewed_ordered_paid_and_fetched(xiaomei, shop, merchant, tea, milk, pay):
    preview = xiaomei.post("/api/me/orders/previews", body_of(shop, (tea, 2), (milk, 1))).json["data"]
    assert (preview["total_fen"], preview["due_fen"], preview["problems"]) == (2600, 2600, [])
    assert [(line["name"], line["goods_fen"]) for line in preview["lines"]] == [("龙井", 2000), ("牛奶", 600)]
    order = submit(xiaomei, shop, (tea, 2), (milk, 1), total_fen=2600, remark="少放冰")
    assert (order["state"], order["pickup_code"]) == ("unpaid", None)
    assert [action["name"] for action in order["actions"]] == ["pay", "cancel"]
    assert xiaomei.get("/api/me/orders/counts").json["data"]["unpaid"] == 1
    pay(xiaomei, order["number"])
    paid = read(xiaomei, order["number"])
    assert (paid["state"], len(paid["pickup_code"])) == ("placed", 6)
    moves.accept(number=order["number"])
    moves.hand_over(number=order["number"], pickup_code=paid["pickup_code"])
    done = read(xiaomei, order["number"])
    assert (done["state"], done["pickup_code"]) == ("completed", None)
    assert [step["state_label"] for step in done["steps"]][-1] == "已完成"
    found = xiaomei.get("/api/me/orders", state="done").json["data"]
    assert [row["number"] for row in found["list"]] == [order["number"]]
    assert xiaomei.request("DELETE", f"/api/me/orders/{order['number']}").status_code == 200
    assert xiaomei.get("/api/me/orders").json["data"]["total"] == 0


def test_ord_1_a_double_tap_makes_one_order(xiaomei, shop, tea):
    first, again = (submit(xiaomei, shop, (tea, 1), total_fen=1000, key="tap-1") for _ in range(2))
    assert first["number"] == again["number"]
    assert Order.select().count() == 1


def test_a_changed_price_is_refused_with_the_new_preview(xiaomei, shop, tea):
    answer = xiaomei.post("/api/me/orders", body_of(shop, (tea, 1), expected_total_fen=900))
    assert (answer.status_code, answer.json["code"]) == (409, "price_changed")
    assert answer.json["data"]["preview"]["total_fen"] == 1000
    assert Order.select().count() == 0


def test_cart_6_stock_that_went_is_named_with_what_is_left(xiaomei, shop, tea):
    changes.adjust(shop=shop, sku=tea, difference=-9, key="less", reason="盘亏")
    preview = xiaomei.post("/api/me/orders/previews", body_of(shop, (tea, 3))).json["data"]
    assert [one["message"] for one in preview["problems"]] == ["“龙井”仅剩 1 件"]
    answer = xiaomei.post("/api/me/orders", body_of(shop, (tea, 3), expected_total_fen=3000))
    assert answer.json["code"] == "stock_short"
    assert Order.select().count() == 0


def test_cart_7_the_order_that_holds_the_last_unit_can_be_paid(xiaomei, shop, merchant, milk, pay):
    order = submit(xiaomei, shop, (milk, 2), total_fen=1200)
    pay(xiaomei, order["number"])
    assert (read(xiaomei, order["number"])["state"], units_of(shop, milk)) == ("placed", (2, 2, 0))


def test_a_customer_cancels_unpaid_and_paid_orders(xiaomei, shop, merchant, tea, pay):
    unpaid = submit(xiaomei, shop, (tea, 1), total_fen=1000)
    xiaomei.post(f"/api/me/orders/{unpaid['number']}/payments", {"method": "wechat"})
    for _ in range(2):
        answer = xiaomei.post(f"/api/me/orders/{unpaid['number']}/cancellation", {})
        assert (answer.status_code, answer.json["data"]["state"]) == (200, "closed")
    paid = submit(xiaomei, shop, (tea, 1), total_fen=1000)
    pay(xiaomei, paid["number"])
    answer = xiaomei.post(f"/api/me/orders/{paid['number']}/cancellation", {"reason": "买错了"})
    assert (answer.json["data"]["state"], answer.json["data"]["refunds"][0]["amount_fen"]) == (
        "refunded",
        1000,
    )
    assert units_of(shop, tea) == (10, 0, 0)


def test_sv_3_stored_value_pays_the_whole_order(xiaomei, shop, tea):
    xiaomei.press_phone_button()
    customer = sessions.get_by_token(xiaomei.token).customer
    order_fixtures.top_up(members.get_or_create(customer), 5000)
    order = submit(xiaomei, shop, (tea, 2), total_fen=2000)
    answer = xiaomei.post(f"/api/me/orders/{order['number']}/payments", {"method": "stored_value"})
    assert (answer.json["data"]["state"], answer.json["data"]["payment"]) == ("placed", None)


def test_an_order_of_another_customer_is_not_found(xiaomei, laowang, shop, tea):
    number = submit(xiaomei, shop, (tea, 1), total_fen=1000)["number"]
    for path, body in (("payments", {"method": "wechat"}), ("cancellation", {}), ("arrival", None)):
        assert laowang.post(f"/api/me/orders/{number}/{path}", body).status_code == 404
    assert laowang.get(f"/api/me/orders/{number}").status_code == 404

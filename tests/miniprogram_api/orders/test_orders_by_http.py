"""Orders by HTTP only: previewed, submitted, paid on the phone, cancelled, received."""

from store.customers import members, sessions
from store.orders import orders
from store.orders.requests import ReturnLine
from store.orders.tables import Order
from store.payments import attempts, settlement
from store.payments.refunds import Refund
from store.points import points
from store.shop_orders import moves, refunds
from store.stock import changes
from tests.miniprogram_api.orders.conftest import body_of
from tests.support import order_fixtures
from tests.support.shop_order_fixtures import offer_all
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


def test_ord_1_peers_10_a_double_tap_makes_one_order(xiaomei, shop, tea):
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


HOME = {
    "name": "王小美", "phone": "13800138000", "region": ["上海市", "上海市", "黄浦区"], "detail": "南京东路 1 号",
    "latitude": 31.2310, "longitude": 121.4740,
}  # fmt: skip


def test_a_delivery_with_coupon_and_points_and_one_line_refunded(xiaomei, shop, merchant, tea, milk, pay):
    offer_all(shop, zones=[{"up_to_metres": 3_000, "fee_fen": 500, "minimum_fen": 2_000}])
    xiaomei.press_phone_button()
    member = members.get_or_create(sessions.get_by_token(xiaomei.token).customer)
    points.earn(member=member, kind="behaviour_increase", value=500, key="story")
    order_fixtures.issue_coupon(member)
    address = xiaomei.post("/api/me/addresses", HOME).json["data"]
    ways = xiaomei.get(f"/api/stores/{shop.public_id}/fulfilments", address_id=address["id"]).json["data"]
    assert ways["delivery"]["fee_fen"] == 500
    wanted = {"fulfilment": "delivery", "address_id": address["id"], "points": 500}
    preview = xiaomei.post("/api/me/orders/previews", body_of(shop, (tea, 2), (milk, 1), **wanted)).json[
        "data"
    ]
    assert (preview["goods_fen"], preview["freight_fen"], preview["due_fen"]) == (2100, 500, 2100)
    order = submit(xiaomei, shop, (tea, 2), (milk, 1), total_fen=2600, **wanted)
    pay(xiaomei, order["number"])
    moves.accept(number=order["number"])
    refunds.refund_lines(
        number=order["number"], return_number="R1", lines=[ReturnLine("2", units=1)], reason="缺货"
    )
    moves.ship(number=order["number"])
    shipped = read(xiaomei, order["number"])
    assert (shipped["state"], shipped["address"]["detail"]) == ("shipped", "南京东路 1 号")
    assert [line["returned"] for line in shipped["lines"]] == [0, 1, 0]
    assert shipped["refunds"][0]["amount_fen"] > 0
    for _ in range(2):
        done = xiaomei.post(f"/api/me/orders/{order['number']}/arrival").json["data"]
    assert done["state"] == "received"


def test_cash_on_delivery_waits_for_its_money(xiaomei, shop, tea):
    offer_all(shop)
    order = submit(xiaomei, shop, (tea, 1), total_fen=1000, payment_terms="cash_on_delivery")
    assert (order["state"], [one["name"] for one in order["actions"]]) == ("placed", ["cancel", "reorder"])
    moves.accept(number=order["number"])
    moves.hand_over(number=order["number"], received_fen=1000)
    assert (read(xiaomei, order["number"])["state"], read(xiaomei, order["number"])["due_fen"]) == (
        "completed",
        0,
    )


def test_money_after_the_order_closed_is_refunded(xiaomei, shop, merchant, sandbox, tea):
    order = submit(xiaomei, shop, (tea, 1), total_fen=1000)
    begun = xiaomei.post(f"/api/me/orders/{order['number']}/payments", {"method": "wechat"}).json["data"]
    attempt = attempts.get(begun["payment_number"])
    settlement.settle(
        settlement.Evidence(
            source="query", attempt_number=attempt.number, outcome="closed", merchant_id=attempt.merchant_id
        )
    )
    orders.close(number=order["number"], reason="超时未付款")
    order_fixtures.settle(attempt, "succeeded")
    assert read(xiaomei, order["number"])["state"] == "closed"
    assert [refund.amount_fen for refund in Refund.select()] == [1000]
    assert units_of(shop, tea) == (10, 0, 0)


def test_the_goods_of_an_order_go_into_the_cart_again(xiaomei, shop, tea, milk):
    order = submit(xiaomei, shop, (tea, 2), (milk, 2), total_fen=3200)
    xiaomei.post(f"/api/me/orders/{order['number']}/cancellation", {})
    changes.adjust(shop=shop, sku=milk, difference=-1, key="less", reason="盘亏")
    again = xiaomei.post(f"/api/me/orders/{order['number']}/reorder").json["data"]
    assert again == {"added": 1, "missing": ["牛奶"]}
    cart = xiaomei.get("/api/me/cart").json["data"]
    assert [(line["name"], line["quantity"]) for line in cart["stores"][0]["lines"]] == [("龙井", 2)]


def test_ordered_goods_leave_the_cart(xiaomei, shop, tea, milk):
    for sku, quantity in ((tea, 3), (milk, 1)):
        body = {"store_id": shop.public_id, "sku_id": sku.public_id, "quantity": quantity}
        assert xiaomei.post("/api/me/cart/lines", body).status_code == 201
    line = xiaomei.get("/api/me/cart").json["data"]["stores"][0]["lines"][0]
    assert (
        xiaomei.request("PATCH", f"/api/me/cart/lines/{line['id']}", json={"selected": False}).status_code
        == 200
    )
    submit(xiaomei, shop, (tea, 2), total_fen=2000)
    cart = xiaomei.get("/api/me/cart").json["data"]
    assert sorted((one["name"], one["quantity"]) for one in cart["stores"][0]["lines"]) == [
        ("牛奶", 1),
        ("龙井", 1),
    ]
    gone = xiaomei.request("DELETE", f"/api/me/cart/lines/{line['id']}")
    assert (gone.status_code, gone.json["data"]["count"]) == (200, 1)
    assert xiaomei.request("DELETE", "/api/me/cart/lines/nonsense").status_code == 404


def test_an_address_is_changed_and_its_place_converted(xiaomei, laowang, shop):
    address = xiaomei.post("/api/me/addresses", {**HOME, "datum": "wgs84"}).json["data"]
    assert address["latitude"] != HOME["latitude"]
    path = f"/api/me/addresses/{address['id']}"
    changed = xiaomei.request("PATCH", path, json={"detail": "新地址", "latitude": None, "longitude": None})
    assert (changed.json["data"]["detail"], changed.json["data"]["latitude"]) == ("新地址", None)
    assert xiaomei.request("PATCH", path, json={"phone": "123456"}).status_code == 422
    assert laowang.request("PATCH", path, json={"detail": "x"}).status_code == 404
    assert len(xiaomei.get("/api/me/addresses").json["data"]["list"]) == 1
    assert xiaomei.request("DELETE", path).json["data"]["list"] == []

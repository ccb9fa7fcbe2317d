"""Promotions by HTTP: previews with gifts, split lines, progress and notices, and the order that keeps them."""

from tests.miniprogram_api.orders.conftest import body_of
from tests.support.promotion_fixtures import run
from tests.support.shop_order_fixtures import publish_sku


def test_a_preview_shows_gifts_split_lines_progress_and_notices(xiaomei, shop, tea, milk):
    publish_sku(shop, "cup", name="杯子", price_fen=500, stock=1)
    special = run(
        {"kind": "special_price", "prices": [{"product": "P-tea", "price_fen": 800, "per_order": 1}]}
    )
    run({"kind": "reduction", "steps": [{"from_fen": 4_000, "off_fen": 500}]}, name="满减")
    run(
        {
            "kind": "gift",
            "steps": [{"from_fen": 2_000, "gifts": [{"sku": "cup"}, {"sku": "milk", "quantity": 3}]}],
        }
    )
    body = body_of(shop, (tea, 2), (milk, 1))
    preview = xiaomei.post("/api/me/orders/previews", body).json["data"]
    facts = [
        (one["line"], one["name"], one["quantity"], one["goods_fen"], one["gift"]) for one in preview["lines"]
    ]
    assert facts == [
        ("1", "龙井", 1, 800, False), ("1-2", "龙井", 1, 1_000, False), ("2", "牛奶", 1, 600, False),
        ("G1", "杯子", 1, 0, True), ("G2", "牛奶", 1, 0, True),
    ]  # fmt: skip
    assert preview["lines"][3]["promotion"].startswith("周末满减：满 20 元送杯子")
    assert [(one["sentence"], one["missing_fen"]) for one in preview["progress"]] == [
        ("还差 16.00 元减 5 元", 1_600)
    ]
    assert preview["notices"] == ["赠品“牛奶”库存不足，仅送 1 件"]
    assert [(one["kind"], one["fen"]) for one in preview["discounts"]] == [("special_price", 200)]
    assert preview["lines"][0]["shares"][f"special_price:{special.number}"] == 200
    body["expected_total_fen"] = preview["total_fen"]
    answer = xiaomei.post("/api/me/orders", body)
    assert answer.status_code == 201, answer.json
    order = xiaomei.get(f"/api/me/orders/{answer.json['data']['number']}").json["data"]
    assert [one["gift"] for one in order["lines"]] == [False, False, False, True, True]
    assert [one["sentence"] for one in order["discounts"]] == ["周末满减：限时特价"]
    again = xiaomei.post(f"/api/me/orders/{order['number']}/reorder", {}).json["data"]
    assert again == {"added": 2, "missing": ["牛奶"]}  # gifts are not bought again, and the last milk was one


def test_a_changed_promotion_is_shown_again(xiaomei, shop, tea):
    run({"kind": "discount", "steps": [{"percent": 50}]})
    answer = xiaomei.post("/api/me/orders", body_of(shop, (tea, 1), expected_total_fen=1_000))
    assert answer.status_code == 409
    assert answer.json["data"]["preview"]["total_fen"] == 500

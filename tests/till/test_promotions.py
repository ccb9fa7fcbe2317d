"""Promotions at a till: the sale shows what was taken off, gifts, and what is missing for more."""

from tests.support.promotion_fixtures import run
from tests.support.shop_order_fixtures import publish_sku


def test_a_sale_shows_discounts_gifts_and_progress(till, shop):
    tea = publish_sku(shop, "tea", name="龙井")
    publish_sku(shop, "cup", name="杯子", price_fen=500, stock=1)
    run({"kind": "gift", "steps": [{"from_fen": 2_000, "gifts": [{"sku": "cup"}]}]}, name="满赠")
    run({"kind": "reduction", "steps": [{"from_fen": 3_000, "off_fen": 500}]}, channels=["till"])
    run({"kind": "discount", "steps": [{"percent": 50}]}, channels=["online"])
    sale = till.post("/till/sales", {"lines": [{"sku_id": tea.public_id, "quantity": 2}]}).json["data"]
    assert [(one["name"], one["gift"], one["source"]) for one in sale["lines"]] == [
        ("龙井", False, "1"), ("杯子", True, "G1"),
    ]  # fmt: skip
    assert (sale["total_fen"], sale["progress"], sale["notices"]) == (2_000, ["还差 10.00 元减 5 元"], [])
    changed = till.request(
        "PATCH", f"/till/sales/{sale['number']}", json={"lines": [{"sku_id": tea.public_id, "quantity": 3}]}
    ).json["data"]
    assert (changed["total_fen"], changed["progress"]) == (2_500, [])
    assert [one["sentence"] for one in changed["discounts"]] == ["周末满减：满 30 元减 5 元"]
    amount = till.post("/till/sales", {"amount_fen": 3_000}).json["data"]
    assert (amount["total_fen"], amount["amount_only"]) == (2_500, True)
    assert amount["notices"] == ["赠品“杯子”已送完，本单不含该赠品"]

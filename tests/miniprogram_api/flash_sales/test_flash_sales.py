"""Flash sales by HTTP: what customers see, what they buy, and what the gate says when it is right, dead or wrong."""

from datetime import timedelta

import pytest
import redis

import flash_gate
from store.core import clock
from store.flash_sales import publication
from store.orders.tables import Order
from tests.miniprogram_api.orders.conftest import body_of
from tests.support.flash_fixtures import item_of
from tests.support.shop_order_fixtures import publish_sku


def order_body(shop, tea, item, quantity=1, **more):
    body = body_of(
        shop, (tea, quantity), **{"coupon_codes": [], "expected_total_fen": 500 * quantity, **more}
    )
    body["lines"][0]["flash_item_id"] = item.public_id
    return body


def buy(phone, shop, tea, sale, **more):
    options = {"key": more.pop("key", None)}
    return phone.post("/api/me/orders", order_body(shop, tea, item_of(sale), **more), **options)


def test_a_visitor_reads_the_sale_with_the_time_of_the_server(web, shop, tea, sale, xiaomei):
    found = xiaomei.get("/api/flash-sales").json["data"]
    assert [(row["name"], row["phase"], row["lowest_fen"], row["left"]) for row in found["list"]] == [
        ("周五抢购", "selling", 500, 5)
    ]
    detail = xiaomei.get(f"/api/flash-sales/{sale.public_id}").json["data"]
    assert detail["server_time"] <= detail["ends_at"]
    item = detail["items"][0]
    assert (item["price_fen"], item["usual_fen"], item["left"], item["can_buy"]) == (500, 1000, 5, 1)
    assert xiaomei.get(f"/api/flash-sales/{sale.public_id}", store_id="none").status_code == 404


def test_the_sales_of_goods_are_found(xiaomei, shop, tea, sale):
    other = publish_sku(shop, "milk", name="牛奶")
    goods = {"store_id": shop.public_id, "goods_id": tea.product.public_id}
    found = xiaomei.get("/api/flash-sales", **goods).json["data"]["list"]
    assert [(row["id"], row["lowest_fen"], row["left"]) for row in found] == [(sale.public_id, 500, 5)]
    assert xiaomei.get("/api/flash-sales", goods_id=other.product.public_id).json["data"]["list"] == []
    assert xiaomei.get("/api/flash-sales", goods_id="none").status_code == 404


def test_a_sale_is_hidden_before_its_announcement(xiaomei, sale):
    later = clock.now() + timedelta(hours=1)
    sale.update_fields(announced_at=later, starts_at=later)
    assert xiaomei.get("/api/flash-sales").json["data"]["list"] == []
    assert xiaomei.get(f"/api/flash-sales/{sale.public_id}").status_code == 404


def test_goods_are_bought_by_the_usual_order(xiaomei, shop, tea, sale, gate, merchant, pay):
    body = order_body(shop, tea, item_of(sale))
    body.pop("expected_total_fen")
    preview = xiaomei.post("/api/me/orders/previews", body).json["data"]
    assert (preview["total_fen"], preview["problems"]) == (500, [])
    answer = buy(xiaomei, shop, tea, sale)
    assert answer.status_code == 201, answer.json
    pay(xiaomei, answer.json["data"]["number"])
    assert (item_of(sale).sold, item_of(sale).left) == (1, 4)
    again = buy(xiaomei, shop, tea, sale)
    assert (again.status_code, again.json["code"]) == (409, "flash_limit")
    assert counter(gate, sale) == {"left": 4, "pending": 0}


def counter(url, sale):
    with redis.Redis.from_url(url) as client:
        row = client.hgetall(f"flash:acme:{item_of(sale).public_id}")
    return {name: int(row[name.encode()]) for name in ("left", "pending")} if row else None


def test_a_repeat_of_a_request_takes_nothing_at_the_gate(xiaomei, shop, tea, sale, gate):
    answers = [buy(xiaomei, shop, tea, sale, key="tap") for _ in range(3)]
    assert [one.status_code for one in answers] == [201] * 3
    assert len({one.json["data"]["number"] for one in answers}) == 1
    assert counter(gate, sale) == {"left": 4, "pending": 0}


def test_sold_out_is_answered_by_the_gate_without_a_transaction(xiaomei, shop, tea, sale, gate, monkeypatch):
    first = buy(xiaomei, shop, tea, sale, key="mine")
    sell_all_but_sold(sale)
    flush(gate)
    assert buy(xiaomei, shop, tea, sale).json["code"] == "sold_out"
    monkeypatch.setattr(flash_gate.items, "find_by_public_id", None)  # not read again
    answer = buy(xiaomei, shop, tea, sale)
    assert (answer.status_code, answer.json["code"], answer.json["msg"]) == (
        409,
        "sold_out",
        "已抢光，下次早点来",
    )
    repeated = buy(xiaomei, shop, tea, sale, key="mine")
    assert repeated.json["data"]["number"] == first.json["data"]["number"]


def sell_all_but_sold(sale):
    row = item_of(sale)
    row.update_fields(returned=row.left)


def flush(url):
    with redis.Redis.from_url(url) as client:
        client.flushall()


@pytest.mark.parametrize("state", ["dead", "wiped", "too_high", "stale_zero", "text", "no_end"])
def test_a_gate_that_is_dead_wiped_or_wrong_sells_the_units_all_the_same(
    xiaomei, shop, tea, sale, gate, monkeypatch, state
):
    key = f"flash:acme:{item_of(sale).public_id}"
    with redis.Redis.from_url(gate) as client:
        if state == "dead":
            monkeypatch.setattr(flash_gate, "_connect", lambda url: redis.Redis.from_url("unix:///nowhere"))
            flash_gate._load.cache_clear()
        elif state == "wiped":
            client.flushall()
        elif state == "text":
            client.set(key, "nonsense")
        else:
            left = {"too_high": 99, "stale_zero": 0, "no_end": 0}[state]
            client.hset(key, mapping={"left": left, "pending": 0, "epoch": "x"})
            if state == "too_high":
                client.pexpire(key, 1_000)
            if state == "stale_zero":
                client.pexpire(key, 60_000)  # longer than the gate ever writes
    assert buy(xiaomei, shop, tea, sale).status_code == 201
    row = item_of(sale)
    row.update_fields(returned=row.left)
    flash_gate._load.cache_clear()
    answer = buy(xiaomei, shop, tea, sale)
    assert answer.json["code"] in ("sold_out", "flash_limit")
    assert Order.select().count() == 1


def test_what_a_failed_order_took_at_the_gate_is_given_back(xiaomei, shop, tea, sale, gate):
    answer = buy(xiaomei, shop, tea, sale, expected_total_fen=499)
    assert answer.json["code"] == "price_changed"
    assert counter(gate, sale) == {"left": 5, "pending": 0}


def test_the_gate_does_not_say_sold_out_while_an_order_that_may_fail_is_pending(sale, shop, gate):
    key = item_of(sale).public_id
    with flash_gate.open_passage({key: 5}), flash_gate.open_passage({key: 1}) as second:
        assert second.taken == []  # the database decides
    assert counter(gate, sale) == {"left": 5, "pending": 0}


def test_an_order_that_gets_no_place_in_time_is_asked_to_try_again(
    xiaomei, shop, tea, sale, gate, monkeypatch
):
    monkeypatch.setattr(flash_gate, "PATIENCE_S", 0.01)
    key = item_of(sale).public_id
    with flash_gate.open_passage({key: 1}), flash_gate.open_passage({key: 1}):
        answer = buy(xiaomei, shop, tea, sale)
        assert (answer.status_code, answer.json["code"]) == (503, "busy")
        assert counter(gate, sale) == {"left": 3, "pending": 2}
    assert buy(xiaomei, shop, tea, sale).status_code == 201
    assert (counter(gate, sale), item_of(sale).left) == ({"left": 4, "pending": 0}, 4)


def test_a_stopped_sale_says_so(xiaomei, shop, tea, sale, gate):
    publication.stop(sale, reason="标错价")
    assert buy(xiaomei, shop, tea, sale).json["code"] in ("flash_stopped", "sold_out")
    detail = xiaomei.get(f"/api/flash-sales/{sale.public_id}").json["data"]
    assert (detail["phase"], detail["items"][0]["can_buy"]) == ("stopped", 0)


def test_flash_1_twenty_taps_of_one_shopper_eat_no_stock(xiaomei, shop, tea, sale, gate):
    answers = [buy(xiaomei, shop, tea, sale) for _ in range(6)]
    assert [one.status_code for one in answers].count(201) == 1
    assert item_of(sale).left == 4
    assert counter(gate, sale) == {"left": 4, "pending": 0}

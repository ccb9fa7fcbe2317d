"""Terminals, cashiers, shifts and collection codes in the console."""

import pytest

from store.core import clock
from store.exports import kinds
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.tills import cashiers, pins, shifts, terminals
from store.tills.cashiers import Cashier
from tests.support import order_fixtures

PIN = "258036"


@pytest.fixture(autouse=True)
def _cheap_pins(monkeypatch):
    monkeypatch.setattr(pins, "_HASHER", pins.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def other(shop):
    return shops.create_shop(code="S2", name="东站店", location=Coordinates(121.5, 31.2))


@pytest.fixture
def stranger(new_browser, add_staff, other):
    """Staff of another shop with all rights."""
    return new_browser().take_session(add_staff("east", shops=(other,)))


def listed(browser, path, name, **query):
    answer = browser.get(path, **query)
    assert answer.status_code == 200, answer.text
    return [row[name] for row in answer.json["data"]["list"]]


def test_a_terminal_gets_a_key_that_is_shown_once(browser, shop):
    body = {"code": "T1", "name": "一号台", "shop": "S1"}
    first, second = (browser.post("terminals", body, Idempotency_Key="k1") for _ in range(2))
    assert first.status_code == 201, first.text
    assert first.json["data"] == second.json["data"]
    key = first.json["data"]["key"]
    assert terminals.verify_secret(code="T1", secret=key).shop_id == shop.id
    assert browser.post("terminals", body).json["data"]["key"] == ""
    assert key not in browser.get("terminals").text
    for _ in range(2):
        assert browser.post("terminals/T1/disablement").json["data"]["state"] == "disabled"
    assert listed(browser, "terminals", "code", state="active") == []
    renewed = browser.post("terminals/T1/keys").json["data"]
    assert (renewed["state"], renewed["key"] != key) == ("active", True)
    assert browser.post("terminals", {**body, "code": "台"}).json["data"]["field"] == "code"
    assert listed(browser, "terminals", "code", search="一号", shop="S1") == ["T1"]


def test_a_cashier_gets_rights_and_a_new_pin(browser, shop):
    body = {"number": "1001", "name": "小李", "shop": "S1", "rights": ["sell"], "pin": PIN}
    assert browser.post("cashiers", {**body, "pin": "12"}).json["data"]["field"] == "pin"
    assert browser.post("cashiers", {**body, "rights": ["fly"]}).json["data"]["field"] == "rights"
    for _ in range(2):
        assert browser.post("cashiers", body).status_code == 201
    shown = browser.put("cashiers/1001/rights", {"rights": ["refund", "sell"]}).json["data"]
    assert shown["right_names"] == ["收银", "退款"]
    Cashier.update(failed_attempts=5, locked_until=clock.now() + clock.timedelta(minutes=5)).execute()
    assert listed(browser, "cashiers", "is_locked") == [True]
    assert browser.delete("cashiers/1001/lock").json["data"]["is_locked"] is False
    assert browser.post("cashiers/1001/disablement").json["data"]["state"] == "disabled"
    answer = browser.put("cashiers/1001/pin", {"pin": "369147"})
    assert answer.json["data"]["state"] == "active"
    assert "369147" not in answer.text
    assert cashiers.verify_pin(number="1001", pin="369147", shop_id=shop.id).number == "1001"
    assert listed(browser, "cashiers", "number", search="10", shop="S1", state="active") == ["1001"]


def test_a_shift_shows_what_is_missing(browser, shop):
    terminal = terminals.add(code="T1", name="", shop=shop).terminal
    cashier = cashiers.add(number="1001", name="小李", pin=PIN, shop=shop)
    shift = shifts.open_shift(terminal=terminal, cashier=cashier, opening_fen=5_000, key="k1")
    shown = browser.get(f"shifts/{shift.id}").json["data"]
    assert (shown["state"], shown["expected_fen"], shown["difference_fen"]) == ("open", 5_000, None)
    shifts.close(shift=shift, cashier=cashier, counted_fen=4_900)
    shown = browser.get(f"shifts/{shift.id}").json["data"]
    assert (shown["difference_fen"], shown["closed_by"], shown["shop"]) == (-100, "小李", "西站店")
    for query in ({"state": "differing"}, {"search": "T1"}, {"shop": "S1"}, {"since": "2020-01-01"}):
        assert listed(browser, "shifts", "id", **query) == [str(shift.id)]
    for query in ({"state": "open"}, {"search": "T2"}, {"until": "2020-01-01"}):
        assert listed(browser, "shifts", "id", **query) == []
    table = kinds.get_kind("shifts")
    (row,) = table.rows(table.filters(), None)
    assert (len(row), row[-1]) == (len(table.columns), -1)
    assert browser.get("shifts/99999999999999999999").status_code in (404, 422)


def test_a_collection_code_is_created_printed_and_replaced(browser, shop, other):
    assert listed(browser, "collection-codes", "code") == [None, None]
    first, second = (browser.post("collection-codes/S1").json["data"] for _ in range(2))
    assert first["code"] == second["code"]
    assert browser.get("collection-codes/S1/image").mimetype == "image/png"
    assert b"<svg" in browser.get("collection-codes/S1/image", form="svg").data
    body = {"replaced_code": first["code"]}
    renewed = browser.post("collection-codes/S1/renewals", body).json["data"]
    assert renewed["code"] != first["code"]
    assert browser.post("collection-codes/S1/renewals", body).json["data"]["code"] == renewed["code"]
    assert browser.get("collection-codes/S1").json["data"]["url"].endswith(renewed["code"])
    assert listed(browser, "collection-codes", "shop_code", search="西站") == ["S1"]


def test_what_belongs_to_another_shop_is_not_there(stranger, shop):
    terminal = terminals.add(code="T1", name="", shop=shop).terminal
    cashier = cashiers.add(number="1001", name="小李", pin=PIN, shop=shop)
    cashiers.add(number="1002", name="小王", pin=PIN)
    shift = shifts.open_shift(terminal=terminal, cashier=cashier, opening_fen=0, key="k1")
    for path, name in (("terminals", "code"), ("cashiers", "number"), ("shifts", "id")):
        assert listed(stranger, path, name) == []
    assert listed(stranger, "collection-codes", "shop_code") == ["S2"]
    for answer in (
        stranger.post("terminals/T1/keys"), stranger.post("terminals/T1/disablement"),
        stranger.post("terminals", {"code": "T3", "shop": "S1"}), stranger.get(f"shifts/{shift.id}"),
        stranger.put("cashiers/1001/rights", {"rights": ["sell"]}), stranger.delete("cashiers/1001/lock"),
        stranger.put("cashiers/1002/pin", {"pin": PIN}), stranger.post("cashiers/1001/disablement"),
        stranger.post("collection-codes/S1"), stranger.get("collection-codes/S1/image"),
    ):  # fmt: skip
        assert answer.status_code == 404
    body = {"number": "1003", "name": "小张", "rights": ["sell"], "pin": PIN}
    assert stranger.post("cashiers", body).json["data"]["field"] == "shop"


def test_orders_are_found_by_their_cashier(browser, shop):
    cashier = cashiers.add(number="1001", name="小李", pin=PIN, shop=shop)
    order = order_fixtures.place(shop, cashier_id=cashier.id)
    order_fixtures.place(shop)
    assert listed(browser, "orders", "number", cashier="1001") == [order.number]
    assert listed(browser, "orders", "cashier", cashier="1001") == ["小李"]

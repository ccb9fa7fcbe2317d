"""Points through the route: accounts, and a ledger that can be turned back page by page."""

from datetime import timedelta

import pytest

from store.customers import members
from store.customers.customers import Customer
from store.points import payments as point_payments
from store.points import points
from store.points import reversals as point_reversals
from store.tenants import business_days


@pytest.fixture
def ledger(xiaomei):
    """Seven entries of xiaomei, the latest one a spending."""
    member = members.get_or_create(Customer.get())
    for number in range(6):
        points.earn(
            member=member, kind="behaviour_increase", value=10 + number, key=f"e-{number}", reason="活动"
        )
    points.spend(member=member, kind="gift_redemption", value=3, key="s-1", reason="兑换杯子")


def test_a_new_member_has_every_account_at_zero(xiaomei):
    xiaomei.press_phone_button()
    nothing = {"available": 0, "accumulated": 0, "expired": 0, "debt": 0, "held": 0}
    nothing["expiring"] = {"points": 0, "days": 30, "first_day": None}
    assert xiaomei.get("/api/me/points").json["data"]["accounts"] == [
        {"group": "points", "name": "积分", **nothing},
        {"group": "growth", "name": "成长值", **nothing},
    ]


def test_entries_come_latest_first_with_signs_and_words(xiaomei, ledger):
    entries = xiaomei.get("/api/me/points/entries").json["data"]["list"]
    assert [entry["value"] for entry in entries] == [-3, 15, 14, 13, 12, 11, 10]
    assert (entries[0]["label"], entries[0]["reason"]) == ("礼品兑换", "兑换杯子")


def test_pages_join_without_a_gap_or_a_double(xiaomei, ledger):
    whole = xiaomei.get("/api/me/points/entries").json["data"]["list"]
    seen, cursor = [], ""
    while True:
        asked = {"cursor": cursor} if cursor else {}
        page = xiaomei.get("/api/me/points/entries", limit=3, **asked).json["data"]
        seen += page["list"]
        assert page["has_more"] == (page["next_cursor"] is not None)
        if not page["has_more"]:
            break
        cursor = page["next_cursor"]
    assert seen == whole


def test_a_cursor_tells_nothing_and_cannot_be_made_up(xiaomei, ledger):
    cursor = xiaomei.get("/api/me/points/entries", limit=1).json["data"]["next_cursor"]
    assert not cursor.isdigit()
    for forged in ("1", "x", cursor[:-2] + "AA", cursor[::-1]):
        answer = xiaomei.get("/api/me/points/entries", cursor=forged)
        assert answer.json["data"]["field"] == "cursor"


def test_a_cursor_of_another_customer_opens_nothing(xiaomei, laowang, ledger):
    cursor = xiaomei.get("/api/me/points/entries", limit=1).json["data"]["next_cursor"]
    laowang.post("/api/me/check-ins")
    assert laowang.get("/api/me/points/entries", cursor=cursor).status_code == 422


def test_an_unknown_group_is_not_found(xiaomei):
    assert xiaomei.get("/api/me/points/entries", group="gold").status_code == 404


@pytest.mark.parametrize("limit", [0, 101, "x", ""])
def test_a_limit_has_bounds(xiaomei, limit):
    assert xiaomei.get("/api/me/points/entries", limit=limit).json["data"]["field"] == "limit"


def ends_in(days):
    return business_days.end_of(business_days.today() + timedelta(days=days))


def test_points_that_expire_soon_are_listed_by_day(xiaomei):
    member = members.get_or_create(Customer.get())
    for days, value in ((0, 5), (10, 20), (10, 30), (30, 40), (31, 50)):
        points.earn(
            member=member, kind="promotion", value=value, key=f"{days}-{value}", expires_at=ends_in(days)
        )
    day = [str(business_days.today() + timedelta(days=days)) for days in (0, 10, 30)]
    account = xiaomei.get("/api/me/points").json["data"]["accounts"][0]
    assert account["expiring"] == {"points": 95, "days": 30, "first_day": day[0]}
    result = xiaomei.get("/api/me/points/expiring").json["data"]
    assert (result["points"], result["name"]) == (95, "积分")
    assert result["list"] == [
        {"last_day": day[0], "points": 5}, {"last_day": day[1], "points": 50}, {"last_day": day[2], "points": 40},
    ]  # fmt: skip
    assert xiaomei.get("/api/me/points/expiring", days=9).json["data"]["points"] == 5


@pytest.mark.parametrize("query", [{"days": -1}, {"days": 367}, {"days": "x"}, {"lot": "1"}])
def test_how_far_ahead_has_bounds(xiaomei, query):
    assert xiaomei.get("/api/me/points/expiring", **query).status_code == 422


def test_debts_and_holds_are_shown(xiaomei):
    member = members.get_or_create(Customer.get())
    points.earn(member=member, kind="transaction", value=500, key="o", order_number="A1", order_line="1")
    point_payments.hold(member=member, order_number="A2", points=300, amount_fen=300, limit_fen=10_000)
    point_reversals.reverse_earned(key="o", number="R", numerator=1, denominator=1)
    account = xiaomei.get("/api/me/points").json["data"]["accounts"][0]
    assert (account["available"], account["held"], account["debt"]) == (-300, 300, 300)


def test_an_entry_tells_both_sides(xiaomei, ledger):
    spent, *_, first = xiaomei.get("/api/me/points/entries").json["data"]["list"]
    result = xiaomei.get(f"/api/me/points/entries/{spent['id']}").json["data"]
    assert {name: result[name] for name in spent} == spent
    assert (result["remaining"], result["lot_lines"]) == (None, [])
    assert result["source_lines"] == [{"value": -3, "entry": first}]
    result = xiaomei.get(f"/api/me/points/entries/{first['id']}").json["data"]
    assert (result["remaining"], result["lot_lines"]) == (7, [{"value": -3, "entry": spent}])


def test_an_entry_of_another_customer_is_not_found(xiaomei, laowang, ledger):
    entry = xiaomei.get("/api/me/points/entries").json["data"]["list"][0]
    for name in (entry["id"], "1", "x" * 500, "%00", "..%2F..", "' OR 1=1"):
        assert laowang.get(f"/api/me/points/entries/{name}").status_code in (400, 404)


def test_an_entry_shows_its_order(xiaomei):
    member = members.get_or_create(Customer.get())
    points.earn(member=member, kind="transaction", value=5, key="o", order_number="A1", order_line="1")
    assert xiaomei.get("/api/me/points/entries").json["data"]["list"][0]["order_number"] == "A1"

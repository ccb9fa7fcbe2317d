"""Points through the door: accounts, and a ledger that can be turned back page by page."""

import pytest

from store.loyalty import points
from store.people import members
from store.people.customers import Customer


@pytest.fixture
def ledger(xiaomei):
    """Seven entries of xiaomei, the latest one a spending."""
    member = members.of_customer(Customer.get())
    for number in range(6):
        points.earn(
            member=member, kind="behaviour_increase", value=10 + number, key=f"e-{number}", reason="活动"
        )
    points.spend(member=member, kind="gift_redemption", value=3, key="s-1", reason="兑换杯子")


def test_a_new_member_has_every_account_at_zero(xiaomei):
    xiaomei.press_phone_button()
    assert xiaomei.get("/api/me/points").json["data"]["accounts"] == [
        {"group": "points", "name": "积分", "available": 0, "accumulated": 0, "expired": 0},
        {"group": "growth", "name": "成长值", "available": 0, "accumulated": 0, "expired": 0},
    ]


def test_entries_come_latest_first_with_signs_and_words(xiaomei, ledger):
    entries = xiaomei.get("/api/me/points/entries").json["data"]["list"]
    assert [entry["value"] for entry in entries] == [-3, 15, 14, 13, 12, 11, 10]
    assert (entries[0]["word"], entries[0]["reason"]) == ("礼品兑换", "兑换杯子")


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

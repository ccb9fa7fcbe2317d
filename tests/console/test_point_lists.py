"""Point accounts, point entries and tier records as lists: filters, sorts, pages, and their exports."""

import pytest

from store.core import clock
from store.customers import profiles
from store.exports import kinds
from store.membership import registration
from store.points import points


@pytest.fixture
def members_with_points(web, shop):
    found = [registration.register_at_desk(phone=f"1380000000{number}", shop_id=shop.id) for number in (1, 2)]
    for number, member in enumerate(found, start=1):
        points.adjust(member=member, value=100 * number, reason="补登", key=f"k{number}")
    points.spend(member=found[0], kind="gift_redemption", value=40, key="k9", order_number="O1")
    return found


def values_of(answer) -> list[int]:
    return [row["value"] for row in answer.json["data"]["list"]]


def test_entries_are_filtered_by_member_order_kind_group_and_day(browser, members_with_points):
    first, _ = members_with_points
    profiles.change(first.customer, name="王小美")
    assert values_of(browser.get("point-entries")) == [-40, 200, 100]
    for search in (first.card_number, "13800000001", "王小美"):
        assert values_of(browser.get("point-entries", search=search)) == [-40, 100]
    assert values_of(browser.get("point-entries", search="O1")) == [-40]
    assert values_of(browser.get("point-entries", kind="manual_increase", sort="at")) == [100, 200]
    assert values_of(browser.get("point-entries", direction="decrease")) == [-40]
    today = clock.today().isoformat()
    assert len(values_of(browser.get("point-entries", since=today, until=today))) == 3
    assert values_of(browser.get("point-entries", group="none")) == []
    assert browser.get("point-entries", kind="none").json["data"]["field"] == "kind"
    assert browser.get("point-entries/999").status_code == 404
    filters = browser.get("point-entries/filters").json["data"]
    assert {"value": "gift_redemption", "label": "礼品兑换"} in filters["kinds"]


def test_accounts_are_sorted_and_filtered(browser, members_with_points):
    group = browser.get("point-accounts/groups").json["data"][0]["value"]
    rows = browser.get("point-accounts", sort="-available", group=group).json["data"]["list"]
    assert [row["available"] for row in rows] == [200, 60]
    found = browser.get("point-accounts", search="13800000001", group=group).json["data"]["list"]
    assert [(row["card_number"], row["accumulated"]) for row in found] == [
        (members_with_points[0].card_number, 100)
    ]
    assert browser.get("point-accounts", search="13700000000").json["data"]["total"] == 0


@pytest.mark.parametrize("kind", ["point_accounts", "point_entries", "tier_records", "behaviours"])
def test_exports_have_the_rows_of_the_list(members_with_points, shop, kind):
    table = kinds.get_kind(kind)
    everything = table.filters()
    rows = list(table.rows(everything, None))
    assert len(rows) == table.count(everything, None) >= 2
    assert {len(row) for row in rows} == {len(table.columns)}
    assert list(table.rows(everything, frozenset({shop.id}))) == rows
    assert list(table.rows(everything, frozenset({shop.id + 1}))) == []

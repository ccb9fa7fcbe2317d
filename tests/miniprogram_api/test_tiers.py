"""Tiers through the route: the current tier, what is missing, why, and nothing of other members."""

from datetime import timedelta

import pytest

from store import purchases
from store.core import actors
from store.customers import members
from store.customers.customers import Customer
from store.customers.programmes import get_default
from store.tenants import business_days
from store.tiers import evaluation as tier_evaluation
from store.tiers import rule_import as tier_rule_import
from store.tiers import rules as tier_rules
from store.tiers import tiers
from store.tiers.validity import Validity


@pytest.fixture
def programme(web):
    """Silver from 500 yuan a year, diamond from 2,000 yuan, both for 365 days."""
    for rank, (code, name) in enumerate((("silver", "银卡"), ("diamond", "钻石")), start=5):
        tiers.add(programme=get_default(), code=code, name=name, rank=rank, validity=Validity(days=365))
    rules = [
        {"tier": "silver", "basis": "spend", "window_days": 365, "at_least": 50_000, "below": 200_000},
        {"tier": "diamond", "basis": "spend", "window_days": 365, "at_least": 200_000},
    ]
    tier_rules.replace(programme=get_default(), rules=tier_rule_import.parse(get_default(), rules))


@pytest.fixture
def mei(xiaomei, programme):
    """Xiaomei, a member."""
    xiaomei.press_phone_button()
    return xiaomei


def buy(number, paid_fen):
    member = members.get_or_create(Customer.get())
    purchases.record(member=member, order_number=number, paid_fen=paid_fen)
    tier_evaluation.evaluate(member)


def tier_of(phone):
    return phone.get("/api/me/tier").json["data"]


def test_a_member_sees_the_way_to_the_next_tier(mei):
    buy("o1", 12_500)
    result = tier_of(mei)
    assert (result["joined"], result["current"]["name"], result["current"]["last_day"]) == (
        True,
        "普卡",
        None,
    )
    assert result["retention"] is None
    assert result["next"] == {
        "tier": {"code": "silver", "name": "银卡", "rank": 5},
        "requirements": [
            {
                "basis": "spend", "group": None, "window_days": 365, "total": 12_500, "at_least": 50_000,
                "remaining": 37_500,
                "message": "近 365 天累计消费满 500.00 元升级银卡，已有 125.00 元，还差 375.00 元",
            }
        ],
    }  # fmt: skip


def test_a_tier_that_ends_tells_what_keeps_it(mei):
    buy("o1", 50_000)
    result = tier_of(mei)
    last_day = business_days.today() + timedelta(days=365)
    assert (result["current"]["name"], result["current"]["last_day"]) == ("银卡", str(last_day))
    assert result["retention"]["message"] == f"有效期至 {last_day}，达成任一条件即可保级"
    assert [(way["total"], way["remaining"]) for way in result["retention"]["requirements"]] == [(0, 50_000)]
    assert result["next"]["tier"]["name"] == "钻石"


def test_all_tiers_are_described_the_highest_first(mei):
    assert [(one["name"], one["rules"], one["validity"]) for one in tier_of(mei)["tiers"]] == [
        ("钻石", ["近 365 天累计消费满 2000.00 元"], "有效期 365 天"),
        ("银卡", ["近 365 天累计消费满 500.00 元"], "有效期 365 天"),
        ("金卡", [], "长期有效"),
        ("普卡", [], "长期有效"),
    ]


def test_a_follower_sees_the_tiers_and_has_none(xiaomei, programme):
    result = tier_of(xiaomei)
    assert (result["joined"], result["current"], result["next"], result["retention"]) == (
        False,
        None,
        None,
        None,
    )
    assert len(result["tiers"]) == 4
    assert xiaomei.get("/api/me/tier/history").json["data"]["list"] == []


def test_the_history_says_why_without_naming_staff_or_their_notes(mei):
    buy("o1", 60_000)
    with actors.acting_as(actors.Actor(kind="operator", name="老板娘")):
        tier_evaluation.change_tier(
            member=members.get_or_create(Customer.get()),
            tier=tiers.find_base_tier(get_default().id),
            reason="误升级",
        )
    answer = mei.get("/api/me/tier/history")
    result = answer.json["data"]
    assert (result["total"], result["has_more"]) == (3, False)
    assert [(row["label"], row["tier"]["name"]) for row in result["list"]] == [
        ("降级", "普卡"), ("升级", "银卡"), ("入会", "普卡"),
    ]  # fmt: skip
    assert result["list"][0]["explanation"] == "由工作人员调整"
    assert result["list"][1]["explanation"].endswith("累计消费 600.00 元，达到银卡要求的 500.00 元")
    assert "老板娘" not in answer.text
    assert "误升级" not in answer.text


def test_the_history_is_paged(mei):
    buy("o1", 60_000)
    pages = [
        mei.get("/api/me/tier/history", page=page, page_size=1).json["data"]["list"] for page in (1, 2, 3)
    ]
    assert [[row["kind"] for row in page] for page in pages] == [["upgraded"], ["joined"], []]


@pytest.mark.parametrize("query", [{"page": 0}, {"page_size": 101}, {"page": "x"}, {"member": "mem_1"}])
def test_what_a_page_cannot_be_is_refused(mei, query):
    assert mei.get("/api/me/tier/history", **query).status_code == 422


def test_another_customer_sees_only_their_own(mei, laowang):
    buy("o1", 60_000)
    laowang.press_phone_button()
    assert tier_of(laowang)["current"]["name"] == "普卡"
    assert len(laowang.get("/api/me/tier/history").json["data"]["list"]) == 1


def test_without_a_token_nothing_is_returned(xiaomei):
    for path in ("/api/me/tier", "/api/me/tier/history"):
        assert xiaomei.request("GET", path, headers={}).status_code == 401

"""Tiers through the door: where one stands, what is missing, why, and nothing of anybody else."""

from datetime import timedelta

import pytest

from store.company import calendar
from store.kernel import actors
from store.loyalty import purchases, tier_moves, tier_rule_lists, tier_rules, tiers
from store.loyalty.validity import Validity
from store.people import members
from store.people.customers import Customer
from store.people.programmes import main


@pytest.fixture
def club(web):
    """Silver from 500 yuan a year, diamond from 2,000 yuan, both for 365 days."""
    for rank, (code, name) in enumerate((("silver", "银卡"), ("diamond", "钻石")), start=5):
        tiers.add(programme=main(), code=code, name=name, rank=rank, valid=Validity(days=365))
    rules = [
        {"tier": "silver", "basis": "spend", "window_days": 365, "at_least": 50_000, "below": 200_000},
        {"tier": "diamond", "basis": "spend", "window_days": 365, "at_least": 200_000},
    ]
    tier_rules.replace(programme=main(), rules=tier_rule_lists.read(main(), rules))


@pytest.fixture
def mei(xiaomei, club):
    """Xiaomei, a member."""
    xiaomei.press_phone_button()
    return xiaomei


def buy(number, paid_fen):
    member = members.of_customer(Customer.get())
    purchases.record(member=member, order_number=number, paid_fen=paid_fen)
    tier_moves.judge(member)


def tier_of(phone):
    return phone.get("/api/me/tier").json["data"]


def test_a_member_sees_the_way_to_the_next_tier(mei):
    buy("o1", 12_500)
    told = tier_of(mei)
    assert (told["joined"], told["current"]["name"], told["current"]["last_day"]) == (True, "普卡", None)
    assert told["keep"] is None
    assert told["next"] == {
        "tier": {"code": "silver", "name": "银卡", "rank": 5},
        "ways": [
            {
                "basis": "spend", "group": None, "window_days": 365, "gathered": 12_500, "at_least": 50_000,
                "missing": 37_500,
                "sentence": "近 365 天累计消费满 500.00 元升级银卡，已有 125.00 元，还差 375.00 元",
            }
        ],
    }  # fmt: skip


def test_a_tier_that_ends_tells_what_keeps_it(mei):
    buy("o1", 50_000)
    told = tier_of(mei)
    last_day = calendar.today() + timedelta(days=365)
    assert (told["current"]["name"], told["current"]["last_day"]) == ("银卡", str(last_day))
    assert told["keep"]["sentence"] == f"有效期至 {last_day}，达成任一条件即可保级"
    assert [(way["gathered"], way["missing"]) for way in told["keep"]["ways"]] == [(0, 50_000)]
    assert told["next"]["tier"]["name"] == "钻石"


def test_all_tiers_are_described_the_highest_first(mei):
    assert [(one["name"], one["rules"], one["lasting"]) for one in tier_of(mei)["tiers"]] == [
        ("钻石", ["近 365 天累计消费满 2000.00 元"], "有效期 365 天"),
        ("银卡", ["近 365 天累计消费满 500.00 元"], "有效期 365 天"),
        ("金卡", [], "长期有效"),
        ("普卡", [], "长期有效"),
    ]


def test_a_fan_sees_the_tiers_and_has_none(xiaomei, club):
    told = tier_of(xiaomei)
    assert (told["joined"], told["current"], told["next"], told["keep"]) == (False, None, None, None)
    assert len(told["tiers"]) == 4
    assert xiaomei.get("/api/me/tier/history").json["data"]["list"] == []


def test_the_history_says_why_without_naming_staff_or_their_notes(mei):
    buy("o1", 60_000)
    with actors.acting(actors.Actor(kind="operator", name="老板娘")):
        tier_moves.change(
            member=members.of_customer(Customer.get()), tier=tiers.base_of(main().id), reason="误升级"
        )
    answer = mei.get("/api/me/tier/history")
    told = answer.json["data"]
    assert (told["total"], told["has_more"]) == (3, False)
    assert [(row["word"], row["tier"]["name"]) for row in told["list"]] == [
        ("降级", "普卡"), ("升级", "银卡"), ("入会", "普卡"),
    ]  # fmt: skip
    assert told["list"][0]["because"] == "由工作人员调整"
    assert told["list"][1]["because"].endswith("累计消费 600.00 元，达到银卡要求的 500.00 元")
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


def test_without_a_token_nothing_is_told(xiaomei):
    for path in ("/api/me/tier", "/api/me/tier/history"):
        assert xiaomei.ask("GET", path, headers={}).status_code == 401

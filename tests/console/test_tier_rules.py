"""Tier rules in the console: one by one, with a preview of who would move, and from a CSV file."""

import io

import pytest

from store import purchases
from store.customers import programmes
from store.membership import registration
from store.tenants import audit
from store.tiers import rules as tier_rules
from store.tiers import tiers

GOLD = {"programme": "programme", "name": "金卡升级", "tier": "gold", "basis": "spend", "window_days": 365,
        "at_least": 200_000}  # fmt: skip
SILVER = GOLD | {"name": "银卡升级", "tier": "silver", "at_least": 50_000, "below": 200_000}
HEAD = "规则名称,等级编码,条件,积分组编码,最近天数,起,止\n"


@pytest.fixture(autouse=True)
def _silver(web):
    tiers.add(programme=programmes.get_default(), code="silver", name="银卡", rank=5)


def active() -> list[str]:
    return [rule.name for rule in tier_rules.list_active_uncached(int(programmes.get_default().id))]


def actions(name: str) -> int:
    return [entry.action for entry in audit.list_entries()].count(name)


def test_a_rule_lives_from_its_creation_to_its_deletion(browser):
    for _ in range(2):
        created = browser.post("tier-rules", GOLD)
        assert created.status_code == 201, created.text
    path = f"tier-rules/{created.json['data']['id']}"
    changed = [browser.put(path, GOLD | {"at_least": 300_000}).json["data"] for _ in range(2)]
    assert changed[0] == changed[1]
    assert changed[0]["description"] == "近 365 天累计消费满 3000.00 元"
    assert browser.put(path, GOLD | {"at_least": 1}).status_code == 404
    path = f"tier-rules/{changed[0]['id']}"
    for _ in range(2):
        assert not browser.put(f"{path}/enablement", {"enabled": False}).json["data"]["is_enabled"]
    assert active() == []
    assert browser.get("tier-rules", enabled="false", search="金卡").json["data"]["total"] == 1
    assert browser.put(f"{path}/enablement", {"enabled": True}).status_code == 200
    assert active() == ["金卡升级"]
    for _ in range(2):
        assert browser.delete(path).status_code == 200
    assert browser.get("tier-rules").json["data"]["total"] == 0
    assert [actions(f"tier_rules.{verb}") for verb in ("create", "change", "disable", "delete")] == [
        1,
        1,
        1,
        1,
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"), ({"tier": "base"}, "tier"), ({"tier": "none"}, "tier"), ({"basis": "points"}, "basis"),
        ({"basis": "points", "group": "none"}, "group"), ({"window_days": 0}, "window_days"),
        ({"at_least": 0}, "at_least"), ({"below": 100}, "at_least"),
        ({"below": 60_000, "at_least": 40_000}, "at_least"),
    ],
)  # fmt: skip
def test_what_is_wrong_about_a_rule_is_named(browser, change, field):
    browser.post("tier-rules", SILVER)
    answer = browser.post("tier-rules", GOLD | change)
    assert (answer.status_code, answer.json["data"]["field"]) == (422, field)
    assert active() == ["银卡升级"]


def test_a_disabled_rule_may_overlap_until_it_is_enabled(browser):
    first = browser.post("tier-rules", SILVER).json["data"]
    browser.put(f"tier-rules/{first['id']}/enablement", {"enabled": False})
    assert browser.post("tier-rules", GOLD | {"at_least": 60_000}).status_code == 201
    refused = browser.put(f"tier-rules/{first['id']}/enablement", {"enabled": True})
    assert (refused.status_code, refused.json["msg"]) == (422, "银卡和金卡的范围重叠")
    assert (
        browser.put(f"tier-rules/{first['id']}", SILVER | {"name": "金卡升级"}).json["data"]["field"]
        == "name"
    )


def test_the_preview_counts_who_would_move_and_saves_nothing(browser):
    for number, paid_fen in enumerate((60_000, 250_000, 10)):
        member = registration.register_at_desk(phone=f"1381234567{number}")
        purchases.record(member=member, order_number=f"o{number}", paid_fen=paid_fen)
    browser.post("tier-rules", SILVER)
    answer = browser.post("tier-rules/previews", GOLD).json["data"]
    assert (answer["moving"], answer["total"]) == (2, 3)
    assert {(one["before"], one["after"]): one["members"] for one in answer["shifts"]} == {
        ("普卡", "银卡"): 1, ("普卡", "金卡"): 1, ("普卡", "普卡"): 1,
    }  # fmt: skip
    assert active() == ["银卡升级"]
    assert browser.post("tier-rules/previews", GOLD | {"at_least": 1}).status_code == 422


def send(browser, text: str, **fields: str):
    file = (io.BytesIO((HEAD + text).encode("utf-8-sig")), "rules.csv")
    return browser.request("POST", "tier-rules/imports", data={"file": file, **fields})


def test_rules_are_imported_after_a_dry_run(browser):
    browser.post("tier-rules", GOLD)
    text = "银卡升级,silver,消费金额,,365,500,1000\n金卡升级,gold,消费金额,,180,1000,\n"
    text += "成长,gold,累计积分,growth,365,1000,\n"
    plan = send(browser, text, dry_run="true").json["data"]
    assert (plan["rows"], plan["created"], plan["updated"], plan["errors"]) == (3, 2, 1, [])
    assert active() == ["金卡升级"]
    done = send(browser, text, dry_run="false", version=plan["version"])
    assert done.json["data"]["created"] == 2, done.text
    assert sorted(active()) == ["成长", "金卡升级", "银卡升级"]
    assert send(browser, text, dry_run="false", version=plan["version"]).json["code"] == "import_outdated"
    again = send(browser, text, dry_run="true").json["data"]
    assert (again["created"], again["updated"]) == (0, 0)
    assert "规则名称" in browser.get("tier-rules/imports/template").get_data(as_text=True)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("银卡,silver,消费金额,,365,0,\n", 2), ("银卡,none,消费金额,,365,1,\n", 2), ("银卡,silver,花钱,,365,1,\n", 2),
        ("银卡,silver,消费金额,,x,1,\n", 2), ("甲,silver,消费金额,,9,1,\n乙,gold,消费金额,,9,2,\n", 3),
        ("甲,silver,消费金额,,9,1,2\n甲,gold,消费次数,,9,2,\n", 3), (",silver,消费金额,,9,1,\n", 2),
    ],
)  # fmt: skip
def test_a_wrong_line_is_named_and_nothing_is_imported(browser, text, line):
    plan = send(browser, text, dry_run="true").json["data"]
    assert [error["line"] for error in plan["errors"]] == [line]
    assert plan["errors"][0]["message"].isascii() is False
    send(browser, text, dry_run="false", version=plan["version"])
    assert active() == []

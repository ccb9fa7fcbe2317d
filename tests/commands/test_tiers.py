"""Tiers at the shell: rules are tried out before they take effect, and a member's history is explained."""

import json

import pytest

from store import purchases
from store.customers import identities, members
from store.tenants import audit
from store.tiers import evaluation as tier_evaluation
from store.tiers import tiers

RULES = [
    {"tier": "silver", "basis": "spend", "group": None, "window_days": 365, "at_least": 50_000, "below": 200_000},
    {"tier": "gold", "basis": "spend", "group": None, "window_days": 365, "at_least": 200_000, "below": None},
]  # fmt: skip


@pytest.fixture
def card(run_command):
    run_command("members", "register", "13812345678")
    return members.get_or_create(identities.find_by_phone("+8613812345678")).card_number


@pytest.fixture
def rules(run_command, tmp_path):
    """A file of rules, and the silver tier that they name."""
    run_command("tiers", "add", "silver", "银卡", "--rank", "5", "--days", "365")
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(RULES))
    return str(file)


def buy(card, paid_fen, number="o1"):
    member = members.get_by_card(card)
    purchases.record(member=member, order_number=number, paid_fen=paid_fen)
    tier_evaluation.evaluate(member)


def test_a_tier_added_twice_is_one(run_command, run_json):
    words = ("tiers", "add", "vip", "贵宾", "--rank", "9", "--until", "1-12-31")
    for _ in range(2):
        assert run_command(*words).output == "等级 vip（贵宾）有效期至次年 12 月 31 日\n"
    found = run_json("tiers", "list")
    assert [tier["code"] for tier in found] == ["vip", "gold", "base"]
    assert found[0]["validity"] == "有效期至次年 12 月 31 日"


@pytest.mark.parametrize(
    "words",
    [
        ("x" * 31, "长"), ("vip", " "), ("vip", "贵宾", "--days", "0"), ("vip", "贵宾", "--days", "99999"),
        ("vip", "贵宾", "--until", "12-31"), ("vip", "贵宾", "--until", "1-13-1"),
        ("vip", "贵宾", "--days", "9", "--until", "1-12-31"), ("vip", "贵宾", "--rank", "-1"),
        ("base2", "又一个", "--base"), ("vip", "贵宾", "--rank", "0"), ("vip", "贵宾", "--rank", "1"),
    ],
)  # fmt: skip
def test_a_tier_that_makes_no_sense_is_refused_in_a_sentence(run_command, run_json, words):
    result = run_command("tiers", "add", *words)
    assert result.exit_code in (1, 2)
    assert "Error" in result.output
    assert len(run_json("tiers", "list")) == 2


def test_a_tier_without_a_rank_is_reached_as_the_preview_says(run_command, run_json, card, tmp_path):
    assert run_command("tiers", "add", "diamond", "钻石", "--days", "365").exit_code == 0
    file = tmp_path / "rules.json"
    file.write_text(json.dumps([{**RULES[1], "tier": "diamond"}]))
    run_command("tiers", "rules", "replace", str(file), "--yes")
    buy(card, 200_000)
    assert [record["tier"] for record in run_json("tiers", "history", card)["records"]] == ["diamond", "base"]


def test_rules_are_tried_out_before_they_take_effect(run_command, run_json, card, rules):
    buy(card, 60_000)
    result = run_command("tiers", "rules", "replace", rules, "--dry-run")
    assert result.output == "base\t→\tsilver\t1 人\n"
    assert run_json("tiers", "rules", "show") == []
    refused = run_command("tiers", "rules", "replace", rules, input="n\n")
    assert refused.exit_code == 1
    assert run_json("tiers", "rules", "show") == []
    assert "已生效 2 条规则" in run_command("tiers", "rules", "replace", rules, input="y\n").output
    assert sorted(run_json("tiers", "rules", "show"), key=str) == sorted(RULES, key=str)
    assert "silver\t近 365 天累计消费满 500.00 元" in run_command("tiers", "rules", "show").output


def test_the_same_rules_again_change_nothing(run_command, rules):
    run_command("tiers", "rules", "replace", rules, "--yes")
    before = audit.list_entries(limit=1)[0].id
    assert run_command("tiers", "rules", "replace", rules, "--yes").exit_code == 0
    assert audit.list_entries(limit=1)[0].id == before


@pytest.mark.parametrize(
    "text", ["{", "5", '{"tier": "gold"}', '[{"tier": "gold", "basis": "spend"}]', "\x00\xff"]
)
def test_a_file_that_is_no_list_of_rules_is_refused(run_command, run_json, tmp_path, text):
    file = tmp_path / "rules.json"
    file.write_bytes(text.encode("latin-1"))
    result = run_command("tiers", "rules", "replace", str(file), "--yes")
    assert (result.exit_code, "Traceback" in result.output) == (1, False)
    assert run_json("tiers", "rules", "show") == []


def test_the_history_explains_each_tier_and_what_is_missing(run_command, run_json, card, rules):
    run_command("tiers", "rules", "replace", rules, "--yes")
    buy(card, 60_000)
    assert (
        run_command("tiers", "assign", card, "base", "--reason", "误升").output == f"会员 {card} 现为普卡\n"
    )
    found = run_json("tiers", "history", card)
    assert [row["kind"] for row in found["records"]] == ["downgraded", "upgraded", "joined"]
    assert found["records"][0]["explanation"] == "人工调整：误升"
    assert found["records"][1]["explanation"].endswith("达到银卡要求的 500.00 元")
    assert found["progress"] == ["近 365 天累计消费满 2000.00 元升级金卡，已有 600.00 元，还差 1400.00 元"]
    assert "升级金卡" in run_command("tiers", "history", card).output


def test_a_change_by_hand_twice_is_one_and_needs_a_reason(run_command, card):
    for _ in range(2):
        run_command("tiers", "assign", card, "gold", "--reason", "老客户")
    assert [row.tier.code for row in tiers.list_history(members.get_by_card(card))] == ["gold", "base"]
    assert "没有找到等级 none" in run_command("tiers", "assign", card, "none", "--reason", "x").output
    assert "请填写调整原因" in run_command("tiers", "assign", card, "base", "--reason", " ").output


def test_an_unknown_programme_is_reported(run_command):
    assert "没有找到会员计划 none" in run_command("tiers", "list", "--programme", "none").output


def test_a_tier_has_a_discount(run_command, run_json):
    for _ in range(2):
        assert run_command("tiers", "add", "plus", "优享", "--discount", "5").exit_code == 0
    listed = {row["code"]: row["discount_percent"] for row in run_json("tiers", "list")}
    assert (listed["plus"], listed["base"]) == (5, 0)
    assert run_command("tiers", "add", "plus", "优享", "--discount", "6").exit_code == 1
    assert run_command("tiers", "add", "free", "免费", "--discount", "101").exit_code == 2

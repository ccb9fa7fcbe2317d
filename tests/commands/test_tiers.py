"""Tiers at the shell: rules are tried out before they take effect, and a member's history is explained."""

import json

import pytest

from store.company import audit
from store.loyalty import purchases, tier_moves, tiers
from store.people import identities, members

RULES = [
    {"tier": "silver", "basis": "spend", "group": None, "window_days": 365, "at_least": 50_000, "below": 200_000},
    {"tier": "gold", "basis": "spend", "group": None, "window_days": 365, "at_least": 200_000, "below": None},
]  # fmt: skip


@pytest.fixture
def card(shell):
    shell("members", "join", "13812345678")
    return members.of_customer(identities.phone_holder("+8613812345678")).card_number


@pytest.fixture
def rules(shell, tmp_path):
    """A file of rules, and the silver tier that they name."""
    shell("tiers", "add", "silver", "银卡", "--rank", "5", "--days", "365")
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(RULES))
    return str(file)


def buy(card, paid_fen, number="o1"):
    member = members.of_card(card)
    purchases.record(member=member, order_number=number, paid_fen=paid_fen)
    tier_moves.judge(member)


def test_a_tier_added_twice_is_one(shell, told):
    words = ("tiers", "add", "vip", "贵宾", "--rank", "9", "--until", "1-12-31")
    for _ in range(2):
        assert shell(*words).output == "等级 vip（贵宾）有效期至次年 12 月 31 日\n"
    found = told("tiers", "list")
    assert [tier["code"] for tier in found] == ["vip", "gold", "base"]
    assert found[0]["lasting"] == "有效期至次年 12 月 31 日"


@pytest.mark.parametrize(
    "words",
    [
        ("x" * 31, "长"), ("vip", " "), ("vip", "贵宾", "--days", "0"), ("vip", "贵宾", "--days", "99999"),
        ("vip", "贵宾", "--until", "12-31"), ("vip", "贵宾", "--until", "1-13-1"),
        ("vip", "贵宾", "--days", "9", "--until", "1-12-31"), ("vip", "贵宾", "--rank", "-1"),
        ("base2", "又一个", "--base"), ("vip", "贵宾", "--rank", "0"), ("vip", "贵宾", "--rank", "1"),
    ],
)  # fmt: skip
def test_a_tier_that_makes_no_sense_is_refused_in_a_sentence(shell, told, words):
    result = shell("tiers", "add", *words)
    assert result.exit_code in (1, 2)
    assert "Error" in result.output
    assert len(told("tiers", "list")) == 2


def test_a_tier_without_a_rank_is_reached_as_the_preview_says(shell, told, card, tmp_path):
    assert shell("tiers", "add", "diamond", "钻石", "--days", "365").exit_code == 0
    file = tmp_path / "rules.json"
    file.write_text(json.dumps([{**RULES[1], "tier": "diamond"}]))
    shell("tiers", "rules", "replace", str(file), "--yes")
    buy(card, 200_000)
    assert [record["tier"] for record in told("tiers", "history", card)["records"]] == ["diamond", "base"]


def test_rules_are_tried_out_before_they_take_effect(shell, told, card, rules):
    buy(card, 60_000)
    result = shell("tiers", "rules", "replace", rules, "--dry-run")
    assert result.output == "base\t→\tsilver\t1 人\n"
    assert told("tiers", "rules", "show") == []
    refused = shell("tiers", "rules", "replace", rules, input="n\n")
    assert refused.exit_code == 1
    assert told("tiers", "rules", "show") == []
    assert "已生效 2 条规则" in shell("tiers", "rules", "replace", rules, input="y\n").output
    assert sorted(told("tiers", "rules", "show"), key=str) == sorted(RULES, key=str)
    assert "silver\t近 365 天累计消费满 500.00 元" in shell("tiers", "rules", "show").output


def test_the_same_rules_again_change_nothing(shell, rules):
    shell("tiers", "rules", "replace", rules, "--yes")
    before = audit.listing(limit=1)[0].id
    assert shell("tiers", "rules", "replace", rules, "--yes").exit_code == 0
    assert audit.listing(limit=1)[0].id == before


@pytest.mark.parametrize(
    "text", ["{", "5", '{"tier": "gold"}', '[{"tier": "gold", "basis": "spend"}]', "\x00\xff"]
)
def test_a_file_that_is_no_list_of_rules_is_refused(shell, told, tmp_path, text):
    file = tmp_path / "rules.json"
    file.write_bytes(text.encode("latin-1"))
    result = shell("tiers", "rules", "replace", str(file), "--yes")
    assert (result.exit_code, "Traceback" in result.output) == (1, False)
    assert told("tiers", "rules", "show") == []


def test_the_history_explains_each_tier_and_what_is_missing(shell, told, card, rules):
    shell("tiers", "rules", "replace", rules, "--yes")
    buy(card, 60_000)
    assert shell("tiers", "change", card, "base", "--reason", "误升").output == f"会员 {card} 现为普卡\n"
    found = told("tiers", "history", card)
    assert [row["kind"] for row in found["records"]] == ["downgraded", "upgraded", "joined"]
    assert found["records"][0]["because"] == "人工调整：误升"
    assert found["records"][1]["because"].endswith("达到银卡要求的 500.00 元")
    assert found["progress"] == ["近 365 天累计消费满 2000.00 元升级金卡，已有 600.00 元，还差 1400.00 元"]
    assert "升级金卡" in shell("tiers", "history", card).output


def test_a_change_by_hand_twice_is_one_and_needs_a_reason(shell, card):
    for _ in range(2):
        shell("tiers", "change", card, "gold", "--reason", "老客户")
    assert [row.tier.code for row in tiers.history(members.of_card(card))] == ["gold", "base"]
    assert "没有找到等级 none" in shell("tiers", "change", card, "none", "--reason", "x").output
    assert "请填写调整原因" in shell("tiers", "change", card, "base", "--reason", " ").output


def test_an_unknown_programme_is_told(shell):
    assert "没有找到会员计划 none" in shell("tiers", "list", "--programme", "none").output

import pytest

from store.customers import identities, members
from store.tenants import audit


def test_points_are_added_and_taken_with_a_reason(run_command, run_json, card):
    assert run_command("points", "adjust", card, "+100", "--reason", "补登", "--key", "k1").output.endswith(
        "现有 100 积分\n"
    )
    assert run_command("points", "adjust", card, "-30", "--reason", "误登", "--key", "k2").output.endswith(
        "现有 70 积分\n"
    )
    entries = run_json("points", "entries", card)
    assert [(entry["signed_value"], entry["reason"]) for entry in entries] == [(-30, "误登"), (100, "补登")]
    assert audit.list_entries(limit=1)[0].action == "points.adjust"


def test_the_same_key_again_changes_nothing(run_command, run_json, card):
    for _ in range(2):
        assert run_command("points", "adjust", card, "100", "--reason", "补登", "--key", "k1").exit_code == 0
    assert len(run_json("points", "entries", card)) == 1


def test_the_same_key_for_another_value_is_refused(run_command, card):
    run_command("points", "adjust", card, "100", "--reason", "补登", "--key", "k1")
    result = run_command("points", "adjust", card, "200", "--reason", "补登", "--key", "k1")
    assert result.exit_code == 1
    assert "该业务编号已用于另一笔积分" in result.output


@pytest.mark.parametrize("key", ["", " ", "k" * 101, "k\x00"])
def test_a_key_that_is_none_is_refused(run_command, run_json, card, key):
    result = run_command("points", "adjust", card, "5", "--reason", "补登", "--key", key)
    assert result.exit_code in (1, 2)
    assert (
        "无法识别的字符" in result.output
        if "\x00" in key
        else "key：业务编号应为 1–100 个字符" in result.output
    )
    assert run_json("points", "entries", card) == []


def test_more_than_there_is_is_refused_and_nothing_logged(run_command, card):
    before = audit.list_entries(limit=1)[0].id
    assert "积分不足" in run_command("points", "adjust", card, "-1", "--reason", "误登", "--key", "k1").output
    assert audit.list_entries(limit=1)[0].id == before


def test_another_group_has_a_balance_of_its_own(run_command, run_json, card):
    words = ("points", "adjust", card, "7", "--reason", "补登", "--key", "k1", "--group", "growth")
    assert run_command(*words).output.endswith("现有 7 成长值\n")
    assert run_json("points", "entries", card) == []
    assert len(run_json("points", "entries", card, "--group", "growth")) == 1
    assert "没有找到积分组 gold" in run_command("points", "entries", card, "--group", "gold").output


@pytest.fixture
def card(run_command):
    run_command("members", "register", "13812345678")
    return members.get_or_create(identities.find_by_phone("+8613812345678")).card_number

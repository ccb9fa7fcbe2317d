import pytest

from store.company import audit
from store.people import identities, members


def test_points_are_added_and_taken_with_a_reason(shell, told, card):
    assert shell("points", "adjust", card, "+100", "--reason", "补登", "--key", "k1").output.endswith(
        "现有 100 积分\n"
    )
    assert shell("points", "adjust", card, "-30", "--reason", "误登", "--key", "k2").output.endswith(
        "现有 70 积分\n"
    )
    entries = told("points", "entries", card)
    assert [(entry["signed"], entry["reason"]) for entry in entries] == [(-30, "误登"), (100, "补登")]
    assert audit.listing(limit=1)[0].verb == "points.adjust"


def test_the_same_key_again_changes_nothing(shell, told, card):
    for _ in range(2):
        assert shell("points", "adjust", card, "100", "--reason", "补登", "--key", "k1").exit_code == 0
    assert len(told("points", "entries", card)) == 1


def test_the_same_key_for_another_value_is_refused(shell, card):
    shell("points", "adjust", card, "100", "--reason", "补登", "--key", "k1")
    result = shell("points", "adjust", card, "200", "--reason", "补登", "--key", "k1")
    assert result.exit_code == 1
    assert "该业务编号已用于另一笔积分" in result.output


@pytest.mark.parametrize("key", ["", " ", "k" * 101, "k\x00"])
def test_a_key_that_is_none_is_refused(shell, told, card, key):
    result = shell("points", "adjust", card, "5", "--reason", "补登", "--key", key)
    assert result.exit_code in (1, 2)
    assert (
        "无法识别的字符" in result.output
        if "\x00" in key
        else "key：业务编号应为 1–100 个字符" in result.output
    )
    assert told("points", "entries", card) == []


def test_more_than_there_is_is_refused_and_nothing_logged(shell, card):
    before = audit.listing(limit=1)[0].id
    assert "积分不足" in shell("points", "adjust", card, "-1", "--reason", "误登", "--key", "k1").output
    assert audit.listing(limit=1)[0].id == before


def test_another_group_has_a_balance_of_its_own(shell, told, card):
    words = ("points", "adjust", card, "7", "--reason", "补登", "--key", "k1", "--group", "growth")
    assert shell(*words).output.endswith("现有 7 成长值\n")
    assert told("points", "entries", card) == []
    assert len(told("points", "entries", card, "--group", "growth")) == 1
    assert "没有找到积分组 gold" in shell("points", "entries", card, "--group", "gold").output


@pytest.fixture
def card(shell):
    shell("members", "join", "13812345678")
    return members.of_customer(identities.phone_holder("+8613812345678")).card_number

import pytest

from store import verifier
from store.company import audit, channels
from store.people import customers, fans, identities, members, profiles

PHONE, OTHER = "13812345678", "13987654321"


def test_a_member_is_shown_masked_by_phone_card_and_public_id(shell, told, mei):
    shown = [
        told("members", "show", who)
        for who in (PHONE, mei.card_number, mei.public_id, mei.customer.public_id)
    ]
    assert all(found == shown[0] for found in shown)
    assert (shown[0]["profile"]["phone"], shown[0]["profile"]["name"]) == ("138****5678", "王**")
    assert shown[0]["members"][0]["tier"] == "base"
    assert shown[0]["members"][0]["points"] == {"points": 0, "growth": 0}
    assert PHONE not in shell("members", "show", PHONE).output


def test_unmasking_is_logged(told, mei):
    profile = told("members", "show", PHONE, "--unmask")["profile"]
    assert (profile["phone"], profile["name"]) == (f"+86{PHONE}", "王小美")
    latest = audit.listing(limit=1)[0]
    assert (latest.verb, latest.subject) == ("profiles.unmask", f"customer:{mei.customer.public_id}")
    assert PHONE not in str(latest.after)


def test_looking_masked_is_not_logged(told, mei):
    before = audit.listing(limit=1)[0].id
    told("members", "show", PHONE)
    assert audit.listing(limit=1)[0].id == before


@pytest.mark.parametrize("who", [OTHER, "cus_nobody", "mem_nobody", "1234567890123456"])
def test_a_stranger_is_not_found(shell, mei, who):
    result = shell("members", "show", who)
    assert result.exit_code == 1
    assert "没有找到" in result.output


def test_join_twice_gives_one_member_and_one_log_entry(shell):
    first, second = (shell("members", "join", PHONE).output for _ in range(2))
    assert first == second
    assert members.Member.select().count() == 1
    logged = [row.verb for row in audit.listing()]
    assert logged.count("memberships.register") == 1


def test_join_of_a_number_that_is_none_is_refused(shell):
    assert "请输入 11 位大陆手机号" in shell("members", "join", "+8612345").output


def test_a_merge_s_number_beyond_all_counting_is_refused(shell):
    result = shell("members", "unmerge", "9" * 25, "--preview")
    assert (result.exit_code, "is not in the range" in result.output) == (2, True)


def test_merge_brings_everything_to_the_kept_one_and_keeps_its_phone(shell, told, mei):
    shell("members", "join", OTHER)
    shell("points", "adjust", _card(OTHER), "30", "--reason", "补登", "--key", "k1")
    result = shell("members", "merge", PHONE, OTHER, "--proof", "本人持身份证", "--yes")
    assert result.exit_code == 0, result.output
    assert told("members", "show", PHONE)["members"][0]["points"]["points"] == 30
    assert "没有找到" in shell("members", "show", OTHER).output
    merge = told("members", "merges")[0]
    assert (merge["survivor"], merge["proof"]) == (mei.customer.public_id, "本人持身份证")
    assert _broken() == set()


def test_a_fan_is_merged_into_a_member_with_the_phone(shell, mei):
    fan = fans.known(channel=channels.of_key("acme-mp"), openid="o1", source="wechat_official")
    shell("members", "merge", fan.public_id, PHONE, "--proof", "店员核对", "--yes")
    assert identities.phone_holder(f"+86{PHONE}").id == fan.id
    assert _broken() == set()


def test_merged_twice_or_with_oneself_nothing_happens(shell, told, mei):
    shell("members", "join", OTHER)
    other = identities.phone_holder(f"+86{OTHER}").public_id
    for lose in (other, other, PHONE):
        assert shell("members", "merge", PHONE, lose, "--proof", "本人", "--yes").exit_code == 0
    assert len(told("members", "merges")) == 1
    assert told("members", "show", PHONE)["profile"]["phone"] == "138****5678"


def test_merge_needs_a_proof_and_asks_first(shell, mei):
    shell("members", "join", OTHER)
    assert shell("members", "merge", PHONE, OTHER, "--proof", " ", "--yes").exit_code == 1
    assert shell("members", "merge", PHONE, OTHER, "--proof", "本人", input="n\n").exit_code == 1
    assert identities.phone_holder(f"+86{OTHER}") is not None


@pytest.fixture
def mistaken(shell, told, mei):
    """The number of a merge of two people who are two."""
    shell("members", "join", OTHER)
    shell("points", "adjust", _card(OTHER), "30", "--reason", "补登", "--key", "k1")
    shell("members", "merge", PHONE, OTHER, "--proof", "看错了", "--yes")
    return str(told("members", "merges")[0]["number"])


def test_a_merge_is_looked_at_and_undone(shell, told, mistaken):
    plan = told("members", "unmerge", mistaken, "--preview")
    assert (plan["hindrances"], plan["goes_back"]["point_account.member"]) == ([], 2)
    assert "将退回\tpoint_account.member\t2" in shell("members", "unmerge", mistaken, "--preview").output
    for _ in range(2):
        result = shell("members", "unmerge", mistaken, "--reason", "不是同一人")
        assert (result.exit_code, result.output[:5]) == (0, "已撤销合并")
    assert told("members", "show", OTHER)["members"][0]["points"]["points"] == 30
    assert told("members", "merges")[0]["undone_at"]
    assert _broken() == set()


def test_what_stands_in_the_way_is_told_in_words(shell, mistaken):
    shell("points", "adjust", _card(PHONE), "--reason", "扣错", "--key", "k2", "--", "-1")
    sentence = "合并过来的积分已用去 1 分（人工扣减）"
    assert f"不能撤销\t{sentence}" in shell("members", "unmerge", mistaken, "--preview").output
    refused = shell("members", "unmerge", mistaken, "--reason", "不是同一人")
    assert refused.exit_code == 1
    assert f"不能撤销合并：{sentence}" in refused.output


def test_an_undo_needs_a_reason_and_a_merge(shell, mistaken):
    assert "请填写撤销原因" in shell("members", "unmerge", mistaken).output
    assert "没有找到该合并记录" in shell("members", "unmerge", "99", "--reason", "x").output


def test_erase_leaves_nothing_of_the_person(shell, told, mei):
    assert shell("members", "erase", PHONE, "--yes").exit_code == 0
    shown = told("members", "show", mei.card_number)
    assert {shown["profile"][name] for name in ("phone", "name", "nickname", "email")} == {None}
    assert "没有找到" in shell("members", "show", PHONE).output
    assert shell("members", "erase", mei.card_number, "--yes").exit_code == 0
    assert _broken() == set()


@pytest.fixture
def mei(shell):
    """小美, registered at the desk."""
    shell("members", "join", PHONE)
    member = members.of_card(_card(PHONE))
    profiles.change(customers.Customer.get_by_id(member.customer_id), name="王小美", email="mei@example.com")
    return members.of_card(_card(PHONE))


def _card(phone):
    return members.of_customer(identities.phone_holder(f"+86{phone}")).card_number


def _broken():
    return {check.name for check, found in verifier.run() if found and not check.warns}

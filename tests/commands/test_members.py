import pytest

from store.customers import customers, followers, identities, member_codes, members, profiles
from store.integrity import verifier
from store.membership import registration
from store.tenants import audit, channels

PHONE, OTHER = "13812345678", "13987654321"


def test_a_member_is_shown_masked_by_phone_card_and_public_id(run_command, run_json, mei):
    shown = [
        run_json("members", "show", who)
        for who in (PHONE, mei.card_number, mei.public_id, mei.customer.public_id)
    ]
    assert all(found == shown[0] for found in shown)
    assert (shown[0]["profile"]["phone"], shown[0]["profile"]["name"]) == ("138****5678", "王**")
    assert shown[0]["members"][0]["tier"] == "base"
    assert shown[0]["members"][0]["points"] == {"points": 0, "growth": 0}
    assert PHONE not in run_command("members", "show", PHONE).output


def test_unmasking_is_logged(run_json, mei):
    profile = run_json("members", "show", PHONE, "--unmask")["profile"]
    assert (profile["phone"], profile["name"]) == (f"+86{PHONE}", "王小美")
    latest = audit.list_entries(limit=1)[0]
    assert (latest.action, latest.subject) == ("profiles.reveal", f"customer:{mei.customer.public_id}")
    assert PHONE not in str(latest.after)


def test_looking_masked_is_not_logged(run_json, mei):
    before = audit.list_entries(limit=1)[0].id
    run_json("members", "show", PHONE)
    assert audit.list_entries(limit=1)[0].id == before


@pytest.mark.parametrize("who", [OTHER, "cus_unknown", "mem_unknown", "8234567890123456"])
def test_a_stranger_is_not_found(run_command, mei, who):
    result = run_command("members", "show", who)
    assert result.exit_code == 1
    assert "没有找到" in result.output


def test_join_twice_gives_one_member_and_one_log_entry(run_command):
    first, second = (run_command("members", "register", PHONE).output for _ in range(2))
    assert first == second
    assert members.Member.select().count() == 1
    logged = [row.action for row in audit.list_entries()]
    assert logged.count("memberships.register") == 1


def test_join_of_a_number_that_is_none_is_refused(run_command):
    assert "请输入 11 位大陆手机号" in run_command("members", "register", "+8612345").output


def test_a_merge_s_number_beyond_all_counting_is_refused(run_command):
    result = run_command("members", "unmerge", "9" * 25, "--preview")
    assert (result.exit_code, "is not in the range" in result.output) == (2, True)


def test_f05_a_clerk_confirms_that_a_new_wechat_belongs_to_the_member(run_command, run_json, mei):
    for app in ("acme-mp", "acme-mini"):
        customer = followers.get_or_create_customer(
            channel=channels.get_by_key(app), openid="o1", unionid=f"u-{app}", source="wechat"
        )
        registration.register_by_platform(phone=PHONE, source="wechat", customer=customer)
    card = members.get_or_create(customer).card_number
    (asked,) = run_json("members", "phone-claims")
    assert (asked["card_number"], asked["phone"], asked["attempts_left"]) == (card, "138****5678", 3)
    assert "没有找到" in run_command("members", "confirm-phone", card, OTHER, "--yes").output
    for _ in range(2):
        done = run_command("members", "confirm-phone", card, PHONE, "--yes")
        assert done.output.strip() == f"已并入会员卡号 {mei.card_number}"
    entries = [row for row in audit.list_entries() if row.action == "phone_claims.accept"]
    assert [row.subject for row in entries] == [f"member:{mei.public_id}"]
    assert (entries[0].actor_kind, bool(entries[0].actor)) == ("operator", True)
    assert run_json("members", "phone-claims") == []


def test_merge_brings_everything_to_the_kept_one_and_keeps_its_phone(run_command, run_json, mei):
    run_command("members", "register", OTHER)
    run_command("points", "adjust", _card(OTHER), "30", "--reason", "补登", "--key", "k1")
    result = run_command("members", "merge", PHONE, OTHER, "--proof", "本人持身份证", "--yes")
    assert result.exit_code == 0, result.output
    assert run_json("members", "show", PHONE)["members"][0]["points"]["points"] == 30
    assert "没有找到" in run_command("members", "show", OTHER).output
    merge = run_json("members", "merges")[0]
    assert (merge["survivor"], merge["proof"]) == (mei.customer.public_id, "本人持身份证")
    assert _find_violations() == set()


def test_a_follower_is_merged_into_a_member_with_the_phone(run_command, mei):
    follower = followers.get_or_create_customer(
        channel=channels.get_by_key("acme-mp"), openid="o1", source="wechat_official"
    )
    run_command("members", "merge", follower.public_id, PHONE, "--proof", "店员核对", "--yes")
    assert identities.find_by_phone(f"+86{PHONE}").id == follower.id
    assert _find_violations() == set()


def test_merged_twice_or_with_oneself_nothing_happens(run_command, run_json, mei):
    run_command("members", "register", OTHER)
    other = identities.find_by_phone(f"+86{OTHER}").public_id
    for lose in (other, other, PHONE):
        assert run_command("members", "merge", PHONE, lose, "--proof", "本人", "--yes").exit_code == 0
    assert len(run_json("members", "merges")) == 1
    assert run_json("members", "show", PHONE)["profile"]["phone"] == "138****5678"


def test_merge_needs_a_proof_and_asks_first(run_command, mei):
    run_command("members", "register", OTHER)
    assert run_command("members", "merge", PHONE, OTHER, "--proof", " ", "--yes").exit_code == 1
    assert run_command("members", "merge", PHONE, OTHER, "--proof", "本人", input="n\n").exit_code == 1
    assert identities.find_by_phone(f"+86{OTHER}") is not None


@pytest.fixture
def mistaken_merge(run_command, run_json, mei):
    """The number of a merge of two people who are two."""
    run_command("members", "register", OTHER)
    run_command("points", "adjust", _card(OTHER), "30", "--reason", "补登", "--key", "k1")
    run_command("members", "merge", PHONE, OTHER, "--proof", "看错了", "--yes")
    return str(run_json("members", "merges")[0]["number"])


def test_a_merge_is_checked_and_undone(run_command, run_json, mistaken_merge):
    plan = run_json("members", "unmerge", mistaken_merge, "--preview")
    assert (plan["blockers"], plan["restored_counts"]["point_account.member"]) == ([], 2)
    assert (
        "将退回\tpoint_account.member\t2"
        in run_command("members", "unmerge", mistaken_merge, "--preview").output
    )
    for _ in range(2):
        result = run_command("members", "unmerge", mistaken_merge, "--reason", "不是同一人")
        assert (result.exit_code, result.output[:5]) == (0, "已撤销合并")
    assert run_json("members", "show", OTHER)["members"][0]["points"]["points"] == 30
    assert run_json("members", "merges")[0]["undone_at"]
    assert _find_violations() == set()


def test_blockers_are_reported_in_words(run_command, mistaken_merge):
    run_command("points", "adjust", _card(PHONE), "--reason", "扣错", "--key", "k2", "--", "-1")
    sentence = "合并过来的积分已用去 1 分（人工扣减）"
    assert f"不能撤销\t{sentence}" in run_command("members", "unmerge", mistaken_merge, "--preview").output
    refused = run_command("members", "unmerge", mistaken_merge, "--reason", "不是同一人")
    assert refused.exit_code == 1
    assert f"不能撤销合并：{sentence}" in refused.output


def test_an_undo_needs_a_reason_and_a_merge(run_command, mistaken_merge):
    assert "请填写撤销原因" in run_command("members", "unmerge", mistaken_merge).output
    assert "没有找到该合并记录" in run_command("members", "unmerge", "99", "--reason", "x").output


def test_erase_leaves_nothing_of_the_person(run_command, run_json, mei):
    assert run_command("members", "erase", PHONE, "--yes").exit_code == 0
    shown = run_json("members", "show", mei.card_number)
    assert {shown["profile"][name] for name in ("phone", "name", "nickname", "email")} == {None}
    assert "没有找到" in run_command("members", "show", PHONE).output
    assert run_command("members", "erase", mei.card_number, "--yes").exit_code == 0
    assert _find_violations() == set()


@pytest.fixture
def mei(run_command):
    """小美, registered at the desk."""
    run_command("members", "register", PHONE)
    member = members.get_by_card(_card(PHONE))
    profiles.change(customers.Customer.get_by_id(member.customer_id), name="王小美", email="mei@example.com")
    return members.get_by_card(_card(PHONE))


def _card(phone):
    return members.get_or_create(identities.find_by_phone(f"+86{phone}")).card_number


def _find_violations():
    return {check.name for check, found in verifier.run_checks() if found and not check.is_warning}


def test_n17_a_scanned_member_code_names_the_member_once(run_command, mei):
    card = _card(PHONE)
    code = member_codes.compute_current(members.get_by_card(card)).code
    spaced = f"{code[:4]} {code[4:]}"
    shown = run_command("members", "scan", input=f"{spaced}\n")
    assert shown.exit_code == 0
    assert f"会员卡号 {card}，手机 138****5678" in shown.output
    assert code not in shown.output
    again = run_command("members", "scan", input=f"{code}\n")
    assert again.exit_code == 1
    assert "会员码无效或已过期" in again.output


def test_n14_a_scanned_number_is_recognized(run_command, mei):
    card = _card(PHONE)
    assert card in run_command("members", "scan", input=f"{card[:4]}-{card[4:]}\n").output
    assert "这是优惠券" in run_command("members", "scan", input=f"{'6' * 16}\n").output
    assert "这是储值付款码" in run_command("members", "scan", input=f"88{'0' * 16}\n").output
    assert "没有找到该会员" in run_command("members", "scan", "--kind", "card", input=f"{'6' * 16}\n").output
    assert "卡号应为" in run_command("members", "scan", input="abc\n").output

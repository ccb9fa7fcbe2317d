"""Programmes at the shell: how a company comes to its club, and a member of several of them."""

import pytest

from store import verifier
from store.company import audit, tenants
from store.loyalty import check_ins, tiers
from store.loyalty.tiers import Tier
from store.people import identities, members

PHONE = "13812345678"


@pytest.fixture
def newco(shell, companies, server_url, monkeypatch):
    """A company that was opened just now, in force for the shell; taken out of the registry again."""
    assert shell("tenant", "create", "newco", "新公司").exit_code == 0
    monkeypatch.setenv("XIAOER_TENANT", "newco")
    with tenants.using("newco"):
        yield "newco"
    tenants.close_all()
    with tenants.registry.connection_context():
        tenants.Tenant.delete().where(tenants.Tenant.slug == "newco").execute()
        if server_url:
            tenants.registry.execute_sql("DROP SCHEMA IF EXISTS tenant_newco CASCADE")
    for file in (companies / "tenants").glob("newco.db*"):
        file.unlink()


def card_of(phone):
    return members.of_customer(identities.phone_holder(f"+86{phone}")).card_number


def test_a_new_company_walks_from_nothing_to_a_member_with_points(shell, told, newco):
    assert "尚无会员计划，请运行 flask programmes open" in shell("programmes", "list").output
    assert shell("programmes", "open", "club", "会员俱乐部").output == "会员计划 club（会员俱乐部）已开通\n"
    assert [(row["code"], row["is_base"]) for row in told("tiers", "list")] == [("base", True)]
    assert [row["code"] for row in told("rules", "groups")] == ["points"]
    assert shell("members", "join", PHONE).exit_code == 0
    card = card_of(PHONE)
    assert shell("points", "adjust", card, "100", "--reason", "开业礼", "--key", "k").output.endswith(
        "现有 100 积分\n"
    )
    check_ins.check_in(customer=members.of_card(card).customer, source="miniprogram")
    (shown,) = told("members", "show", PHONE)["members"]
    assert (shown["programme"], shown["tier"], shown["points"]) == ("club", "base", {"points": 105})
    assert told("programmes", "list") == [
        {"code": "club", "name": "会员俱乐部", "members": 1, "base_tier": "base", "groups": ["points"],
         "created_at": told("programmes", "list")[0]["created_at"]},
    ]  # fmt: skip
    assert shell("programmes", "list").output == "club\t会员俱乐部\t1 名会员\n"
    assert not [found for _, findings in verifier.run() for found in findings]


@pytest.mark.parametrize(
    "words",
    [("members", "join", PHONE), ("tiers", "add", "gold", "金卡"), ("rules", "list"),
     ("rules", "open-group", "g", "积分")],
)  # fmt: skip
def test_without_a_programme_a_command_names_the_one_that_opens_it(shell, newco, words):
    result = shell(*words)
    assert (result.exit_code, result.output) == (
        1, "Error: 尚未开通会员计划，请运行 flask programmes open CODE NAME\n",
    )  # fmt: skip


def test_the_doctor_names_the_command(shell, told, newco):
    def ill():
        found = [row for row in told("doctor", "--offline")["lines"] if row["subject"].startswith("会员计划")]
        return [row["sentence"] for row in found if row["state"] == "ill"]

    assert ill() == ["尚未开通，顾客无法签到和入会，请运行 flask programmes open CODE NAME"]
    shell("programmes", "open", "club", "会员 俱乐部")
    assert ill() == []


def test_what_a_programme_lacks_is_added_when_it_is_opened_again(shell, told):
    Tier.delete().execute()
    assert (
        "没有基础等级，顾客无法入会，请运行 flask programmes open club '会员俱乐部'"
        in shell("doctor", "--offline").output
    )
    assert "请再次运行 flask programmes open CODE NAME 补齐" in shell("members", "join", PHONE).output
    assert "已开通" in shell("programmes", "open", "club", "会员俱乐部", "--base", "普卡").output
    assert [(row["code"], row["name"]) for row in told("tiers", "list")] == [("base", "普卡")]
    assert [row["code"] for row in told("rules", "groups")] == ["points", "growth"]


def test_a_base_tier_s_code_that_another_tier_has_is_told(shell):
    Tier.update(is_base=False).execute()
    assert "等级 base 已有，但不是基础等级" in shell("programmes", "open", "club", "会员俱乐部").output


def test_opened_twice_it_stays_and_another_name_is_refused(shell, told):
    before = audit.listing(limit=1)[0].id
    assert (
        shell("programmes", "open", "club", "会员俱乐部").output
        == "会员计划 club（会员俱乐部）已在，没有变化\n"
    )
    refused = shell("programmes", "open", "club", "别的名字")
    assert (refused.exit_code, "名称为“会员俱乐部”" in refused.output) == (1, True)
    assert audit.listing(limit=1)[0].id == before
    assert [row["name"] for row in told("programmes", "list")] == ["会员俱乐部"]


def test_an_opening_stands_in_the_operation_log(shell):
    before = audit.listing(limit=1)[0].id
    shell("programmes", "open", "vip", "贵宾会")
    acts = [(row.verb, row.subject, row.actor_kind) for row in audit.listing() if row.id > before]
    assert acts == [
        ("points.open_group", "point_group:vip/points", "operator"),
        ("tiers.add", "tier:vip/base", "operator"),
        ("programmes.open", "programme:vip", "operator"),
    ]


@pytest.mark.parametrize(
    "words",
    [("", "名"), ("Club", "名"), ("x" * 31, "名"), ("vip", " "), ("vip", "名" * 61), ("vip", "名\n"), ("会员", "名"),
     ("vip", "名", "--base", " "), ("vip", "名", "--points", "x" * 31)],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_nothing_is_opened(shell, told, words):
    result = shell("programmes", "open", *words)
    assert (result.exit_code, "Error: " in result.output) == (1, True)
    assert [row["code"] for row in told("programmes", "list")] == ["club"]


def test_a_customer_joins_a_second_programme_and_has_an_account_in_each(shell, told):
    shell("members", "join", PHONE)
    shell("programmes", "open", "vip", "贵宾会", "--points", "星星")
    first, second = (shell("members", "join", PHONE, "--programme", "vip").output for _ in range(2))
    assert first == second != f"会员卡号 {card_of(PHONE)}\n"
    card = first.split()[-1]
    assert shell("points", "adjust", card, "30", "--reason", "补登", "--key", "k").output.endswith(
        "现有 30 星星\n"
    )
    shown = told("members", "show", PHONE)["members"]
    assert [(one["programme"], one["points"]) for one in shown] == [
        ("club", {"points": 0, "growth": 0}), ("vip", {"points": 30}),
    ]  # fmt: skip
    assert tiers.of(members.of_card(card)).tier.name == "普通会员"
    assert [row["members"] for row in told("programmes", "list")] == [1, 1]
    assert "没有找到会员计划 none" in shell("members", "join", PHONE, "--programme", "none").output
    assert not [found for _, findings in verifier.run() for found in findings]


def test_a_stranger_may_join_the_second_programme_alone(shell, told):
    shell("programmes", "open", "vip", "贵宾会")
    shell("members", "join", PHONE, "--programme", "vip")
    assert [row["members"] for row in told("programmes", "list")] == [0, 1]


def test_rules_are_those_of_the_programme_that_is_named(shell, told):
    shell("programmes", "open", "vip", "贵宾会")
    shell("rules", "open-centre", "marketing", "市场部")
    words = ("--points", "2", "--per-yuan", "1", "--centre", "marketing", "--programme", "vip")
    assert shell("rules", "add", "贵宾积分", *words).exit_code == 0
    assert told("rules", "list") == []
    assert [row["name"] for row in told("rules", "list", "--programme", "vip")] == ["贵宾积分"]
    assert [row["code"] for row in told("rules", "groups", "--programme", "vip")] == ["points"]

"""Programmes at the shell: how a tenant comes to its programme, and a member of several of them."""

import pytest

from store.check_ins import check_ins
from store.customers import identities, members
from store.integrity import verifier
from store.tenants import audit, registry
from store.tiers import tiers
from store.tiers.tiers import Tier

PHONE = "13812345678"


@pytest.fixture
def new_tenant(run_command, two_tenants, server_url, monkeypatch):
    """A tenant that was opened just now, current for the shell; taken out of the registry again."""
    assert run_command("tenants", "create", "newco", "新公司").exit_code == 0
    monkeypatch.setenv("XIAOER_TENANT", "newco")
    with registry.use_tenant("newco"):
        yield "newco"
    registry.close_all()
    with registry.registry_database.connection_context():
        registry.Tenant.delete().where(registry.Tenant.slug == "newco").execute()
        if server_url:
            registry.registry_database.execute_sql("DROP SCHEMA IF EXISTS tenant_newco CASCADE")
    for file in (two_tenants / "tenants").glob("newco.db*"):
        file.unlink()


def card_of(phone):
    return members.get_or_create(identities.find_by_phone(f"+86{phone}")).card_number


def test_a_new_tenant_walks_from_nothing_to_a_member_with_points(run_command, run_json, new_tenant):
    assert "尚无会员计划，请运行 flask programmes create" in run_command("programmes", "list").output
    assert (
        run_command("programmes", "create", "programme", "会员俱乐部").output
        == "会员计划 programme（会员俱乐部）已开通\n"
    )
    assert [(row["code"], row["is_base"]) for row in run_json("tiers", "list")] == [("base", True)]
    assert [row["code"] for row in run_json("point-groups", "list")] == ["points"]
    assert run_command("members", "register", PHONE).exit_code == 0
    card = card_of(PHONE)
    assert run_command("points", "adjust", card, "100", "--reason", "开业礼", "--key", "k").output.endswith(
        "现有 100 积分\n"
    )
    check_ins.check_in(customer=members.get_by_card(card).customer, source="miniprogram")
    (shown,) = run_json("members", "show", PHONE)["members"]
    assert (shown["programme"], shown["tier"], shown["points"]) == ("programme", "base", {"points": 105})
    assert run_json("programmes", "list") == [
        {"code": "programme", "name": "会员俱乐部", "members": 1, "base_tier": "base", "groups": ["points"],
         "created_at": run_json("programmes", "list")[0]["created_at"]},
    ]  # fmt: skip
    assert run_command("programmes", "list").output == "programme\t会员俱乐部\t1 名会员\n"
    assert not [found for _, findings in verifier.run_checks() for found in findings]


@pytest.mark.parametrize(
    "words",
    [("members", "register", PHONE), ("tiers", "add", "gold", "金卡"), ("point-rules", "list"),
     ("point-groups", "create", "g", "积分")],
)  # fmt: skip
def test_without_a_programme_a_command_names_the_one_that_opens_it(run_command, new_tenant, words):
    result = run_command(*words)
    assert (result.exit_code, result.output) == (
        1, "Error: 尚未开通会员计划，请运行 flask programmes create CODE NAME\n",
    )  # fmt: skip


def test_the_doctor_names_the_command(run_command, run_json, new_tenant):
    def ill():
        found = [
            row
            for row in run_json("doctor", "--offline")["diagnoses"]
            if row["subject"].startswith("会员计划")
        ]
        return [row["message"] for row in found if row["state"] == "error"]

    assert ill() == ["尚未开通，顾客无法签到和入会，请运行 flask programmes create CODE NAME"]
    run_command("programmes", "create", "programme", "会员 俱乐部")
    assert ill() == []


def test_what_a_programme_lacks_is_added_when_it_is_opened_again(run_command, run_json):
    Tier.delete().execute()
    assert (
        "没有基础等级，顾客无法入会，请运行 flask programmes create programme '会员俱乐部'"
        in run_command("doctor", "--offline").output
    )
    assert (
        "请再次运行 flask programmes create CODE NAME 补齐"
        in run_command("members", "register", PHONE).output
    )
    assert "已开通" in run_command("programmes", "create", "programme", "会员俱乐部", "--base", "普卡").output
    assert [(row["code"], row["name"]) for row in run_json("tiers", "list")] == [("base", "普卡")]
    assert [row["code"] for row in run_json("point-groups", "list")] == ["points", "growth"]


def test_a_base_tier_s_code_that_another_tier_has_is_reported(run_command):
    Tier.update(is_base=False).execute()
    assert (
        "等级 base 已有，但不是基础等级"
        in run_command("programmes", "create", "programme", "会员俱乐部").output
    )


def test_opened_twice_it_stays_and_another_name_is_refused(run_command, run_json):
    before = audit.list_entries(limit=1)[0].id
    assert (
        run_command("programmes", "create", "programme", "会员俱乐部").output
        == "会员计划 programme（会员俱乐部）已在，没有变化\n"
    )
    refused = run_command("programmes", "create", "programme", "别的名字")
    assert (refused.exit_code, "名称为“会员俱乐部”" in refused.output) == (1, True)
    assert audit.list_entries(limit=1)[0].id == before
    assert [row["name"] for row in run_json("programmes", "list")] == ["会员俱乐部"]


def test_an_opening_is_in_the_operation_log(run_command):
    before = audit.list_entries(limit=1)[0].id
    run_command("programmes", "create", "vip", "贵宾会")
    acts = [(row.action, row.subject, row.actor_kind) for row in audit.list_entries() if row.id > before]
    assert acts == [
        ("points.create_group", "point_group:vip/points", "operator"),
        ("tiers.add", "tier:vip/base", "operator"),
        ("programmes.create", "programme:vip", "operator"),
    ]


@pytest.mark.parametrize(
    "words",
    [("", "名"), ("Programme", "名"), ("x" * 31, "名"), ("vip", " "), ("vip", "名" * 61), ("vip", "名\n"),
     ("会员", "名"),
     ("vip", "名", "--base", " "), ("vip", "名", "--points", "x" * 31)],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_nothing_is_opened(run_command, run_json, words):
    result = run_command("programmes", "create", *words)
    assert (result.exit_code, "Error: " in result.output) == (1, True)
    assert [row["code"] for row in run_json("programmes", "list")] == ["programme"]


def test_a_customer_joins_a_second_programme_and_has_an_account_in_each(run_command, run_json):
    run_command("members", "register", PHONE)
    run_command("programmes", "create", "vip", "贵宾会", "--points", "星星")
    first, second = (run_command("members", "register", PHONE, "--programme", "vip").output for _ in range(2))
    assert first == second != f"会员卡号 {card_of(PHONE)}\n"
    card = first.split()[-1]
    assert run_command("points", "adjust", card, "30", "--reason", "补登", "--key", "k").output.endswith(
        "现有 30 星星\n"
    )
    shown = run_json("members", "show", PHONE)["members"]
    assert [(one["programme"], one["points"]) for one in shown] == [
        ("programme", {"points": 0, "growth": 0}), ("vip", {"points": 30}),
    ]  # fmt: skip
    assert tiers.find_active(members.get_by_card(card)).tier.name == "普通会员"
    assert [row["members"] for row in run_json("programmes", "list")] == [1, 1]
    assert "没有找到会员计划 none" in run_command("members", "register", PHONE, "--programme", "none").output
    assert not [found for _, findings in verifier.run_checks() for found in findings]


def test_a_stranger_may_join_the_second_programme_alone(run_command, run_json):
    run_command("programmes", "create", "vip", "贵宾会")
    run_command("members", "register", PHONE, "--programme", "vip")
    assert [row["members"] for row in run_json("programmes", "list")] == [0, 1]


def test_rules_are_those_of_the_programme_that_is_named(run_command, run_json):
    run_command("programmes", "create", "vip", "贵宾会")
    run_command("cost-centres", "create", "marketing", "市场部")
    words = ("--points", "2", "--per-yuan", "1", "--cost-centre", "marketing", "--programme", "vip")
    assert run_command("point-rules", "add", "贵宾积分", *words).exit_code == 0
    assert run_json("point-rules", "list") == []
    assert [row["name"] for row in run_json("point-rules", "list", "--programme", "vip")] == ["贵宾积分"]
    assert [row["code"] for row in run_json("point-groups", "list", "--programme", "vip")] == ["points"]

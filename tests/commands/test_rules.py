"""Point rules at the shell, and what they have cost."""

import pytest

from store.company import calendar
from store.kernel import clock
from store.loyalty import accruals
from store.loyalty.accrual import OrderLine, Payment
from store.people import identities, members

ONE = ("--points", "1", "--centre", "marketing", "--per-yuan", "1")


@pytest.fixture
def centre(shell):
    for _ in range(2):
        assert shell("rules", "open-centre", "marketing", "市场部").output == "成本中心 marketing（市场部）\n"
    return "marketing"


@pytest.fixture
def rule(shell, told, centre):
    """A point a yuan, lasting to the end of next year."""
    words = (
        "--points",
        "1",
        "--per-yuan",
        "1",
        "--centre",
        centre,
        "--until",
        "1-12-31",
        "--upgrade-eligible",
    )
    assert shell("rules", "add", "消费得积分", *words).exit_code == 0
    return told("rules", "list")[0]["id"]


def book(paid_fen=10_000):
    member = members.of_customer(identities.phone_holder("+8613812345678"))
    order = accruals.PaidOrder(
        number="o1", paid_at=clock.now(), lines=(OrderLine(line="1", product="milk", quantity=1, paid_fen=paid_fen),),
        payments=(Payment("cash", paid_fen),),
    )  # fmt: skip
    return [entry.value for entry in accruals.book(member=member, order=order)]


def test_a_rule_earns_until_it_is_ended(shell, told, rule):
    shell("members", "join", "13812345678")
    assert book() == [100]
    listed = told("rules", "list")[0]
    assert listed["words"] == "每 1.00 元 1 分，有效期至次年 12 月 31 日，一直适用"
    assert (listed["upgrade_eligible"], listed["centre"], listed["scopes"]) == (True, "marketing", {})
    for _ in range(2):
        assert shell("rules", "end", str(rule)).output == f"最后一天 {calendar.today()}\n"
    assert shell("rules", "end", str(rule), "--on", "2026-01-01").exit_code == 0
    assert told("rules", "list") == []
    assert [row["ends_on"] for row in told("rules", "list", "--all")] == ["2026-01-01"]


def test_a_multiplier_is_added_listed_and_ended(shell, told, rule, centre):
    words = ("生日月双倍", "birthday_month", "--percent", "200", "--centre", centre)
    assert "生日当月 200%，一直适用" in shell("rules", "multiply", *words).output
    (found,) = (row for row in told("rules", "list") if row["type"] == "multiplier")
    assert shell("rules", "end", str(found["id"]), "--multiplier", "--on", "2026-01-01").exit_code == 0
    assert [row["type"] for row in told("rules", "list")] == ["rule"]


@pytest.mark.parametrize(
    "words",
    [
        ("add", "名", "--points", "1", "--centre", "marketing"),
        ("add", "名", *ONE, "--per-pieces", "1"),
        ("add", "名", "--points", "1", "--centre", "none", "--per-yuan", "1"),
        ("add", "名" * 61, *ONE),
        ("add", " ", *ONE),
        ("add", "名", "--points", "-1", "--centre", "marketing", "--per-yuan", "1"),
        ("add", "名", "--points", "1", "--centre", "marketing", "--per-yuan", "0.001"),
        ("add", "名", *ONE, "--product", "x" * 65),
        ("add", "名", *ONE, "--group", "none"),
        ("add", "名", *ONE, "--from", "2026-13-01"),
        ("add", "名", *ONE, "--from", "2026-02-01", "--to", "2026-01-01"),
        ("multiply", "名", "period", "--percent", "200", "--centre", "marketing"),
        ("multiply", "名", "tier", "--percent", "200", "--centre", "marketing"),
        ("multiply", "名", "birthday_day", "--percent", "100", "--centre", "marketing"),
        ("add", "名", *ONE, "--until", "²-12-31"),
        ("add", "名", *ONE, "--from", "0001-01-01"),
        ("add", "名", "--points", "9" * 25, "--centre", "marketing", "--per-yuan", "1"),
        ("costs", "--from", "0001-01-01"),
        ("costs", "--to", "9999-12-31"),
        ("end", "9" * 25),
        ("end", "999999"),
        ("end", "999999", "--multiplier"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_a_sentence(shell, told, centre, words):
    result = shell("rules", *words)
    assert result.exit_code in (1, 2)
    assert "Error" in result.output
    assert told("rules", "list", "--all") == []


def test_groups_are_listed_and_opened_once(shell, told):
    for _ in range(2):
        assert shell("rules", "open-group", "stars", "星星", "--growth").output == "积分组 stars（星星）\n"
    assert [(row["code"], row["spendable"]) for row in told("rules", "groups")] == [
        ("points", True), ("growth", False), ("stars", False),
    ]  # fmt: skip
    assert shell("rules", "open-group", "x" * 31, "星").exit_code == 1


def test_a_cost_centre_knows_what_it_gave(shell, told, rule):
    shell("members", "join", "13812345678")
    book()
    assert told("rules", "centres") == [{"code": "marketing", "name": "市场部"}]
    assert told("rules", "costs") == [
        {"centre": "marketing", "group": "points", "kind": "transaction", "points": 100}
    ]
    assert "这段时间没有积分" in shell("rules", "costs", "--from", "2001-01-01", "--to", "2001-01-31").output

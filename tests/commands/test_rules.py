"""Point rules at the shell, and what they have cost."""

import pytest

from store.company import calendar
from store.kernel import clock
from store.loyalty import accruals, check_ins, coupon_uses, coupons
from store.loyalty.accrual import OrderLine, Payment
from store.people import identities, members
from tests.store.loyalty import coupon_world

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
    assert told("rules", "costs") == {
        "centres": [
            {
                "centre": "marketing",
                "name": "市场部",
                "points": {"points": 100},
                "coupons": 0,
                "coupon_fen": 0,
            }
        ],
        "total": {"centre": "", "name": "合计", "points": {"points": 100}, "coupons": 0, "coupon_fen": 0},
    }
    assert "这段时间没有积分" in shell("rules", "costs", "--from", "2001-01-01", "--to", "2001-01-31").output


def test_costs_add_points_and_coupons_to_a_total(shell, told, rule):
    """A coupon of five yuan is used, a purchase earns 100 points for marketing, a check-in 5 in nobody's name."""
    shell("members", "join", "13812345678")
    member = members.of_customer(identities.phone_holder("+8613812345678"))
    coupon = coupons.claim(rule=coupon_world.listed(), member=member, source="h5")
    coupon_uses.redeem(member=member, codes=[coupon.code], basket=coupon_world.basket(), order_number="O1")
    assert shell("rules", "costs").output == (
        "marketing\t市场部\t无积分\t1 张券 5.00 元\n\t合计\t无积分\t1 张券 5.00 元\n"
    )
    book()
    check_ins.check_in(customer=member.customer, source="miniprogram")
    assert shell("rules", "costs").output == (
        "marketing\t市场部\tpoints 100 分\t1 张券 5.00 元\n"
        "\t未指明成本中心\tpoints 5 分\t0 张券 0.00 元\n"
        "\t合计\tpoints 105 分\t1 张券 5.00 元\n"
    )
    assert told("rules", "costs")["total"] == {
        "centre": "", "name": "合计", "points": {"points": 105}, "coupons": 1, "coupon_fen": 500,
    }  # fmt: skip


def test_a_setting_names_who_pays_for_check_ins(shell, told, centre):
    refused = shell("settings", "set", "CheckInRules", "cost_centre=none")
    assert "cost_centre：没有编码为 none 的成本中心，请先开设" in refused.output
    assert shell("settings", "set", "CheckInRules", f"cost_centre={centre}").exit_code == 0
    shell("members", "join", "13812345678")
    check_ins.check_in(customer=identities.phone_holder("+8613812345678"), source="miniprogram")
    assert [(row["centre"], row["points"]) for row in told("rules", "costs")["centres"]] == [
        ("marketing", {"points": 5})
    ]


def test_costs_keep_the_groups_of_two_programmes_apart(shell, told, centre):
    shell("programmes", "open", "vip", "贵宾会")
    shell("members", "join", "13812345678")
    for programme in ("club", "vip"):
        card = shell("members", "join", "13812345678", "--programme", programme).output.split()[-1]
        shell("points", "adjust", card, "7", "--reason", "补登", "--key", programme)
    assert told("rules", "costs")["total"]["points"] == {"points": 7, "vip/points": 7}

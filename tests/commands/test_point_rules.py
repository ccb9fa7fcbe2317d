"""Point rules at the shell, and what they have cost."""

import pytest

from store.check_ins import check_ins
from store.core import clock
from store.coupons import coupons
from store.coupons import redemptions as coupon_redemptions
from store.customers import identities, members
from store.points import order_accrual as point_order_accrual
from store.points.accrual import OrderLine, Payment
from store.tenants import business_days
from tests.support import coupon_fixtures

ONE_POINT_PER_YUAN = ("--points", "1", "--cost-centre", "marketing", "--per-yuan", "1")


@pytest.fixture
def centre(run_command):
    for _ in range(2):
        assert (
            run_command("cost-centres", "create", "marketing", "市场部").output
            == "成本中心 marketing（市场部）\n"
        )
    return "marketing"


@pytest.fixture
def rule(run_command, run_json, centre):
    """A point a yuan, lasting to the end of next year."""
    words = (
        "--points",
        "1",
        "--per-yuan",
        "1",
        "--cost-centre",
        centre,
        "--until",
        "1-12-31",
        "--upgrade-eligible",
    )
    assert run_command("point-rules", "add", "消费得积分", *words).exit_code == 0
    return run_json("point-rules", "list")[0]["id"]


def post_order(paid_fen=10_000):
    member = members.get_or_create(identities.find_by_phone("+8613812345678"))
    order = point_order_accrual.PaidOrder(
        number="o1", paid_at=clock.now(), lines=(OrderLine(line="1", product="milk", quantity=1, paid_fen=paid_fen),),
        payments=(Payment("cash", paid_fen),),
    )  # fmt: skip
    return [entry.value for entry in point_order_accrual.post_order(member=member, order=order)]


def test_a_rule_earns_until_it_is_ended(run_command, run_json, rule):
    run_command("members", "register", "13812345678")
    assert post_order() == [100]
    listed = run_json("point-rules", "list")[0]
    assert listed["description"] == "每 1.00 元 1 分，有效期至次年 12 月 31 日，一直适用"
    assert (listed["upgrade_eligible"], listed["cost_centre"], listed["scopes"]) == (True, "marketing", {})
    for _ in range(2):
        assert run_command("point-rules", "end", str(rule)).output == f"最后一天 {business_days.today()}\n"
    assert run_command("point-rules", "end", str(rule), "--on", "2026-01-01").exit_code == 0
    assert run_json("point-rules", "list") == []
    assert [row["ends_on"] for row in run_json("point-rules", "list", "--all")] == ["2026-01-01"]


def test_a_multiplier_is_added_listed_and_ended(run_command, run_json, rule, centre):
    words = ("生日月双倍", "birthday_month", "--percent", "200", "--cost-centre", centre)
    assert "生日当月 200%，一直适用" in run_command("point-rules", "add-multiplier", *words).output
    (found,) = (row for row in run_json("point-rules", "list") if row["type"] == "multiplier")
    assert (
        run_command("point-rules", "end", str(found["id"]), "--multiplier", "--on", "2026-01-01").exit_code
        == 0
    )
    assert [row["type"] for row in run_json("point-rules", "list")] == ["rule"]


@pytest.mark.parametrize(
    "words",
    [
        ("add", "名", "--points", "1", "--cost-centre", "marketing"),
        ("add", "名", *ONE_POINT_PER_YUAN, "--per-pieces", "1"),
        ("add", "名", "--points", "1", "--cost-centre", "none", "--per-yuan", "1"),
        ("add", "名" * 61, *ONE_POINT_PER_YUAN),
        ("add", " ", *ONE_POINT_PER_YUAN),
        ("add", "名", "--points", "-1", "--cost-centre", "marketing", "--per-yuan", "1"),
        ("add", "名", "--points", "1", "--cost-centre", "marketing", "--per-yuan", "0.001"),
        ("add", "名", *ONE_POINT_PER_YUAN, "--product", "x" * 65),
        ("add", "名", *ONE_POINT_PER_YUAN, "--group", "none"),
        ("add", "名", *ONE_POINT_PER_YUAN, "--from", "2026-13-01"),
        ("add", "名", *ONE_POINT_PER_YUAN, "--from", "2026-02-01", "--to", "2026-01-01"),
        ("add-multiplier", "名", "period", "--percent", "200", "--cost-centre", "marketing"),
        ("add-multiplier", "名", "tier", "--percent", "200", "--cost-centre", "marketing"),
        ("add-multiplier", "名", "birthday_day", "--percent", "100", "--cost-centre", "marketing"),
        ("add", "名", *ONE_POINT_PER_YUAN, "--until", "²-12-31"),
        ("add", "名", *ONE_POINT_PER_YUAN, "--from", "0001-01-01"),
        ("add", "名", "--points", "9" * 25, "--cost-centre", "marketing", "--per-yuan", "1"),
        ("costs", "--from", "0001-01-01"),
        ("costs", "--to", "9999-12-31"),
        ("end", "9" * 25),
        ("end", "999999"),
        ("end", "999999", "--multiplier"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_a_sentence(run_command, run_json, centre, words):
    result = run_command("point-rules", *words)
    assert result.exit_code in (1, 2)
    assert "Error" in result.output
    assert run_json("point-rules", "list", "--all") == []


def test_groups_are_listed_and_opened_once(run_command, run_json):
    for _ in range(2):
        assert (
            run_command("point-groups", "create", "stars", "星星", "--growth").output
            == "积分组 stars（星星）\n"
        )
    assert [(row["code"], row["spendable"]) for row in run_json("point-groups", "list")] == [
        ("points", True), ("growth", False), ("stars", False),
    ]  # fmt: skip
    assert run_command("point-groups", "create", "x" * 31, "星").exit_code == 1


def test_a_cost_centre_knows_what_it_gave(run_command, run_json, rule):
    run_command("members", "register", "13812345678")
    post_order()
    assert run_json("cost-centres", "list") == [{"code": "marketing", "name": "市场部"}]
    assert run_json("costs") == {
        "cost_centres": [
            {
                "cost_centre": "marketing",
                "name": "市场部",
                "points": {"points": 100},
                "coupons": 0,
                "coupon_fen": 0,
            }
        ],
        "total": {
            "cost_centre": "",
            "name": "合计",
            "points": {"points": 100},
            "coupons": 0,
            "coupon_fen": 0,
        },
    }
    assert "这段时间没有积分" in run_command("costs", "--from", "2001-01-01", "--to", "2001-01-31").output


def test_costs_add_points_and_coupons_to_a_total(run_command, run_json, rule):
    """A coupon of five yuan is used, a purchase earns 100 points for marketing, a check-in 5 without a cost centre."""
    run_command("members", "register", "13812345678")
    member = members.get_or_create(identities.find_by_phone("+8613812345678"))
    coupon = coupons.claim(rule=coupon_fixtures.create_listed_rule(), member=member, source="h5")
    coupon_redemptions.redeem(
        member=member, codes=[coupon.code], basket=coupon_fixtures.make_basket(), order_number="O1"
    )
    assert run_command("costs").output == (
        "marketing\t市场部\t无积分\t1 张券 5.00 元\n\t合计\t无积分\t1 张券 5.00 元\n"
    )
    post_order()
    check_ins.check_in(customer=member.customer, source="miniprogram")
    assert run_command("costs").output == (
        "marketing\t市场部\tpoints 100 分\t1 张券 5.00 元\n"
        "\t未指明成本中心\tpoints 5 分\t0 张券 0.00 元\n"
        "\t合计\tpoints 105 分\t1 张券 5.00 元\n"
    )
    assert run_json("costs")["total"] == {
        "cost_centre": "", "name": "合计", "points": {"points": 105}, "coupons": 1, "coupon_fen": 500,
    }  # fmt: skip


def test_a_setting_names_who_pays_for_check_ins(run_command, run_json, centre):
    refused = run_command("settings", "set", "check_in", "cost_centre=none")
    assert "cost_centre：没有编码为 none 的成本中心，请先开设" in refused.output
    assert run_command("settings", "set", "check_in", f"cost_centre={centre}").exit_code == 0
    run_command("members", "register", "13812345678")
    check_ins.check_in(customer=identities.find_by_phone("+8613812345678"), source="miniprogram")
    assert [(row["cost_centre"], row["points"]) for row in run_json("costs")["cost_centres"]] == [
        ("marketing", {"points": 5})
    ]


def test_costs_keep_the_groups_of_two_programmes_apart(run_command, run_json, centre):
    run_command("programmes", "create", "vip", "贵宾会")
    run_command("members", "register", "13812345678")
    for programme in ("programme", "vip"):
        card = run_command("members", "register", "13812345678", "--programme", programme).output.split()[-1]
        run_command("points", "adjust", card, "7", "--reason", "补登", "--key", programme)
    assert run_json("costs")["total"]["points"] == {"points": 7, "vip/points": 7}

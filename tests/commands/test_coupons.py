import json

import pytest

from commands import shell as shell_file
from store.company import audit
from store.kernel import actors
from store.loyalty import cost_centres, coupon_batches, coupon_gifts, coupon_rules, coupons, memberships
from store.loyalty.coupon_batches import CouponBatch
from store.loyalty.coupons import Coupon
from store.people import members
from tests.store.loyalty import coupon_world
from tests.store.loyalty.coupon_world import listed


@pytest.fixture
def login(monkeypatch):
    """Who sits at the shell from now on."""

    def change(name):
        monkeypatch.setattr(shell_file, "operator", lambda: actors.Actor(kind="operator", name=name))

    change("xiaoli")
    return change


@pytest.fixture
def written(shell, login, file):
    """The public id of a draft."""
    cost_centres.open_cost_centre(code="marketing", name="市场部")
    said = shell("coupons", "draft", file(coupon_world.values(stock=100))).output
    assert said.endswith("（五元券）草稿\n")
    return said.split()[1].partition("（")[0]


@pytest.fixture
def file(tmp_path):
    def write(content, name="rule.json"):
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return write


@pytest.fixture
def card(acme):
    return memberships.register_by_clerk(phone="13812345678").card_number


def test_a_rule_walks_from_draft_to_end_between_two_logins(shell, told, login, written, file):
    assert shell("coupons", "edit", written, file({"threshold_fen": 3000})).exit_code == 0
    assert shell("coupons", "submit", written, "--approver", "laowang").output.endswith("审批中\n")
    shown = told("coupons", "show", written)
    assert (shown["state"], shown["terms"]["threshold_fen"]) == ("pending", 3000)
    judge = ("coupons", "approve", written, "--version", shown["version"], "--opinion", "可以")
    assert "请由审批人 laowang 审批" in shell(*judge).output
    login("laowang")
    assert shell(*judge).output.endswith("已批准\n")
    for verb, word in (("put-up", "已上架"), ("take-down", "已下架"), ("put-up", "已上架")):
        assert shell("coupons", verb, written).output.endswith(f"{word}\n")
    assert shell("coupons", "end", written, "--yes").output.endswith("已结束\n")
    steps = [(step["state"], step["actor"]) for step in told("coupons", "show", written)["steps"]]
    assert steps[0] == ("draft", "xiaoli")
    assert ("approved", "laowang") in steps


def test_a_rejected_rule_is_taken_up_again(shell, told, login, written):
    shell("coupons", "submit", written, "--approver", "laowang")
    version = told("coupons", "show", written)["version"]
    login("laowang")
    assert "请填写驳回意见" in shell("coupons", "reject", written, "--version", version).output
    said = shell("coupons", "reject", written, "--version", version, "--opinion", "成本太高")
    assert said.output.endswith("已驳回\n")
    assert shell("coupons", "revise", written).output.endswith("草稿\n")


def test_another_version_than_was_read_is_not_approved(shell, login, written):
    shell("coupons", "submit", written, "--approver", "laowang")
    login("laowang")
    result = shell("coupons", "approve", written, "--version", "0" * 64)
    assert (result.exit_code, "请重新查看后再审批" in result.output) == (1, True)


def test_what_makes_no_sense_is_told_by_its_field(shell, login, file):
    said = shell("coupons", "draft", file(coupon_world.values(name="一" * 16)))
    assert (said.exit_code, "name：不能超过 15 个字" in said.output) == (1, True)
    assert "应为一个 JSON 对象" in shell("coupons", "draft", file([])).output
    assert "不是有效的 JSON 文件" in shell("coupons", "draft", file("{")).output
    assert coupon_rules.listing() == []


def test_list_and_show_tell_stock_and_terms_in_words(shell, told):
    rule = listed(stock=100, threshold_fen=3000)
    (facts,) = told("coupons", "list")
    assert (facts["id"], facts["stock"], facts["issued"], facts["left"]) == (rule.public_id, 100, 0, 100)
    assert told("coupons", "list", "--state", "draft") == []
    assert shell("coupons", "list", "--state", "draft").output == "尚无优惠券\n"
    assert "满 30 元减 5 元" in shell("coupons", "show", rule.public_id).output
    assert "没有找到该优惠券" in shell("coupons", "show", "cpr_x").output


def test_a_copy_is_a_draft(shell):
    assert shell("coupons", "copy", listed().public_id).output.endswith("草稿\n")


def test_stock_is_added_once_a_case(shell, told):
    rule = listed(stock=100)
    words = (
        "coupons",
        "add-stock",
        rule.public_id,
        "50",
        "--cost",
        "12.5",
        "--reason",
        "加推",
        "--key",
        "k1",
    )
    for _ in range(2):
        assert shell(*words).exit_code == 0
    assert told("coupons", "list")[0]["stock"] == 150
    assert coupon_rules.of_public_id(rule.public_id).top_ups.get().cost_fen == 1250


def test_a_coupon_is_issued_once_a_case_and_voided_with_a_reason(shell, card):
    rule = listed()
    for _ in range(2):
        said = shell("coupons", "issue", rule.public_id, card, "--key", "k1").output
    (coupon,) = Coupon.select()
    assert said == f"券 {coupon.code}（五元券）可使用\n"
    words = ("coupons", "void", card, coupon.code, "--reason", "误发")
    assert shell(*words, input="n\n").exit_code == 1
    assert shell(*words, "--yes").output == f"券 {coupon.code} 已作废\n"
    assert audit.listing(limit=1)[0].verb == "coupons.void"
    assert "没有找到该券" in shell("coupons", "void", card, "1" * 16, "--reason", "误发", "--yes").output


def test_a_batch_is_given_to_every_card_of_a_file(shell, file, card):
    other = memberships.register_by_clerk(phone="13812345679").card_number
    cards = file(f"\ufeff{card}\r\n\r\n{other}\r\n{card}\r\n", "cards.txt")
    words = ("coupons", "issue-all", listed().public_id, cards, "--number", "B1")
    for _ in range(2):
        assert shell(*words).output == "批次 B1：共 2 张，已发 0 张，发放中\n"
    coupon_batches.give_portion(CouponBatch.get())
    assert shell("coupons", "batch", "B1").output == "批次 B1：共 2 张，已发 2 张，已发完\n"
    assert Coupon.select().count() == 2


def test_a_batch_with_an_unknown_card_gives_nothing(shell, file, card):
    cards = file(f"{card}\n1234\n", "cards.txt")
    result = shell("coupons", "issue-all", listed().public_id, cards, "--number", "B1")
    assert (result.exit_code, result.output) == (1, "第 2 行：没有该会员卡\n1 行有误，未发放\n")
    assert CouponBatch.select().count() == 0


def test_figures_are_told(shell, told, card):
    rule = listed(stock=10)
    coupons.issue(rule=rule, member=memberships.members.of_card(card), key="k")
    facts = told("coupons", "figures", rule.public_id)
    assert (facts["stock"], facts["left"], facts["holders"], facts["return_on_investment"]) == (
        10,
        9,
        1,
        None,
    )
    assert "holders\t1" in shell("coupons", "figures", rule.public_id).output


def test_a_gift_is_told_step_by_step_with_cards_and_masked_phones(shell, told, card):
    giver, friend = members.of_card(card), memberships.register_by_clerk(phone="13900000002")
    coupon = coupons.issue(rule=listed(), member=giver, key="N1")
    assert shell("coupons", "gifts", coupon.code).output == "该券没有转赠记录\n"
    gift, _ = coupon_gifts.offer(coupon=coupon, giver=giver)
    coupon_gifts.take_back(gift=gift, giver=giver)
    coupon_gifts.accept(token=coupon_gifts.offer(coupon=coupon, giver=giver)[1], receiver=friend)
    mine, theirs = (card, "138****5678"), (friend.card_number, "139****0002")
    steps = told("coupons", "gifts", coupon.code)
    assert [(step["state"], step["role"], step["card_number"], step["phone"]) for step in steps] == [
        ("offered", "giver", *mine), ("taken_back", "giver", *mine), ("offered", "giver", *mine),
        ("accepted", "receiver", *theirs),
    ]  # fmt: skip
    assert len({step["gift"] for step in steps}) == 2
    assert "已被领取\treceiver" in shell("coupons", "gifts", coupon.code).output
    assert "没有找到该券" in shell("coupons", "gifts", "1" * 16).output

import json

import pytest

from commands import cli_support as shell_file
from store.core import actors
from store.coupons import bulk_issue as coupon_bulk_issue
from store.coupons import coupons, rule_list
from store.coupons import gifts as coupon_gifts
from store.coupons import rules as coupon_rules
from store.coupons.bulk_issue import CouponBatch
from store.coupons.coupons import Coupon
from store.customers import members
from store.membership import registration
from store.tenants import audit, cost_centres
from tests.support import coupon_fixtures
from tests.support.coupon_fixtures import create_listed_rule


@pytest.fixture
def login(monkeypatch):
    """Who sits at the shell from now on."""

    def change(name):
        monkeypatch.setattr(shell_file, "current_operator", lambda: actors.Actor(kind="operator", name=name))

    change("xiaoli")
    return change


@pytest.fixture
def draft_id(run_command, login, file):
    """The public id of a draft."""
    cost_centres.create(code="marketing", name="市场部")
    said = run_command("coupons", "draft", file(coupon_fixtures.rule_values(stock=100))).output
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
    return registration.register_at_desk(phone="13812345678").card_number


def test_a_rule_walks_from_draft_to_end_between_two_logins(run_command, run_json, login, draft_id, file):
    assert run_command("coupons", "edit", draft_id, file({"threshold_fen": 3000})).exit_code == 0
    assert run_command("coupons", "submit", draft_id, "--approver", "laowang").output.endswith("审批中\n")
    shown = run_json("coupons", "show", draft_id)
    assert (shown["state"], shown["terms"]["threshold_fen"]) == ("pending", 3000)
    judge = ("coupons", "approve", draft_id, "--version", shown["version"], "--opinion", "可以")
    assert "不能审批自己提交的内容" in run_command(*judge).output
    login("xiaozhang")
    assert "请由审批人 laowang 审批" in run_command(*judge).output
    login("laowang")
    assert run_command(*judge).output.endswith("已批准\n")
    for verb, word in (("publish", "已上架"), ("unpublish", "已下架"), ("publish", "已上架")):
        assert run_command("coupons", verb, draft_id).output.endswith(f"{word}\n")
    assert run_command("coupons", "end", draft_id, "--yes").output.endswith("已结束\n")
    steps = [(step["state"], step["actor"]) for step in run_json("coupons", "show", draft_id)["steps"]]
    assert steps[0] == ("draft", "xiaoli")
    assert ("approved", "laowang") in steps


def test_n04_a_submitter_cannot_approve_under_another_name(run_command, run_json, file, monkeypatch):
    cost_centres.create(code="marketing", name="市场部")
    said = run_command("coupons", "draft", file(coupon_fixtures.rule_values(stock=100))).output
    draft_id = said.split()[1].partition("（")[0]
    assert run_command("coupons", "submit", draft_id, "--approver", "boss").exit_code == 0
    shown = run_json("coupons", "show", draft_id)
    for variable in ("LOGNAME", "USER"):
        monkeypatch.setenv(variable, "boss")
    for words in (("approve",), ("reject", "--opinion", "不行")):
        result = run_command("coupons", words[0], draft_id, "--version", shown["version"], *words[1:])
        assert (result.exit_code, "不能审批自己提交的内容" in result.output) == (1, True)
    assert run_json("coupons", "show", draft_id)["state"] == "pending"


def test_n04_the_submitter_with_spaces_is_no_other_approver(run_command, login, draft_id):
    result = run_command("coupons", "submit", draft_id, "--approver", " xiaoli ")
    assert (result.exit_code, "请指定本人以外的审批人" in result.output) == (1, True)


def test_a_rejected_rule_is_taken_up_again(run_command, run_json, login, draft_id):
    run_command("coupons", "submit", draft_id, "--approver", "laowang")
    version = run_json("coupons", "show", draft_id)["version"]
    login("laowang")
    assert "请填写驳回意见" in run_command("coupons", "reject", draft_id, "--version", version).output
    said = run_command("coupons", "reject", draft_id, "--version", version, "--opinion", "成本太高")
    assert said.output.endswith("已驳回\n")
    assert run_command("coupons", "revise", draft_id).output.endswith("草稿\n")


def test_another_version_than_was_read_is_not_approved(run_command, login, draft_id):
    run_command("coupons", "submit", draft_id, "--approver", "laowang")
    login("laowang")
    result = run_command("coupons", "approve", draft_id, "--version", "0" * 64)
    assert (result.exit_code, "请重新查看后再审批" in result.output) == (1, True)


def test_what_makes_no_sense_is_reported_by_its_field(run_command, login, file):
    said = run_command("coupons", "draft", file(coupon_fixtures.rule_values(name="一" * 16)))
    assert (said.exit_code, "name：不能超过 15 个字" in said.output) == (1, True)
    assert "应为一个 JSON 对象" in run_command("coupons", "draft", file([])).output
    assert "不是有效的 JSON 文件" in run_command("coupons", "draft", file("{")).output
    assert rule_list.list_rules() == []


def test_list_and_show_tell_stock_and_terms_in_words(run_command, run_json):
    rule = create_listed_rule(stock=100, threshold_fen=3000)
    (facts,) = run_json("coupons", "list")
    assert (facts["id"], facts["stock"], facts["issued"], facts["remaining"]) == (rule.public_id, 100, 0, 100)
    assert run_json("coupons", "list", "--state", "draft") == []
    assert run_command("coupons", "list", "--state", "draft").output == "尚无优惠券\n"
    assert "满 30 元减 5 元" in run_command("coupons", "show", rule.public_id).output
    assert "没有找到该优惠券" in run_command("coupons", "show", "cpr_x").output


def test_a_copy_is_a_draft(run_command):
    assert run_command("coupons", "copy", create_listed_rule().public_id).output.endswith("草稿\n")


def test_stock_is_added_once_a_case(run_command, run_json):
    rule = create_listed_rule(stock=100)
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
        assert run_command(*words).exit_code == 0
    assert run_json("coupons", "list")[0]["stock"] == 150
    assert coupon_rules.get_by_public_id(rule.public_id).stock_increases.get().cost_fen == 1250


def test_a_coupon_is_issued_once_a_case_and_voided_with_a_reason(run_command, card):
    rule = create_listed_rule()
    for _ in range(2):
        said = run_command("coupons", "issue", rule.public_id, card, "--key", "k1").output
    (coupon,) = Coupon.select()
    assert said == f"券 {coupon.code}（五元券）可使用\n"
    words = ("coupons", "void", card, coupon.code, "--reason", "误发")
    assert run_command(*words, input="n\n").exit_code == 1
    assert run_command(*words, "--yes").output == f"券 {coupon.code} 已作废\n"
    assert audit.list_entries(limit=1)[0].action == "coupons.void"
    assert (
        "没有找到该券" in run_command("coupons", "void", card, "1" * 16, "--reason", "误发", "--yes").output
    )


def test_a_batch_is_given_to_every_card_of_a_file(run_command, file, card):
    other = registration.register_at_desk(phone="13812345679").card_number
    cards = file(f"\ufeff{card}\r\n\r\n{other}\r\n{card}\r\n", "cards.txt")
    words = ("coupons", "issue-all", create_listed_rule().public_id, cards, "--number", "B1")
    for _ in range(2):
        assert run_command(*words).output == "批次 B1：共 2 张，已发 0 张，发放中\n"
    coupon_bulk_issue.issue_chunk(CouponBatch.get())
    assert run_command("coupons", "show-batch", "B1").output == "批次 B1：共 2 张，已发 2 张，已发完\n"
    assert Coupon.select().count() == 2


def test_n14_a_card_file_may_have_spaces_and_hyphens(run_command, file, card):
    cards = file(f"{card[:4]} {card[4:8]}-{card[8:]}\n{card}\n", "cards.txt")
    rule = create_listed_rule().public_id
    assert "共 1 张" in run_command("coupons", "issue-all", rule, cards, "--number", "B1").output


def test_a_batch_with_an_unknown_card_gives_nothing(run_command, file, card):
    cards = file(f"{card}\n1234\n", "cards.txt")
    result = run_command("coupons", "issue-all", create_listed_rule().public_id, cards, "--number", "B1")
    assert (result.exit_code, result.output) == (1, "第 2 行：没有该会员卡\n1 行有误，未发放\n")
    assert CouponBatch.select().count() == 0


def test_f10_a_card_file_with_a_cell_too_many_gives_nothing(run_command, file, card):
    rule = create_listed_rule().public_id
    result = run_command("coupons", "issue-all", rule, file(f"{card},x\n", "cards.txt"), "--number", "B1")
    assert (result.exit_code, result.output) == (1, "第 1 行：多出 1 格：x\n1 行有误，未发放\n")
    cards = file(f"{card}\n,,\n", "cards.txt")
    assert run_command("coupons", "issue-all", rule, cards, "--number", "B1").exit_code == 0


def test_figures_are_reported(run_command, run_json, card):
    rule = create_listed_rule(stock=10)
    coupons.issue(rule=rule, member=registration.members.get_by_card(card), key="k")
    facts = run_json("coupons", "statistics", rule.public_id)
    assert (facts["stock"], facts["remaining"], facts["holders"], facts["return_on_investment"]) == (
        10,
        9,
        1,
        None,
    )
    assert "holders\t1" in run_command("coupons", "statistics", rule.public_id).output


def test_a_gift_is_reported_step_by_step_with_cards_and_masked_phones(run_command, run_json, card):
    giver, friend = members.get_by_card(card), registration.register_at_desk(phone="13900000002")
    coupon = coupons.issue(rule=create_listed_rule(), member=giver, key="N1")
    assert run_command("coupons", "gift-history", coupon.code).output == "该券没有转赠记录\n"
    gift, _ = coupon_gifts.create_gift(coupon=coupon, giver=giver)
    coupon_gifts.cancel(gift=gift, giver=giver)
    coupon_gifts.accept(token=coupon_gifts.create_gift(coupon=coupon, giver=giver)[1], receiver=friend)
    mine, theirs = (card, "138****5678"), (friend.card_number, "139****0002")
    steps = run_json("coupons", "gift-history", coupon.code)
    assert [(step["state"], step["role"], step["card_number"], step["phone"]) for step in steps] == [
        ("offered", "giver", *mine), ("cancelled", "giver", *mine), ("offered", "giver", *mine),
        ("accepted", "receiver", *theirs),
    ]  # fmt: skip
    assert len({step["gift"] for step in steps}) == 2
    assert "已被领取\treceiver" in run_command("coupons", "gift-history", coupon.code).output
    assert "没有找到该券" in run_command("coupons", "gift-history", "1" * 16).output

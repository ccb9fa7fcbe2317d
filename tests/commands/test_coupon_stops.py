"""`flask coupons withdraw`, `delete`, `stop` and `resume`."""

import pytest

from commands import cli_support
from store.core import actors
from store.coupons import rule_list
from store.coupons import rules as coupon_rules
from store.customers import programmes
from tests.support import coupon_fixtures


@pytest.fixture(autouse=True)
def _operator(monkeypatch):
    xiaoli = actors.Actor(kind="operator", name="xiaoli")
    monkeypatch.setattr(cli_support, "current_operator", lambda: xiaoli)


def test_a_submission_is_withdrawn_and_its_draft_deleted(acme, run_command):
    coupon_fixtures.create_cost_centre()
    rule = coupon_rules.create_draft(programme=programmes.get_default(), values=coupon_fixtures.rule_values())
    assert run_command("coupons", "submit", rule.public_id, "--approver", "laowang").exit_code == 0
    assert "不能删除" in run_command("coupons", "delete", rule.public_id, "--yes").output
    assert run_command("coupons", "withdraw", rule.public_id).output.endswith("草稿\n")
    assert run_command("coupons", "delete", rule.public_id, "--yes").output.endswith("已删除\n")
    assert rule_list.list_rules() == []


def test_a_rule_is_stopped_and_resumed(run_command, acme):
    rule = coupon_fixtures.create_listed_rule()
    assert "紧急暂停中" in run_command("coupons", "stop", rule.public_id, "--reason", "金额写错").output
    assert run_command("coupons", "resume", rule.public_id).output.endswith("已上架\n")

"""Coupon rules: no one has a coupon before someone else has approved exactly what it says."""

import pytest

from store.core import actors
from store.core.database import db
from store.core.errors import DomainError
from store.coupons import coupons
from store.coupons import rules as coupon_rules
from store.coupons import stock as coupon_stock
from store.coupons.rules import CouponRule
from store.customers import programmes
from store.tenants import audit
from tests.support import coupon_fixtures, database
from tests.support.coupon_fixtures import MANAGER, OWNER, error_code_of

pytestmark = pytest.mark.usefixtures("verify_afterwards")


@pytest.fixture
def draft(acme):
    coupon_fixtures.create_cost_centre()
    with actors.acting_as(OWNER):
        yield coupon_rules.create_draft(
            programme=programmes.get_default(), values=coupon_fixtures.rule_values(stock=10)
        )


def asked(rule):
    return coupon_rules.request_approval(rule, approver=MANAGER.name)


def test_a_rule_goes_from_draft_to_its_end_and_each_step_is_reported(draft):
    """小李 writes, 王店长 approves; listed, delisted, listed again, ended: seven steps with who and when."""
    asked(draft)
    with actors.acting_as(MANAGER):
        coupon_rules.approve(draft, version=draft.version, opinion="可以")
    for step in (coupon_rules.publish, coupon_rules.unpublish, coupon_rules.publish, coupon_rules.end):
        step(draft)
    result = [(step.state, step.actor) for step in coupon_rules.list_history(draft)]
    assert result == [
        ("draft", "小李"), ("pending", "小李"), ("approved", "王店长"), ("listed", "小李"),
        ("delisted", "小李"), ("listed", "小李"), ("ended", "小李"),
    ]  # fmt: skip
    assert coupon_rules.list_history(draft)[2].note == "可以"
    assert "coupon_rules.transition" in {row.action for row in audit.list_entries()}


@pytest.mark.parametrize("step", [coupon_rules.publish, coupon_rules.unpublish, coupon_rules.end])
def test_a_step_asked_twice_is_taken_once(draft, step):
    asked(draft)
    with actors.acting_as(MANAGER):
        for _ in range(2):
            coupon_rules.approve(draft, version=draft.version)
    coupon_rules.publish(draft)
    step(draft)
    before = len(coupon_rules.list_history(draft))
    step(draft)
    assert len(coupon_rules.list_history(draft)) == before


def test_only_a_draft_is_edited(draft):
    coupon_rules.edit_draft(draft, values={"threshold_fen": 3000})
    assert coupon_rules.get_by_public_id(draft.public_id).terms.threshold_fen == 3000
    asked(draft)
    assert (
        error_code_of(lambda: coupon_rules.edit_draft(draft, values={"threshold_fen": 1}))
        == "coupon_rule_state"
    )


def test_an_edit_that_changes_nothing_records_nothing(draft):
    before = len(coupon_rules.list_history(draft))
    coupon_rules.edit_draft(draft, values={"name": "五元券"})
    assert len(coupon_rules.list_history(draft)) == before


def test_no_one_approves_their_own_rule_or_in_another_s_name(draft):
    assert error_code_of(lambda: coupon_rules.request_approval(draft, approver=OWNER.name)) == "invalid"
    asked(draft)
    for action in (
        lambda: coupon_rules.approve(draft, version=draft.version),
        lambda: coupon_rules.reject(draft, version=draft.version, opinion="不行"),
    ):
        assert error_code_of(action) == "own_submission"
        with actors.acting_as(actors.Actor(kind="operator", name="a colleague")):
            assert error_code_of(action) == "not_the_approver"


def test_what_was_not_read_is_not_approved(draft):
    """The approver read version A; the rule says B by now."""
    asked(draft)
    with actors.acting_as(MANAGER):
        assert error_code_of(lambda: coupon_rules.approve(draft, version="0" * 64)) == "coupon_rule_changed"


def test_what_was_changed_after_the_approval_is_not_listed(draft):
    asked(draft)
    with actors.acting_as(MANAGER):
        coupon_rules.approve(draft, version=draft.version)
    wording = draft.terms_json.replace('"off_fen":500', '"off_fen":50000')
    with db.database.atomic() as undo:
        CouponRule.update(terms_json=wording).where(CouponRule.id == draft.id).execute()
        assert error_code_of(lambda: coupon_rules.publish(draft)) == "coupon_rule_changed"
        undo.rollback()


def test_a_rejected_rule_is_revised_with_the_opinion_kept(draft):
    asked(draft)
    with actors.acting_as(MANAGER):
        assert (
            error_code_of(lambda: coupon_rules.reject(draft, version=draft.version, opinion=" ")) == "invalid"
        )
        for _ in range(2):
            coupon_rules.reject(draft, version=draft.version, opinion="门槛太低")
    assert coupon_rules.revise(draft).state == "draft"
    coupon_rules.edit_draft(draft, values={"threshold_fen": 3000})
    assert asked(draft).state == "pending"
    assert [step.note for step in coupon_rules.list_history(draft) if step.state == "rejected"] == [
        "门槛太低"
    ]


def test_a_copy_is_a_draft_of_its_own(acme):
    rule = coupon_fixtures.create_listed_rule(stock=5)
    coupon_stock.increase(rule, quantity=7, cost_fen=0, reason="不够", key="t1")
    copied = coupon_rules.copy_as_draft(rule)
    assert (copied.state, copied.stock, copied.issued, copied.copied_from_id) == ("draft", 5, 0, rule.id)
    assert copied.terms == rule.terms


def test_more_stock_is_recorded_once_with_its_reason_and_cost(acme):
    rule, me = coupon_fixtures.create_listed_rule(stock=1), coupon_fixtures.create_member()
    coupons.claim(rule=rule, member=me, source="h5")
    assert error_code_of(lambda: coupons.claim(rule=rule, member=me, source="h5")) == "coupons_gone"
    for _ in range(2):
        top_up = coupon_stock.increase(rule, quantity=1, cost_fen=500, reason="活动延长", key="top-up-1")
    assert (top_up.reason, top_up.cost_fen) == ("活动延长", 500)
    assert coupon_rules.get_by_public_id(rule.public_id).stock == 2
    coupons.claim(rule=rule, member=me, source="h5")
    other = {"quantity": 9, "cost_fen": 0, "reason": "再来", "key": "top-up-1"}
    assert error_code_of(lambda: coupon_stock.increase(rule, **other)) == "key_reused"


def test_a_draft_and_an_ended_rule_get_no_stock(draft):
    more = {"quantity": 1, "cost_fen": 0, "reason": "多些", "key": "k"}
    assert error_code_of(lambda: coupon_stock.increase(draft, **more)) == "coupon_rule_state"
    coupon_rules.end(ended := coupon_fixtures.create_listed_rule(stock=1))
    assert error_code_of(lambda: coupon_stock.increase(ended, **more)) == "coupon_rule_state"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": "超过十五个字的优惠券名称是不可以的"}, "name"),
        ({"title": "十个字的券标题不可以"}, "title"),
        ({"benefit": {"kind": "percent_off", "percent": 100}}, "benefit.percent_off.percent"),
        ({"benefit": {"kind": "free"}}, "benefit"),
        ({"benefit": {"kind": "amount_off", "off_fen": 0}}, "benefit.amount_off.off_fen"),
        ({"weekdays": [0]}, "weekdays.0"),
        ({"hours": [{"begins": "11:00", "ends": "24:00"}]}, "hours.0.ends"),
        ({"picture_url": "javascript:alert(1)"}, "picture_url"),
        ({"claims_per_member": 0}, "claims_per_member"),
        ({"claims_per_member": None, "by_campaign": False}, "内容"),
        (
            {"validity": {"kind": "fixed", "first_day": "2026-12-02", "last_day": "2026-12-01"}},
            "validity.fixed",
        ),
        ({"discount": 3}, "discount"),
        ({"cost_centre": "unknown"}, "cost_centre"),
    ],
)
def test_terms_that_make_no_sense_are_refused_in_words(acme, wrong, field):
    with pytest.raises(DomainError) as caught:
        coupon_rules.create_draft(
            programme=programmes.get_default(), values=coupon_fixtures.rule_values(**wrong)
        )
    assert caught.value.details["field"] == field


def test_a_draft_cannot_be_given_a_cost_centre_that_is_not_there(draft):
    with pytest.raises(DomainError) as caught:
        coupon_rules.edit_draft(draft, values={"cost_centre": "unknown"})
    assert caught.value.message == "没有编码为 unknown 的成本中心，请先开设"
    assert coupon_rules.lock(draft.id).terms.cost_centre == "marketing"


def test_many_approvals_at_once_are_one_step(draft):
    asked(draft)

    def approve(_):
        with actors.acting_as(MANAGER):
            return coupon_rules.approve(draft, version=draft.version).state

    assert database.run_concurrently(8, approve) == ["approved"] * 8
    assert [step.state for step in coupon_rules.list_history(draft)].count("approved") == 1

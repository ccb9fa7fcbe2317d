"""Activities: drafts, what publishing demands and reserves, numbers that only grow, approval, stop and end."""

from datetime import timedelta

import pytest

from store import approvals
from store.activities import activities, budgets, publication, submissions
from store.activities.settings import ActivitySettings
from store.core import actors, clock
from store.core.errors import DomainError
from store.core.listing import Page
from store.coupons.rules import CouponRule
from store.tenants import settings
from tests.support import coupon_fixtures
from tests.support.coupon_fixtures import MANAGER, OWNER, error_code_of
from tests.support.draw_fixtures import CUP, PACKET, create_budget, create_draft, create_running

pytestmark = pytest.mark.usefixtures("verify_afterwards")


def field_of(work) -> str:
    with pytest.raises(DomainError) as found:
        work()
    return str(found.value.details.get("field"))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"prizes": [{**CUP, "quantity": 11}]}, "total_draws"),
        ({"rules_text": ""}, "rules_text"),
        ({"prizes": []}, "prizes"),
        ({"ends_at": None}, "starts_at"),
        ({"free_per_day": 0}, "free_per_day"),
        ({"prizes": [PACKET]}, "budget"),
    ],
)
def test_what_publishing_demands(acme, changes, field):
    draft = create_draft(**changes)
    assert field_of(lambda: publication.publish(draft)) == field
    assert activities.get_by_public_id(draft.public_id).state == "draft"


@pytest.mark.parametrize(
    "prize",
    [
        {**CUP, "value_fen": 50_000_01}, {**CUP, "ways": []}, {**PACKET, "min_fen": 99}, {**PACKET, "max_fen": 20_001},
        {**PACKET, "min_fen": 301}, {"name": "券", "kind": "coupon", "quantity": 1},
    ],
)  # fmt: skip
def test_prizes_that_make_no_sense(acme, prize):
    assert error_code_of(lambda: create_draft(prizes=[prize])) == "invalid"


def test_a_draft_is_changed_copied_and_deleted(acme):
    draft = create_draft()
    activities.edit_draft(draft, values={"total_draws": 20})
    copy = activities.copy_as_draft(draft)
    assert (copy.content.total_draws, copy.name) == (20, "周年抽奖 副本")
    activities.delete_draft(copy)
    activities.delete_draft(copy)
    publication.publish(draft)
    assert error_code_of(lambda: activities.edit_draft(draft, values={"total_draws": 30})) == "activity_state"
    assert error_code_of(lambda: activities.delete_draft(draft)) == "activity_state"


def test_publishing_twice_reserves_once(acme):
    rule, budget = coupon_fixtures.create_listed_rule(stock=3), create_budget(1000)
    coupon = {"name": "五元券", "kind": "coupon", "quantity": 2, "coupon_rule": rule.public_id}
    draft = create_draft(prizes=[PACKET, coupon], budget=budget.public_id)
    assert [publication.publish(draft).state for _ in range(2)] == ["running"] * 2
    assert (budgets.lock(budget.id).reserved_fen, CouponRule.get().issued) == (600, 2)
    other = create_draft(prizes=[coupon])
    assert error_code_of(lambda: publication.publish(other)) == "coupons_gone"
    assert [publication.end(draft).state for _ in range(2)] == ["ended"] * 2
    assert (budgets.lock(budget.id).reserved_fen, CouponRule.get().issued) == (0, 0)


def test_published_numbers_only_grow(acme):
    budget = create_budget(1000)
    activity = create_running(total_draws=10, prizes=[PACKET], budget=budget.public_id)
    (prize,) = activities.list_prizes(activity)
    assert error_code_of(lambda: publication.increase(activity, total_draws=9)) == "invalid"
    assert error_code_of(lambda: publication.increase(activity, quantities={prize.public_id: 1})) == "invalid"
    assert error_code_of(lambda: publication.increase(activity, quantities={"prz_x": 5})) == "invalid"
    assert (
        error_code_of(lambda: publication.increase(activity, quantities={prize.public_id: 4}))
        == "budget_short"
    )
    sooner = activity.ends_at - timedelta(hours=1)
    assert error_code_of(lambda: publication.increase(activity, ends_at=sooner)) == "invalid"
    for _ in range(2):
        grown = publication.increase(activity, total_draws=12, quantities={prize.public_id: 3})
    assert (grown.total_draws, activities.list_prizes(grown)[0].quantity) == (12, 3)
    assert budgets.lock(budget.id).reserved_fen == 900
    assert error_code_of(lambda: publication.increase(activity, quantities={prize.public_id: 13})) in (
        "invalid", "budget_short",
    )  # fmt: skip


def test_what_costs_much_needs_another_persons_approval(acme):
    settings.change(ActivitySettings, approval_above_fen=4_000)
    draft = create_draft()
    assert error_code_of(lambda: publication.publish(draft)) == "approval_required"
    with actors.acting_as(OWNER):
        approval = submissions.submit(draft, approver=MANAGER.name)
        assert submissions.submit(draft, approver=MANAGER.name).id == approval.id
        assert (
            error_code_of(lambda: submissions.approve(approval, version=approval.version)) == "own_submission"
        )
    assert ("总抽奖次数", "", "10") in submissions.describe_changes(approval)
    with actors.acting_as(MANAGER):
        for _ in range(2):
            submissions.approve(approval, version=approval.version)
    activities.edit_draft(draft, values={"total_draws": 11})  # a change needs a new approval
    assert error_code_of(lambda: publication.publish(draft)) == "approval_required"
    activities.edit_draft(draft, values={"total_draws": 10})
    assert publication.publish(draft).state == "running"
    (prize,) = activities.list_prizes(draft)
    more = {prize.public_id: 2}
    assert error_code_of(lambda: publication.increase(draft, quantities=more)) == "approval_required"


def test_a_rejected_submission_publishes_nothing(acme):
    settings.change(ActivitySettings, approval_above_fen=4_000)
    draft = create_draft()
    with actors.acting_as(OWNER):
        approval = submissions.submit(draft)
    with actors.acting_as(MANAGER):
        assert submissions.reject(approval, version=approval.version, opinion="太贵").state == "rejected"
    assert error_code_of(lambda: publication.publish(draft)) == "approval_required"
    assert approvals.find_open(submissions.APPROVAL_KIND, draft.public_id) is None


@pytest.mark.parametrize(("name", "switch", "code"), [
    ("share_chances", "share_chances_on", "share_rule"), ("follow_chances", "follow_chances_on", "follow_rule"),
])  # fmt: skip
def test_what_platforms_restrict_is_off_until_it_is_switched_on(acme, name, switch, code):
    draft = create_draft(**{name: 1})
    assert error_code_of(lambda: publication.publish(draft)) == code
    settings.change(ActivitySettings, **{switch: True})
    assert publication.publish(draft).state == "running"


def test_stop_and_resume(acme):
    activity = create_running()
    assert error_code_of(lambda: publication.stop(activity, reason=" ")) == "invalid"
    for _ in range(2):
        assert publication.stop(activity, reason="核对奖品").state == "paused"
    for _ in range(2):
        assert publication.resume(activity).state == "running"
    publication.end(activity)
    assert error_code_of(lambda: publication.resume(activity)) == "activity_state"
    assert error_code_of(lambda: publication.resume(create_draft())) == "activity_state"


def test_a_budget_is_increased_with_a_reason(acme):
    budget = create_budget(1000)
    for _ in range(2):
        assert budgets.increase(budget, amount_fen=500, reason="追加", key="k").total_fen == 1500
    assert (
        error_code_of(lambda: budgets.increase(budget, amount_fen=600, reason="追加", key="k"))
        == "key_reused"
    )
    assert error_code_of(create_budget) == "invalid"
    entries, total = budgets.list_entries(budget, Page())
    assert (total, [entry.amount_fen for entry in entries]) == (2, [500, 1000])


def test_an_activity_that_has_not_begun(acme):
    later = (clock.now() + timedelta(hours=1)).isoformat()
    activity = create_running(starts_at=later)
    assert error_code_of(lambda: activities.ensure_running(activity)) == "activity_not_started"
    assert activities.list_running() == []

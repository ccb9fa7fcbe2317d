"""Mutations of the coupons: the state machine must detect each of them."""

import pytest

from store.coupons import best_combination as coupon_best_combination
from store.coupons import coupons, redemption_records
from store.coupons import discounts as coupon_discounts
from store.coupons import gifts as coupon_gifts
from store.coupons import merging as coupon_merging
from store.coupons import redemptions as coupon_redemptions
from store.coupons import stock as coupon_stock
from store.coupons import terms as coupon_terms
from store.customers.merging import journal as merge_journal
from store.customers.merging import undo as merge_undo
from tests.support.coupon_machine import ScenarioMachine, mistaken_merge_runs
from tests.support.state_machine import detects, detects_in_runs, merge_rules_only, mutated

FAULTS = [
    (coupons, "claim", "before >= limit", "before > limit"),
    (coupons, "count_claimed", "fn.MAX(Coupon.sequence)", "fn.COUNT(Coupon.id) - 1"),
    (coupons, "issue", "if found is not None:", "if False:"),
    (coupons, "issue", "not rule.terms.by_campaign", "False"),
    (coupons, "transition", "came_from, state=state", "list(LABELS), state=state"),
    (coupons, "lock_by_codes", "member=member.id, ", ""),
    (coupons, "_expired_coupons", "<= cutoff", "< cutoff"),
    (coupon_merging, "_renumber_sequences", "coupon.sequence + highest", "coupon.sequence + 0 * highest"),
    (coupon_stock, "reserve", "row.issued + quantity <= row.stock", "row.issued <= row.stock"),
    (coupon_stock, "reserve", '(row.state == "listed") & ', ""),
    (coupon_stock, "reserve", "issued=row.issued + quantity", "issued=row.issued"),
    (coupon_terms, "_validity_days", "validity.days - 1", "validity.days"),
    (
        coupon_terms,
        "validity_window",
        "max(business_days.start_of(first), received_at)",
        "business_days.start_of(first)",
    ),
    (coupon_gifts, "create_gift", "if coupon.ends_at <= now:", "if False:"),
    (coupon_gifts, "create_gift", ", coupon.ends_at)", ", now + timedelta(days=99))"),
    (coupon_gifts, "create_gift", 'coupons.transition(coupon, "gifting")', "pass"),
    (coupon_gifts, "accept", "gift.update_fields(receiver=receiver.id)", "pass"),
    (coupon_gifts, "accept", "holder=receiver", "holder=None"),
    (coupon_gifts, "accept", "gift.receiver_id == receiver.id", "True"),
    (coupon_gifts, "decline", "if receiver.id == gift.giver_id:", "if False:"),
    (coupon_gifts, "cancel", "if gift.giver_id != giver.id:", "if False:"),
    (coupon_gifts, "display_state", "gift.expires_at <= clock.now()", "False"),
    (coupon_gifts, "find_acceptance_error", "receiver.id == gift.giver_id", "False"),
    (coupon_redemptions, "hold", "if before:", "if False:"),
    (coupon_redemptions, "hold", 'any(use.state == "returned" for use in earlier)', "False"),
    (coupon_redemptions, "_ensure_same_hold", "if not mine or", "if"),
    (coupon_redemptions, "commit", "if not uses and", "if False and"),
    (coupon_redemptions, "_commit_one", 'coupons.transition(coupon, "used")', "pass"),
    (coupon_redemptions, "_commit_all", 'use.state == "forfeited"', "False"),
    (coupon_redemptions, "release", 'coupons.transition(coupons.lock(use.coupon_id), "issued")', "pass"),
    (coupon_redemptions, "refund", 'use.state == "held"', "False"),
    (
        coupon_redemptions,
        "_refund_one",
        "_days_since_use(redemption) <= within",
        "_days_since_use(redemption) < within",
    ),
    (coupon_redemptions, "_refund_one", '"returned" if back else "forfeited"', '"returned"'),
    (coupon_best_combination, "find_stacking_conflict", "same > coupon.terms.stacking.per_order", "False"),
    (
        coupon_best_combination,
        "find_stacking_conflict",
        "_allows_stacking(coupon, other) and",
        "_allows_stacking(coupon, other) or",
    ),
    (
        coupon_discounts,
        "application_order",
        "APPLICATION_ORDER[benefit.kind]",
        "-APPLICATION_ORDER[benefit.kind]",
    ),
    (merge_journal, "move_rows", "(field == context.duplicate_id)", "(field == context.survivor_id)"),
]

FAULTS_OF_MERGES = [
    (coupon_merging, "_find_change_blockers", "coupon.state in _CHANGED_STATES and", ""),
    (coupon_merging, "_find_change_blockers", 'coupon.state != step.before["state"]', "True"),
    (coupon_merging, "_find_change_blockers", "coupon.member_id != context.survivor_id", "False"),
    (coupon_merging, "_find_change_blockers", "away or changed or coupon.id in again", "away or changed"),
    (
        coupon_merging,
        "_find_change_blockers",
        "away or changed or coupon.id in again",
        "away or coupon.id in again",
    ),
    (
        coupon_merging,
        "_ids_reused_since",
        "CouponRedemption.state.in_(ACTIVE_STATES)",
        "CouponRedemption.state.is_null(False)",
    ),
    (
        coupon_merging,
        "_ids_reused_since",
        '(CouponGift.state == "offered")',
        "CouponGift.state.is_null(False)",
    ),
    (coupon_merging, "_ids_reused_since", "merge_journal.moved_ids(context, CouponRedemption.member)", "[]"),
    (coupon_merging, "_ids_reused_since", "merge_journal.moved_ids(context, CouponGift.giver)", "[]"),
    (
        coupon_merging,
        "_renumber_sequences",
        "received_by=context.survivor_id",
        "received_by=context.duplicate_id",
    ),
    (coupon_merging, "_restore_sequences", "merge_journal.undo_move(field, context)", "pass"),
    (coupon_merging, "_restore_sequences", "coupon.sequence > max(numbers)", "False"),
    (coupon_merging, "_restore_sequences", " + last", ""),
    (merge_journal, "undo_move", "_undo_identical_moves(context, field.model, step)", "pass"),
    (merge_undo, "list_later_merges", " & Merge.undone_at.is_null()", ""),
    (merge_undo, "_split", "rule.undo(rule.field, each)", "pass"),
]


@pytest.fixture(autouse=True)
def sqlite_once(database_kind):
    """Whether the machine sees is a question to the machine, not to the database."""
    if database_kind == "postgresql":
        pytest.skip("shown on SQLite")
    with merge_rules_only(coupons, coupon_gifts, redemption_records):
        yield


def test_lives_without_a_fault_come_out_as_on_paper(acme):
    """The control: such lives find nothing where there is nothing."""
    assert not detects(ScenarioMachine, runs=25)
    assert not detects_in_runs(mistaken_merge_runs(rounds=2))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault[1]}: {fault[2]}")
def test_a_seeded_fault_is_noticed(acme, fault):
    with mutated(*fault):
        assert detects(ScenarioMachine)


@pytest.mark.parametrize("fault", FAULTS_OF_MERGES, ids=lambda fault: f"{fault[1]}: {fault[2]}")
def test_a_seeded_fault_of_merges_is_noticed(acme, fault):
    with mutated(*fault):
        assert detects_in_runs(mistaken_merge_runs())

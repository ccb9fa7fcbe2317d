"""Mistakes sown into the coupons: the machine that walks beside the wallets on paper has to stumble over each."""

import pytest

from store.loyalty import (
    coupon_gifts,
    coupon_merges,
    coupon_sets,
    coupon_stock,
    coupon_takings,
    coupon_terms,
    coupon_uses,
    coupons,
)
from store.people import merge_journal, unmerges
from tests.store.loyalty.coupon_life import HurriedLife, mistaken_lives
from tests.store.loyalty.walk import merging_only, sown, stumbles, stumbles_over

FAULTS = [
    (coupons, "claim", "before >= limit", "before > limit"),
    (coupons, "claimed", "fn.MAX(Coupon.nth)", "fn.COUNT(Coupon.id) - 1"),
    (coupons, "issue", "if found is not None:", "if False:"),
    (coupons, "issue", "not rule.terms.by_campaign", "False"),
    (coupons, "move", " & Coupon.state.in_(came_from)", ""),
    (coupons, "locked_of", "member=member.id, ", ""),
    (coupons, "_over", "<= until", "< until"),
    (coupon_merges, "_count_on", "coupon.nth + highest", "coupon.nth + 0 * highest"),
    (coupon_stock, "take", "row.issued + quantity <= row.stock", "row.issued <= row.stock"),
    (coupon_stock, "take", '(row.state == "listed") & ', ""),
    (coupon_stock, "take", "issued=row.issued + quantity", "issued=row.issued"),
    (coupon_terms, "_days", "validity.days - 1", "validity.days"),
    (coupon_terms, "window", "max(calendar.start_of(first), received_at)", "calendar.start_of(first)"),
    (coupon_gifts, "offer", "if coupon.ends_at <= now:", "if False:"),
    (coupon_gifts, "offer", ", coupon.ends_at)", ", now + timedelta(days=99))"),
    (coupon_gifts, "offer", 'coupons.move(coupon, "gifting")', "pass"),
    (coupon_gifts, "accept", "gift.put(receiver=receiver.id)", "pass"),
    (coupon_gifts, "accept", "holder=receiver", "holder=None"),
    (coupon_gifts, "accept", "gift.receiver_id == receiver.id", "True"),
    (coupon_gifts, "refuse", "if receiver.id == gift.giver_id:", "if False:"),
    (coupon_gifts, "take_back", "if gift.giver_id != giver.id:", "if False:"),
    (coupon_gifts, "standing", "gift.until <= clock.now()", "False"),
    (coupon_gifts, "against", "receiver.id == gift.giver_id", "False"),
    (coupon_uses, "hold", "if before:", "if False:"),
    (coupon_uses, "hold", "if _was_returned(order_number):", "if False:"),
    (coupon_uses, "_the_same", "if not mine or", "if"),
    (coupon_uses, "commit", "if not uses and", "if False and"),
    (coupon_uses, "_commit", 'coupons.move(coupon, "used")', "pass"),
    (coupon_uses, "_commit_all", 'use.state == "forfeited"', "False"),
    (coupon_uses, "release", 'coupons.move(coupons.locked(use.coupon_id), "issued")', "pass"),
    (coupon_uses, "give_back", 'use.state == "held"', "False"),
    (coupon_uses, "_give_back", "_days_since(use) <= within", "_days_since(use) < within"),
    (coupon_uses, "_give_back", '"returned" if back else "forfeited"', '"returned"'),
    (coupon_sets, "conflict", "same > card.terms.stacking.per_order", "False"),
    (coupon_sets, "conflict", "_allows(card, other) and", "_allows(card, other) or"),
    (coupon_takings, "rank", "RANK[benefit.kind]", "-RANK[benefit.kind]"),
    (merge_journal, "move", "(field == way.loser)", "(field == way.survivor)"),
]  # fmt: skip

FAULTS_OF_MERGES = [
    (coupon_merges, "_touched_since", "coupon.state in _TOUCHED and", ""),
    (coupon_merges, "_touched_since", 'coupon.state != step.before["state"]', "True"),
    (coupon_merges, "_touched_since", "coupon.member_id != way.survivor", "False"),
    (coupon_merges, "_touched_since", "away or changed or coupon.id in again", "away or changed"),
    (coupon_merges, "_touched_since", "away or changed or coupon.id in again", "away or coupon.id in again"),
    (coupon_merges, "_in_new_hands", "CouponUse.state.in_(LIVE)", "CouponUse.state.is_null(False)"),
    (coupon_merges, "_in_new_hands", '(CouponGift.state == "offered")', "CouponGift.state.is_null(False)"),
    (coupon_merges, "_in_new_hands", "merge_journal.ids_of_moved(way, CouponUse.member)", "[]"),
    (coupon_merges, "_in_new_hands", "merge_journal.ids_of_moved(way, CouponGift.giver)", "[]"),
    (coupon_merges, "_count_on", "received_by=way.survivor", "received_by=way.loser"),
    (coupon_merges, "_count_back", "merge_journal.put_back(field, way)", "pass"),
    (coupon_merges, "_count_back", "coupon.nth > max(numbers)", "False"),
    (coupon_merges, "_count_back", " + last", ""),
    (merge_journal, "put_back", "_put_back_moved(way, field.model, step)", "pass"),
    (unmerges, "on_top_of", " & Merge.undone_at.is_null()", ""),
    (unmerges, "_part", "carrier.back(carrier.field, each)", "pass"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def shown_once(database_kind):
    """Whether the machine sees is a question to the machine, not to the database."""
    if database_kind == "postgresql":
        pytest.skip("shown on SQLite")
    with merging_only(coupons, coupon_gifts, coupon_uses):
        yield


def test_lives_without_a_fault_come_out_as_on_paper(acme):
    """The control: such lives find nothing where there is nothing."""
    assert not stumbles(HurriedLife, lives=25)
    assert not stumbles_over(mistaken_lives(turns=2))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault[1]}: {fault[2]}")
def test_a_seeded_fault_is_noticed(acme, fault):
    with sown(*fault):
        assert stumbles(HurriedLife)


@pytest.mark.parametrize("fault", FAULTS_OF_MERGES, ids=lambda fault: f"{fault[1]}: {fault[2]}")
def test_a_seeded_fault_of_merges_is_noticed(acme, fault):
    with sown(*fault):
        assert stumbles_over(mistaken_lives())

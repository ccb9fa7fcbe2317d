"""What a merge brought over and what was done with it since: what blocks of its undo, and what does not.

Mei keeps, Wang comes over; both have lots, debts, holds, coupons in each state, stored value and a tier.
"""

from datetime import timedelta

import pytest

from store.coupons import coupons
from store.coupons import gifts as coupon_gifts
from store.coupons import redemptions as coupon_redemptions
from store.customers import members
from store.customers.members import Member
from store.points import reversals as point_reversals
from store.tenants import business_days
from store.tiers import evaluation as tier_evaluation
from store.tiers import tiers
from tests.store.customers.merging.conftest import blocker_messages, merge_by_identity_card
from tests.support import coupon_fixtures, two_customers
from tests.support.two_customers import (
    START,
    get_coupon_in_state,
    merge_and_get,
    unmerged,
)

pytestmark = pytest.mark.usefixtures("verify_afterwards")


class TestPurchases:
    """Orders."""

    def test_an_order_that_was_given_back_since_is_named(self, town):
        row = merge_and_get(town)
        back = [point_reversals.ReturnedLine(line="1", numerator=1, denominator=3)]
        two_customers.point_order_accrual.post_return(
            order_number="wang-0", number="r2", lines=back, refunded_fen=3_000
        )
        assert "合并过来的订单 wang-0 已退货" in blocker_messages(row)

    def test_first_and_last_purchase_are_each_one_s_own_again(self, pair, now):
        mei, wang = pair
        at = {}
        for member, key in ((wang, "w"), (mei, "m")):
            now.shift(timedelta(days=1))
            two_customers.point_order_accrual.purchases.record(member=member, order_number=key, paid_fen=1)
            at[key] = two_customers.clock.now()
        row = merge_by_identity_card(mei, wang)
        now.shift(timedelta(days=1))
        two_customers.point_order_accrual.purchases.record(member=mei, order_number="since", paid_fen=1)
        unmerged(row)
        mei, wang = Member.get_by_id(mei.id), Member.get_by_id(wang.id)
        assert (mei.first_purchase_at, mei.latest_purchase_at) == (at["m"], two_customers.clock.now())
        assert (wang.first_purchase_at, wang.latest_purchase_at) == (at["w"], at["w"])


class TestCoupons:
    """Piece by piece."""

    @pytest.fixture
    def row(self, town):
        return merge_and_get(town)

    @pytest.fixture
    def coupon(self, row):
        """One of Wang's that nothing has happened to."""
        return next(
            coupon
            for coupon in coupons.list_wallet(refetch_member(row))
            if coupon.issue_key == "key:welcome" and coupon.sequence == 2
        )

    def test_used_since(self, town, row, coupon):
        coupon_redemptions.redeem(
            member=town.mei, codes=[coupon.code], basket=coupon_fixtures.make_basket(), order_number="s"
        )
        assert blocker_messages(row) == [f"合并过来的券（尾号 {coupon.code[-4:]}）已使用"]

    def test_held_since(self, town, row, coupon):
        coupon_redemptions.hold(
            member=town.mei, codes=[coupon.code], basket=coupon_fixtures.make_basket(), order_number="s"
        )
        assert blocker_messages(row) == [f"合并过来的券（尾号 {coupon.code[-4:]}）使用中"]
        coupon_redemptions.release(order_number="s")
        assert blocker_messages(row) == []

    def test_offered_or_given_away_since(self, town, row, coupon):
        _, token = coupon_gifts.create_gift(coupon=coupon, giver=town.mei)
        assert blocker_messages(row) == [f"合并过来的券（尾号 {coupon.code[-4:]}）转赠中"]
        coupon_gifts.accept(token=token, receiver=town.friend)
        assert blocker_messages(row) == [f"合并过来的券（尾号 {coupon.code[-4:]}）已转赠他人"]

    def test_voided_since(self, row, coupon):
        coupons.void(coupon, reason="误发")
        assert blocker_messages(row) == [f"合并过来的券（尾号 {coupon.code[-4:]}）已作废"]

    def test_what_was_pending_and_was_used_since(self, row):
        coupon_redemptions.commit(order_number="wang-c-held", received_fen=4_500)
        assert len(blocker_messages(row)) == 1

    def test_what_was_pending_and_fell_through_goes_back_free(self, town, row):
        coupon_redemptions.release(order_number="wang-c-held")
        coupon_redemptions.refund(order_number="wang-c-used")
        unmerged(row)
        assert {use.member_id for use in coupon_redemptions.list_for_order("wang-c-held")} == {town.wang.id}
        assert coupon_redemptions.list_for_order("wang-c-held")[0].coupon.state == "issued"

    def test_given_back_and_used_anew_is_used(self, town, row):
        coupon_redemptions.refund(order_number="wang-c-used")
        (use,) = coupon_redemptions.list_for_order("wang-c-used")
        again = {"codes": [use.coupon.code], "basket": coupon_fixtures.make_basket()}
        coupon_redemptions.redeem(member=town.mei, order_number="s", **again)
        assert len(blocker_messages(row)) == 1

    def test_over_since_goes_back_as_it_is(self, town, row, now):
        now.shift(timedelta(days=29))
        coupon_gifts.time_out_due()
        now.move_to(START + timedelta(days=33, minutes=5))
        coupons.expire_due()
        unmerged(row)
        assert get_coupon_in_state(town.wang, "expired").member_id == town.wang.id

    def test_claims_since_are_counted_on_from_the_survivor_s_own(self, town, row):
        """Seven each; the fifteenth is Mei's eighth again, and she may claim one more."""
        since = coupons.claim(rule=town.rule, member=town.mei, source="h5")
        assert since.sequence == 15
        unmerged(row)
        assert coupons.count_claimed(town.rule, town.mei) == 8
        assert coupons.count_claimed(town.rule, town.wang) == 7


def refetch_member(row):
    return members.get_or_create(row.survivor)


class TestTiers:
    """Wang is gold by hand, Mei has the base tier."""

    def test_each_has_their_own_again(self, town):
        row = merge_and_get(town)
        assert tiers.find_active(town.mei).tier.code == "gold"
        unmerged(row)
        assert (tiers.find_active(town.mei).tier.code, tiers.find_active(town.wang).tier.code) == (
            "base",
            "gold",
        )

    def test_what_the_survivor_rose_to_since_stays_and_the_duplicate_has_the_old_one(self, town):
        row = merge_and_get(town)
        top = tiers.add(programme=town.mei.programme, code="top", name="黑卡", rank=9)
        tier_evaluation.change_tier(member=town.mei, tier=top, reason="活动")
        unmerged(row)
        assert (tiers.find_active(town.mei).tier.code, tiers.find_active(town.wang).tier.code) == (
            "top",
            "gold",
        )

    def test_a_lower_tier_since_gives_way_to_the_survivor_s_own(self, pair):
        """Mei's silver ended when platinum came over with Wang, which was then taken down to the base."""
        mei, wang = pair
        silver, platinum = (
            tiers.add(programme=mei.programme, code=code, name=code, rank=rank)
            for code, rank in (("silver", 2), ("platinum", 3))
        )
        tier_evaluation.change_tier(member=mei, tier=silver, reason="活动")
        tier_evaluation.change_tier(member=wang, tier=platinum, reason="活动")
        row = merge_by_identity_card(mei, wang)
        tier_evaluation.change_tier(member=mei, tier=tiers.find_base_tier(mei.programme_id), reason="误升")
        unmerged(row)
        assert (tiers.find_active(mei).tier.code, tiers.find_active(wang).tier.code) == ("silver", "platinum")

    def test_of_one_tier_each_has_their_own_days_again(self, pair):
        """Wang's gold lasted longer and went on for both; parted, Mei's ends when it would have."""
        mei, wang = pair
        until = self.gold_until(pair, 10, 19)
        row = merge_by_identity_card(mei, wang)
        assert tiers.find_active(mei).valid_until == until[1]
        unmerged(row)
        assert [tiers.find_active(member).valid_until for member in pair] == until

    def test_of_one_tier_since_what_lasts_longest_stays(self, pair):
        """Mei was given up to a higher tier's and came back to gold, which ends before her own would have."""
        mei, wang = pair
        until = self.gold_until(pair, 19, 19)
        top = tiers.add(programme=mei.programme, code="top", name="黑卡", rank=9)
        tier_evaluation.change_tier(member=wang, tier=top, reason="活动")
        row = merge_by_identity_card(mei, wang)
        back = tier_evaluation.change_tier(
            member=mei, tier=tiers.Tier.get(tiers.Tier.code == "gold"), reason="误升"
        )
        back.update_fields(valid_until=until[0] - timedelta(days=9))
        unmerged(row)
        assert (tiers.find_active(mei).valid_until, tiers.find_active(wang).tier.code) == (until[0], "top")

    def gold_until(self, pair, *days):
        until = [business_days.end_of(business_days.today() + timedelta(days=day)) for day in days]
        for member, end in zip(pair, until, strict=True):
            tiers.find_active(member).update_fields(
                tier=tiers.Tier.get(tiers.Tier.code == "gold"), valid_until=end
            )
        return until

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
from store.customers.merging import merges
from store.customers.merging import undo as merge_undo
from store.points import expiry as point_expiry
from store.points import payments as point_payments
from store.points import points
from store.points import reversals as point_reversals
from store.points.ledger import LotAllocation, PointAccount, PointEntry, PointLot
from store.stored_value import accounts as stored_value_accounts
from store.stored_value import ledger as stored_value_ledger
from store.stored_value import payment_codes, top_up_refunds, top_ups
from store.stored_value import payments as stored_value_payments
from store.stored_value import statements as stored_value_statements
from store.stored_value.accounts import StoredValueSettings
from store.tenants import business_days, settings
from store.tiers import evaluation as tier_evaluation
from store.tiers import tiers
from tests.store.stored_value.conftest import balances
from tests.support import coupon_fixtures, two_customers
from tests.support.two_customers import (
    START,
    confirm_payment,
    create_paid_top_up,
    get_coupon_in_state,
    merge_and_get,
    unmerged,
)

pytestmark = pytest.mark.usefixtures("verify_afterwards")


@pytest.fixture
def pair(now, register):
    """Mei and Wang with nothing but their accounts."""
    return register("13800000001"), register("13800000002")


def merge_by_identity_card(mei, wang):
    merges.merge_manually(survivor=mei.customer, duplicate=wang.customer, proof="身份证")
    return merges.list_merges()[0]


def blocker_messages(merge):
    return [blocker.message for blocker in merge_undo.plan(merge).blockers]


def earn_points(member, value, key, *, days=None, kind="transaction"):
    until = business_days.end_of(business_days.today() + timedelta(days=days)) if days is not None else None
    return points.earn(
        member=member, kind=kind, value=value, key=key, expires_at=until, order_number=key, order_line="1"
    )


def redeem_points(member, value, key):
    return points.spend(member=member, kind="gift_redemption", value=value, key=key)


def state(member):
    """Available, accumulated, expired and owed points."""
    account = points.get_or_create_account(member)
    return account.available, account.accumulated, account.expired, account.debt


class TestPoints:
    """Lot by lot."""

    def test_what_was_earned_since_stays_and_may_be_spent(self, pair):
        """Wang's lot never ends, so that the 50 of Mei that end sooner are spent first."""
        mei, wang = pair
        earn_points(wang, 100, "w")
        row = merge_by_identity_card(mei, wang)
        earn_points(mei, 50, "since", days=5)
        redeem_points(mei, 50, "gift")
        assert blocker_messages(row) == []
        unmerged(row)
        assert state(mei) == (0, 50, 0, 0)
        assert state(wang) == (100, 100, 0, 0)

    def test_a_point_of_a_lot_that_came_over_is_missed(self, pair):
        mei, wang = pair
        earn_points(wang, 100, "w", days=5)
        earn_points(mei, 50, "m")
        row = merge_by_identity_card(mei, wang)
        redeem_points(mei, 1, "gift")
        points.spend(member=mei, kind="behaviour_decrease", value=2, key="wheel")
        assert blocker_messages(row) == [
            "合并过来的积分已用去 1 分（礼品兑换）",
            "合并过来的积分已用去 2 分（行为扣减）",
        ]

    def test_lots_that_ended_since_go_back_with_their_expiry(self, pair, now):
        """20 of Wang's end on the second day and 10 of Mei's; each has lost their own."""
        mei, wang = pair
        earn_points(wang, 20, "w", days=1)
        earn_points(wang, 5, "w2")
        earn_points(mei, 10, "m", days=1)
        row = merge_by_identity_card(mei, wang)
        now.shift(timedelta(days=3))
        assert point_expiry.expire(day=business_days.today() - timedelta(days=1)) == 2
        unmerged(row)
        assert state(mei) == (0, 10, 10, 0)
        assert state(wang) == (5, 25, 20, 0)

    @pytest.mark.parametrize("owes", ["mei", "wang"])
    def test_a_debt_that_the_merge_paid_is_owed_again(self, pair, owes):
        """30 earned, 30 spent, 30 taken back: 30 owed, which the merge pays out of the other's 100."""
        mei, wang = pair
        debtor, other = (mei, wang) if owes == "mei" else (wang, mei)
        earn_points(debtor, 30, "d")
        redeem_points(debtor, 30, "gift")
        point_reversals.reverse_earned(key="d", number="r", numerator=1, denominator=1)
        earn_points(other, 100, "o", days=9)
        row = merge_by_identity_card(mei, wang)
        assert state(mei) == (70, 100, 0, 0)
        unmerged(row)
        assert state(debtor) == (-30, 0, 0, 30)
        assert state(other) == (100, 100, 0, 0)
        assert LotAllocation.select().count() == 1

    def test_a_debt_that_the_survivor_s_points_paid_since_is_owed_again(self, pair):
        """Wang owes 30 when he comes; what Mei earns since pays it, and is hers again."""
        mei, wang = pair
        earn_points(wang, 30, "w")
        redeem_points(wang, 30, "gift")
        point_reversals.reverse_earned(key="w", number="r", numerator=1, denominator=1)
        row = merge_by_identity_card(mei, wang)
        assert state(mei)[3] == 30
        earn_points(mei, 50, "since")
        assert state(mei) == (20, 50, 0, 0)
        unmerged(row)
        assert state(mei) == (50, 50, 0, 0)
        assert state(wang) == (-30, 0, 0, 30)

    def test_a_debt_of_the_survivor_s_that_came_later_and_took_from_the_lot_is_missed(self, pair):
        """Mei's goods come back when her points are spent: Wang's lot pays."""
        mei, wang = pair
        earn_points(mei, 30, "m")
        redeem_points(mei, 30, "gift")
        earn_points(wang, 100, "w")
        row = merge_by_identity_card(mei, wang)
        point_reversals.reverse_earned(key="m", number="r", numerator=1, denominator=1)
        assert blocker_messages(row) == ["合并过来的积分已用去 30 分（退货扣回）"]

    def test_goods_of_the_duplicate_s_that_came_back_are_reported(self, pair):
        mei, wang = pair
        earn_points(wang, 30, "w")
        row = merge_by_identity_card(mei, wang)
        point_reversals.reverse_earned(key="w", number="r", numerator=1, denominator=3)
        assert blocker_messages(row) == ["合并过来的积分已因退货扣回 10 分"]

    def test_a_lot_that_paid_a_debt_and_then_ended_cannot_be_filled_again(self, pair, now):
        mei, wang = pair
        earn_points(mei, 30, "m")
        redeem_points(mei, 30, "gift")
        point_reversals.reverse_earned(key="m", number="r", numerator=1, denominator=1)
        earn_points(wang, 100, "w", days=1)
        row = merge_by_identity_card(mei, wang)
        assert blocker_messages(row) == []
        now.shift(timedelta(days=3))
        point_expiry.expire(day=business_days.today() - timedelta(days=1))
        assert blocker_messages(row) == ["抵过欠分的积分批次已过期，无法还原"]

    def test_what_was_held_for_an_order_and_released_since_is_in_its_lot_again(self, pair):
        mei, wang = pair
        earn_points(wang, 100, "w")
        point_payments.hold(member=wang, order_number="o", value=40, total_fen=100)
        row = merge_by_identity_card(mei, wang)
        point_payments.release(order_number="o")
        unmerged(row)
        assert state(wang) == (100, 100, 0, 0)
        assert PointLot.get().remaining == 100
        assert state(mei) == (0, 0, 0, 0)

    def test_what_came_back_of_an_ended_lot_is_in_a_new_one_that_goes_back_too(self, pair, now):
        mei, wang = pair
        earn_points(wang, 40, "w", days=1)
        redeem_points(wang, 40, "gift")
        row = merge_by_identity_card(mei, wang)
        now.shift(timedelta(days=3))
        point_reversals.refund_redeemed(key="gift", number="r")
        assert state(mei)[0] == 40
        unmerged(row)
        assert state(wang) == (40, 40, 0, 0)
        assert state(mei) == (0, 0, 0, 0)

    def test_who_had_no_account_keeps_what_was_earned_since(self, now, register, create_follower):
        wang = register("13800000002")
        earn_points(wang, 100, "w")
        follower_ = create_follower("o-follower")
        members.get_or_create(follower_)
        merges.merge(survivor=follower_, duplicate=wang.customer, proof="test")
        mei = members.get_or_create(follower_)
        earn_points(mei, 7, "since")
        unmerged(merges.list_merges()[0])
        assert (state(mei)[0], state(wang)[0]) == (7, 100)
        assert PointAccount.select().count() == 4

    def test_the_number_of_a_dropped_account_waits_for_it(self, now, register):
        """Others that are opened meanwhile get numbers of their own."""
        chen, wang, mei = (register(f"1380000000{number}") for number in (1, 2, 3))
        for value, member in ((1, chen), (2, wang), (3, mei)):
            earn_points(member, value, str(value))
        first, second = merge_by_identity_card(mei, wang), merge_by_identity_card(chen, mei)
        others = [register(f"1380000000{number}") for number in (4, 5)]
        for member in others:
            earn_points(member, 7, str(member.id))
        unmerged(second)
        unmerged(first)
        assert [state(member)[0] for member in (chen, wang, mei, *others)] == [1, 2, 3, 7, 7]

    def test_a_message_repeated_after_the_undo_is_not_entered_twice(self, pair):
        """What was earned for Wang since the merge is Mei's: his repeat finds it there and is refused."""
        mei, wang = pair
        row = merge_by_identity_card(mei, wang)
        assert earn_points(wang, 10, "since").account.member_id == mei.id
        unmerged(row)
        with pytest.raises(points.errors.DomainError, match="已用于另一笔积分"):
            earn_points(wang, 10, "since")
        assert earn_points(mei, 10, "since").account.member_id == mei.id
        assert (state(mei)[0], state(wang)[0]) == (10, 0)

    def test_repeats_of_old_messages_still_find_their_entry(self, pair):
        mei, wang = pair
        earn_points(wang, 100, "w")
        unmerged(merge_by_identity_card(mei, wang))
        assert earn_points(wang, 100, "w").account.member_id == wang.id
        assert PointEntry.select().count() == 1


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
        coupon_redemptions.commit(order_number="wang-c-held", paid_fen=4_500)
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


class TestStoredValue:
    """Merged value must still be there; what is booked for the duplicate's orders belongs to the duplicate."""

    def test_what_was_topped_up_and_spent_since_is_the_survivor_s(self, pair):
        mei, wang = pair
        create_paid_top_up(wang, 10_000, key="w")
        row = merge_by_identity_card(mei, wang)
        create_paid_top_up(mei, 5_000, key="since")
        stored_value_payments.spend(member=mei, amount_fen=4_999, key="s")
        unmerged(row)
        assert balances(mei) == (1, 0, 0)
        assert balances(wang) == (10_000, 0, 0)

    def test_a_fen_too_much_is_a_fen_too_much(self, pair):
        mei, wang = pair
        create_paid_top_up(wang, 10_000, key="w")
        create_paid_top_up(mei, 5_000, key="m")
        row = merge_by_identity_card(mei, wang)
        stored_value_payments.spend(member=mei, amount_fen=5_001, key="s")
        assert blocker_messages(row) == ["合并过来的储值已用去：本金 0.01 元"]
        stored_value_payments.refund(key="s", amount_fen=1, refund_key="r")
        assert blocker_messages(row) == []

    def test_principal_and_bonus_have_to_be_there_each_for_itself(self, pair):
        """100 + 10 of Wang's and 100 of Mei's; 100 spent by share take 4.76 of the bonus."""
        mei, wang = pair
        two_customers.top_up_rules.add(
            code="s", name="充送", steps=[{"amount_fen": 10_000, "bonus_fen": 1_000}]
        )
        create_paid_top_up(wang, 10_000, key="w")
        create_paid_top_up(mei, 9_000, key="m")
        row = merge_by_identity_card(mei, wang)
        stored_value_payments.spend(member=mei, amount_fen=2_000, key="s")
        assert blocker_messages(row) == ["合并过来的储值已用去：赠金 1.00 元"]

    def test_a_hold_that_was_spent_since_is_named(self, town):
        row = merge_and_get(town)
        stored_value_payments.commit(key="wang-held")
        assert blocker_messages(row) == ["合并过来的预扣 10.00 元已转为消费"]

    def test_a_hold_that_was_released_since_is_free_again(self, town):
        before = stored_value_ledger.account_totals(), balances(town.wang)
        row = merge_and_get(town)
        stored_value_payments.release(key="wang-held")
        unmerged(row)
        principal, bonus, held = before[1]
        assert sum(balances(town.wang)) == principal + bonus + held
        assert balances(town.wang)[2] == 0
        assert (
            stored_value_payments.select_for_member(town.wang)
            .where(stored_value_payments.StoredValuePayment.key == "wang-held")
            .get()
            .state
            == "released"
        )

    @pytest.mark.parametrize("own_hold", [0, 1_000, 5_000])
    def test_what_was_held_is_free_again_however_much_the_survivor_holds(self, pair, own_hold):
        mei, wang = pair
        create_paid_top_up(mei, 10_000, key="m")
        create_paid_top_up(wang, 20_000, key="w")
        if own_hold:
            stored_value_payments.hold(member=mei, amount_fen=own_hold, key="m-held")
        stored_value_payments.hold(member=wang, amount_fen=3_000, key="w-held")
        row = merge_by_identity_card(mei, wang)
        stored_value_payments.release(key="w-held")
        unmerged(row)
        assert balances(wang) == (20_000, 0, 0)
        assert balances(mei) == (10_000 - own_hold, 0, own_hold)

    def test_a_top_up_that_was_paid_back_since_is_named(self, town):
        row = merge_and_get(town)
        number = top_ups.TopUp.get(top_ups.TopUp.key == "wang-a").number
        top_up_refunds.request(number=number, amount_fen=500, key="s", reason="顾客要求")
        assert blocker_messages(row)[-1] == f"合并过来的充值 {number} 已退款 5.00 元"

    def test_a_top_up_that_was_paid_since_is_the_duplicate_s_and_so_is_its_rule_for_once(self, town, now):
        own = sum(balances(town.wang))
        row = merge_and_get(town)
        confirm_payment(top_ups.TopUp.get(top_ups.TopUp.key == "wang-open"))
        unmerged(row)
        assert sum(balances(town.wang)) == own + 59_000
        assert top_ups.quote_bonus(member=town.wang, amount_fen=50_000).bonus_fen == 1_000  # and no 9,000
        confirm_payment(top_ups.TopUp.get(top_ups.TopUp.key == "mei-open"))
        keys = {each.single_use_key for each in top_ups.TopUp.select() if each.single_use_key}
        assert keys == {f"2:{town.mei.id}", f"2:{town.wang.id}"}

    def test_money_back_for_the_duplicate_s_purchase_is_the_duplicate_s(self, town):
        own = sum(balances(town.wang))
        row = merge_and_get(town)
        stored_value_payments.refund(key="wang-spent", amount_fen=600, refund_key="s")
        unmerged(row)
        assert sum(balances(town.wang)) == own + 600

    def test_both_statements_add_up(self, town):
        row = merge_and_get(town)
        stored_value_payments.refund(key="wang-spent", amount_fen=600, refund_key="s")
        unmerged(row)
        for member in (town.mei, town.wang):
            lines = stored_value_statements.list_lines(member, limit=100)
            account = stored_value_accounts.find_by_member(member)
            assert sum(line.principal_fen for line in lines) == account.principal_fen
            assert sum(line.bonus_fen for line in lines) == account.bonus_fen
        assert stored_value_statements.list_lines(town.wang)[0].reason == "撤销合并，转回合并期间的往来"

    def test_merged_parted_and_merged_again_nothing_is_counted_twice(self, town):
        own = [sum(balances(member)) for member in (town.mei, town.wang)]
        row = merge_and_get(town)
        stored_value_payments.refund(key="wang-spent", amount_fen=600, refund_key="s")
        unmerged(row)
        unmerged(merge_and_get(town))
        assert [sum(balances(member)) for member in (town.mei, town.wang)] == [own[0], own[1] + 600]

    def test_above_the_limit_both_find_headroom_again(self, pair):
        mei, wang = pair
        for member, key in ((mei, "m"), (wang, "w")):
            create_paid_top_up(member, 400_000, key=key)
        unmerged(merge_by_identity_card(mei, wang))
        assert [stored_value_accounts.find_by_member(member).limit_fen for member in (mei, wang)] == [
            500_000,
            500_000,
        ]
        settings.change(StoredValueSettings, real_name_max_fen=500_000)
        create_paid_top_up(mei, 100_000, key="more")

    def test_a_freeze_since_the_merge_warns_of_both(self, pair):
        mei, wang = pair
        create_paid_top_up(wang, 100, key="w")
        row = merge_by_identity_card(mei, wang)
        stored_value_accounts.freeze(member=mei, reason="盗刷")
        unmerged(row)
        assert [stored_value_accounts.find_by_member(member).frozen_reason for member in (mei, wang)] == [
            "盗刷",
            "盗刷",
        ]

    def test_a_payment_code_shown_since_is_no_good(self, pair, now):
        mei, wang = pair
        create_paid_top_up(wang, 100, key="w")
        row = merge_by_identity_card(mei, wang)
        now.shift(timedelta(seconds=1))
        code = payment_codes.issue_code(member=mei).code
        unmerged(row)
        with pytest.raises(payment_codes.errors.DomainError, match="付款码"):
            payment_codes.resolve_code(code=code, till="1")


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

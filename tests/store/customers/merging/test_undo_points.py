"""Undoing a merge: points of both, and what was done with them since."""

from datetime import timedelta

import pytest

from store.customers import members
from store.customers.merging import merges
from store.points import expiry as point_expiry
from store.points import payments as point_payments
from store.points import points
from store.points import reversals as point_reversals
from store.points.ledger import LotAllocation, PointAccount, PointEntry, PointLot
from store.tenants import business_days
from tests.store.customers.merging.conftest import blocker_messages, merge_by_identity_card
from tests.support.two_customers import (
    unmerged,
)

pytestmark = pytest.mark.usefixtures("verify_afterwards")


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
        point_payments.hold(member=wang, order_number="o", points=40, amount_fen=40, limit_fen=100)
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

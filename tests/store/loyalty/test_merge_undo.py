"""What a merge brought over and what was done with it since: what stands in the way of its undo, and what does not.

Mei keeps, Wang comes over; both have lots, debts, holds, coupons in each state, stored value and a tier.
"""

from datetime import timedelta

import pytest
import time_machine

from store.company import calendar, settings
from store.loyalty import (
    coupon_gifts,
    coupon_uses,
    coupons,
    payment_codes,
    point_expiry,
    point_payments,
    point_returns,
    points,
    stored_values,
    tier_moves,
    tiers,
    top_up_refunds,
    top_ups,
    value_ledger,
    value_spends,
    value_statements,
)
from store.loyalty.point_accounts import PointAccount, PointEntry, PointLot, PointRelation
from store.loyalty.stored_values import StoredValueRules
from store.people import members, merges, unmerges
from store.people.members import Member
from tests.store.loyalty import coupon_world
from tests.store.loyalty.value.conftest import balances
from tests.store.people import two_lives
from tests.store.people.two_lives import START, coupon_in, merged, paid, parted, topped_up

pytestmark = pytest.mark.usefixtures("sound")


@pytest.fixture
def now(acme):
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def town(now):
    return two_lives.town(now)


@pytest.fixture
def pair(now, register):
    """Mei and Wang with nothing but their accounts."""
    return register("13800000001"), register("13800000002")


def joined(mei, wang):
    merges.merge_by_hand(keep=mei.customer, lose=wang.customer, proof="身份证")
    return merges.listing()[0]


def sentences(merge):
    return [hindrance.sentence for hindrance in unmerges.plan(merge).hindrances]


def earned(member, value, key, *, days=None, kind="transaction"):
    until = calendar.end_of(calendar.today() + timedelta(days=days)) if days is not None else None
    return points.earn(
        member=member, kind=kind, value=value, key=key, expires_at=until, order_number=key, order_line="1"
    )


def redeemed(member, value, key):
    return points.spend(member=member, kind="gift_redemption", value=value, key=key)


def state(member):
    """Available, accumulated, expired and owed points."""
    account = points.account(member)
    return account.available, account.accumulated, account.expired, account.owed


class TestPoints:
    """Lot by lot."""

    def test_what_was_earned_since_stays_and_may_be_spent(self, pair):
        """Wang's lot never ends, so that the 50 of Mei that end sooner are spent first."""
        mei, wang = pair
        earned(wang, 100, "w")
        row = joined(mei, wang)
        earned(mei, 50, "since", days=5)
        redeemed(mei, 50, "gift")
        assert sentences(row) == []
        parted(row)
        assert state(mei) == (0, 50, 0, 0)
        assert state(wang) == (100, 100, 0, 0)

    def test_a_point_of_a_lot_that_came_over_is_missed(self, pair):
        mei, wang = pair
        earned(wang, 100, "w", days=5)
        earned(mei, 50, "m")
        row = joined(mei, wang)
        redeemed(mei, 1, "gift")
        points.spend(member=mei, kind="behaviour_decrease", value=2, key="wheel")
        assert sentences(row) == [
            "合并过来的积分已用去 1 分（礼品兑换）",
            "合并过来的积分已用去 2 分（行为扣减）",
        ]

    def test_lots_that_ended_since_go_back_with_their_expiry(self, pair, now):
        """20 of Wang's end on the second day and 10 of Mei's; each has lost their own."""
        mei, wang = pair
        earned(wang, 20, "w", days=1)
        earned(wang, 5, "w2")
        earned(mei, 10, "m", days=1)
        row = joined(mei, wang)
        now.shift(timedelta(days=3))
        assert point_expiry.expire(day=calendar.today() - timedelta(days=1)) == 2
        parted(row)
        assert state(mei) == (0, 10, 10, 0)
        assert state(wang) == (5, 25, 20, 0)

    @pytest.mark.parametrize("owes", ["mei", "wang"])
    def test_a_debt_that_the_merge_paid_is_owed_again(self, pair, owes):
        """30 earned, 30 spent, 30 taken back: 30 owed, which the merge pays out of the other's 100."""
        mei, wang = pair
        debtor, other = (mei, wang) if owes == "mei" else (wang, mei)
        earned(debtor, 30, "d")
        redeemed(debtor, 30, "gift")
        point_returns.take_back(key="d", number="r", part=1, whole=1)
        earned(other, 100, "o", days=9)
        row = joined(mei, wang)
        assert state(mei) == (70, 100, 0, 0)
        parted(row)
        assert state(debtor) == (-30, 0, 0, 30)
        assert state(other) == (100, 100, 0, 0)
        assert PointRelation.select().count() == 1

    def test_a_debt_that_the_survivor_s_points_paid_since_is_owed_again(self, pair):
        """Wang owes 30 when he comes; what Mei earns since pays it, and is hers again."""
        mei, wang = pair
        earned(wang, 30, "w")
        redeemed(wang, 30, "gift")
        point_returns.take_back(key="w", number="r", part=1, whole=1)
        row = joined(mei, wang)
        assert state(mei)[3] == 30
        earned(mei, 50, "since")
        assert state(mei) == (20, 50, 0, 0)
        parted(row)
        assert state(mei) == (50, 50, 0, 0)
        assert state(wang) == (-30, 0, 0, 30)

    def test_a_debt_of_the_survivor_s_that_came_later_and_took_from_the_lot_is_missed(self, pair):
        """Mei's goods come back when her points are spent: Wang's lot pays."""
        mei, wang = pair
        earned(mei, 30, "m")
        redeemed(mei, 30, "gift")
        earned(wang, 100, "w")
        row = joined(mei, wang)
        point_returns.take_back(key="m", number="r", part=1, whole=1)
        assert sentences(row) == ["合并过来的积分已用去 30 分（退货扣回）"]

    def test_goods_of_the_loser_s_that_came_back_are_told(self, pair):
        mei, wang = pair
        earned(wang, 30, "w")
        row = joined(mei, wang)
        point_returns.take_back(key="w", number="r", part=1, whole=3)
        assert sentences(row) == ["合并过来的积分已因退货扣回 10 分"]

    def test_a_lot_that_paid_a_debt_and_then_ended_cannot_be_filled_again(self, pair, now):
        mei, wang = pair
        earned(mei, 30, "m")
        redeemed(mei, 30, "gift")
        point_returns.take_back(key="m", number="r", part=1, whole=1)
        earned(wang, 100, "w", days=1)
        row = joined(mei, wang)
        assert sentences(row) == []
        now.shift(timedelta(days=3))
        point_expiry.expire(day=calendar.today() - timedelta(days=1))
        assert sentences(row) == ["抵过欠分的积分批次已过期，无法还原"]

    def test_what_was_held_for_an_order_and_released_since_is_in_its_lot_again(self, pair):
        mei, wang = pair
        earned(wang, 100, "w")
        point_payments.hold(member=wang, order_number="o", value=40, total_fen=100)
        row = joined(mei, wang)
        point_payments.release(order_number="o")
        parted(row)
        assert state(wang) == (100, 100, 0, 0)
        assert PointLot.get().left == 100
        assert state(mei) == (0, 0, 0, 0)

    def test_what_came_back_of_an_ended_lot_lies_in_a_new_one_that_goes_back_too(self, pair, now):
        mei, wang = pair
        earned(wang, 40, "w", days=1)
        redeemed(wang, 40, "gift")
        row = joined(mei, wang)
        now.shift(timedelta(days=3))
        point_returns.give_back(key="gift", number="r")
        assert state(mei)[0] == 40
        parted(row)
        assert state(wang) == (40, 40, 0, 0)
        assert state(mei) == (0, 0, 0, 0)

    def test_who_had_no_account_keeps_what_was_earned_since(self, now, register, fan):
        wang = register("13800000002")
        earned(wang, 100, "w")
        fan_ = fan("o-fan")
        members.of_customer(fan_)
        merges.merge(keep=fan_, lose=wang.customer, proof="test")
        mei = members.of_customer(fan_)
        earned(mei, 7, "since")
        parted(merges.listing()[0])
        assert (state(mei)[0], state(wang)[0]) == (7, 100)
        assert PointAccount.select().count() == 4

    def test_the_number_of_a_dropped_account_waits_for_it(self, now, register):
        """Others that are opened meanwhile get numbers of their own."""
        chen, wang, mei = (register(f"1380000000{number}") for number in (1, 2, 3))
        for value, member in ((1, chen), (2, wang), (3, mei)):
            earned(member, value, str(value))
        first, second = joined(mei, wang), joined(chen, mei)
        others = [register(f"1380000000{number}") for number in (4, 5)]
        for member in others:
            earned(member, 7, str(member.id))
        parted(second)
        parted(first)
        assert [state(member)[0] for member in (chen, wang, mei, *others)] == [1, 2, 3, 7, 7]

    def test_a_message_repeated_after_the_undo_is_not_entered_twice(self, pair):
        """What was earned for Wang since the merge is Mei's: his repeat finds it there and is refused."""
        mei, wang = pair
        row = joined(mei, wang)
        assert earned(wang, 10, "since").account.member_id == mei.id
        parted(row)
        with pytest.raises(points.refusals.Refused, match="已用于另一笔积分"):
            earned(wang, 10, "since")
        assert earned(mei, 10, "since").account.member_id == mei.id
        assert (state(mei)[0], state(wang)[0]) == (10, 0)

    def test_repeats_of_old_messages_still_find_their_entry(self, pair):
        mei, wang = pair
        earned(wang, 100, "w")
        parted(joined(mei, wang))
        assert earned(wang, 100, "w").account.member_id == wang.id
        assert PointEntry.select().count() == 1


class TestPurchases:
    """Orders."""

    def test_an_order_that_was_given_back_since_is_named(self, town):
        row = merged(town)
        back = [point_returns.ReturnedLine(line="1", part=1, whole=3)]
        two_lives.accruals.reverse(order_number="wang-0", number="r2", lines=back, refunded_fen=3_000)
        assert "合并过来的订单 wang-0 已退货" in sentences(row)

    def test_first_and_last_purchase_are_each_one_s_own_again(self, pair, now):
        mei, wang = pair
        at = {}
        for member, key in ((wang, "w"), (mei, "m")):
            now.shift(timedelta(days=1))
            two_lives.accruals.purchases.record(member=member, order_number=key, paid_fen=1)
            at[key] = two_lives.clock.now()
        row = joined(mei, wang)
        now.shift(timedelta(days=1))
        two_lives.accruals.purchases.record(member=mei, order_number="since", paid_fen=1)
        parted(row)
        mei, wang = Member.get_by_id(mei.id), Member.get_by_id(wang.id)
        assert (mei.first_purchase_at, mei.latest_purchase_at) == (at["m"], two_lives.clock.now())
        assert (wang.first_purchase_at, wang.latest_purchase_at) == (at["w"], at["w"])


class TestCoupons:
    """Piece by piece."""

    @pytest.fixture
    def row(self, town):
        return merged(town)

    @pytest.fixture
    def coupon(self, row):
        """One of Wang's that nothing has happened to."""
        return next(
            coupon
            for coupon in coupons.wallet(row_member(row))
            if coupon.origin == "key:welcome" and coupon.nth == 2
        )

    def test_used_since(self, town, row, coupon):
        coupon_uses.redeem(
            member=town.mei, codes=[coupon.code], basket=coupon_world.basket(), order_number="s"
        )
        assert sentences(row) == [f"合并过来的券（尾号 {coupon.code[-4:]}）已使用"]

    def test_held_since(self, town, row, coupon):
        coupon_uses.hold(member=town.mei, codes=[coupon.code], basket=coupon_world.basket(), order_number="s")
        assert sentences(row) == [f"合并过来的券（尾号 {coupon.code[-4:]}）使用中"]
        coupon_uses.release(order_number="s")
        assert sentences(row) == []

    def test_offered_or_given_away_since(self, town, row, coupon):
        _, token = coupon_gifts.offer(coupon=coupon, giver=town.mei)
        assert sentences(row) == [f"合并过来的券（尾号 {coupon.code[-4:]}）转赠中"]
        coupon_gifts.accept(token=token, receiver=town.friend)
        assert sentences(row) == [f"合并过来的券（尾号 {coupon.code[-4:]}）已转赠他人"]

    def test_voided_since(self, row, coupon):
        coupons.void(coupon, reason="误发")
        assert sentences(row) == [f"合并过来的券（尾号 {coupon.code[-4:]}）已作废"]

    def test_what_was_pending_and_was_used_since(self, row):
        coupon_uses.commit(order_number="wang-c-held", paid_fen=4_500)
        assert len(sentences(row)) == 1

    def test_what_was_pending_and_fell_through_goes_back_free(self, town, row):
        coupon_uses.release(order_number="wang-c-held")
        coupon_uses.give_back(order_number="wang-c-used")
        parted(row)
        assert {use.member_id for use in coupon_uses.of_order("wang-c-held")} == {town.wang.id}
        assert coupon_uses.of_order("wang-c-held")[0].coupon.state == "issued"

    def test_given_back_and_used_anew_is_used(self, town, row):
        coupon_uses.give_back(order_number="wang-c-used")
        (use,) = coupon_uses.of_order("wang-c-used")
        again = {"codes": [use.coupon.code], "basket": coupon_world.basket()}
        coupon_uses.redeem(member=town.mei, order_number="s", **again)
        assert len(sentences(row)) == 1

    def test_over_since_goes_back_as_it_is(self, town, row, now):
        now.shift(timedelta(days=29))
        coupon_gifts.time_out_due()
        now.move_to(START + timedelta(days=33, minutes=5))
        coupons.expire_due()
        parted(row)
        assert coupon_in(town.wang, "expired").member_id == town.wang.id

    def test_claims_since_are_counted_on_from_the_survivor_s_own(self, town, row):
        """Seven each; the fifteenth is Mei's eighth again, and she may claim one more."""
        since = coupons.claim(rule=town.rule, member=town.mei, source="h5")
        assert since.nth == 15
        parted(row)
        assert coupons.claimed(town.rule, town.mei) == 8
        assert coupons.claimed(town.rule, town.wang) == 7


def row_member(row):
    return members.of_customer(row.survivor)


class TestStoredValue:
    """Fen by fen: what came over has to be there still; what is booked for the loser's orders is the loser's."""

    def test_what_was_topped_up_and_spent_since_is_the_survivor_s(self, pair):
        mei, wang = pair
        topped_up(wang, 10_000, key="w")
        row = joined(mei, wang)
        topped_up(mei, 5_000, key="since")
        value_spends.spend(member=mei, amount_fen=4_999, key="s")
        parted(row)
        assert balances(mei) == (1, 0, 0)
        assert balances(wang) == (10_000, 0, 0)

    def test_a_fen_too_much_is_a_fen_too_much(self, pair):
        mei, wang = pair
        topped_up(wang, 10_000, key="w")
        topped_up(mei, 5_000, key="m")
        row = joined(mei, wang)
        value_spends.spend(member=mei, amount_fen=5_001, key="s")
        assert sentences(row) == ["合并过来的储值已用去：本金 0.01 元"]
        value_spends.refund(key="s", amount_fen=1, refund_key="r")
        assert sentences(row) == []

    def test_principal_and_bonus_have_to_be_there_each_for_itself(self, pair):
        """100 + 10 of Wang's and 100 of Mei's; 100 spent by share take 4.76 of the bonus."""
        mei, wang = pair
        two_lives.top_up_rules.add(code="s", name="充送", steps=[{"amount_fen": 10_000, "bonus_fen": 1_000}])
        topped_up(wang, 10_000, key="w")
        topped_up(mei, 9_000, key="m")
        row = joined(mei, wang)
        value_spends.spend(member=mei, amount_fen=2_000, key="s")
        assert sentences(row) == ["合并过来的储值已用去：赠金 1.00 元"]

    def test_a_hold_that_was_spent_since_is_named(self, town):
        row = merged(town)
        value_spends.commit(key="wang-held")
        assert sentences(row) == ["合并过来的预扣 10.00 元已转为消费"]

    def test_a_hold_that_was_released_since_is_free_again(self, town):
        before = value_ledger.totals(), balances(town.wang)
        row = merged(town)
        value_spends.release(key="wang-held")
        parted(row)
        principal, bonus, held = before[1]
        assert sum(balances(town.wang)) == principal + bonus + held
        assert balances(town.wang)[2] == 0
        assert (
            value_spends.of(town.wang).where(value_spends.ValueSpend.key == "wang-held").get().state
            == "released"
        )

    @pytest.mark.parametrize("own_hold", [0, 1_000, 5_000])
    def test_what_was_held_is_free_again_however_much_the_survivor_holds(self, pair, own_hold):
        mei, wang = pair
        topped_up(mei, 10_000, key="m")
        topped_up(wang, 20_000, key="w")
        if own_hold:
            value_spends.hold(member=mei, amount_fen=own_hold, key="m-held")
        value_spends.hold(member=wang, amount_fen=3_000, key="w-held")
        row = joined(mei, wang)
        value_spends.release(key="w-held")
        parted(row)
        assert balances(wang) == (20_000, 0, 0)
        assert balances(mei) == (10_000 - own_hold, 0, own_hold)

    def test_a_top_up_that_was_paid_back_since_is_named(self, town):
        row = merged(town)
        number = top_ups.TopUp.get(top_ups.TopUp.key == "wang-a").number
        top_up_refunds.ask(number=number, amount_fen=500, key="s", reason="顾客要求")
        assert sentences(row)[-1] == f"合并过来的充值 {number} 已退款 5.00 元"

    def test_a_top_up_that_was_paid_since_is_the_loser_s_and_so_is_its_rule_for_once(self, town, now):
        own = sum(balances(town.wang))
        row = merged(town)
        paid(top_ups.TopUp.get(top_ups.TopUp.key == "wang-open"))
        parted(row)
        assert sum(balances(town.wang)) == own + 59_000
        assert top_ups.quote(member=town.wang, amount_fen=50_000).bonus_fen == 1_000  # and no 9,000
        paid(top_ups.TopUp.get(top_ups.TopUp.key == "mei-open"))
        keys = {each.once_key for each in top_ups.TopUp.select() if each.once_key}
        assert keys == {f"2:{town.mei.id}", f"2:{town.wang.id}"}

    def test_money_back_for_the_loser_s_purchase_is_the_loser_s(self, town):
        own = sum(balances(town.wang))
        row = merged(town)
        value_spends.refund(key="wang-spent", amount_fen=600, refund_key="s")
        parted(row)
        assert sum(balances(town.wang)) == own + 600

    def test_both_statements_add_up(self, town):
        row = merged(town)
        value_spends.refund(key="wang-spent", amount_fen=600, refund_key="s")
        parted(row)
        for member in (town.mei, town.wang):
            lines = value_statements.lines(member, limit=100)
            account = stored_values.of(member)
            assert sum(line.principal_fen for line in lines) == account.principal_fen
            assert sum(line.bonus_fen for line in lines) == account.bonus_fen
        assert value_statements.lines(town.wang)[0].reason == "撤销合并，转回合并期间的往来"

    def test_merged_parted_and_merged_again_nothing_is_counted_twice(self, town):
        own = [sum(balances(member)) for member in (town.mei, town.wang)]
        row = merged(town)
        value_spends.refund(key="wang-spent", amount_fen=600, refund_key="s")
        parted(row)
        parted(merged(town))
        assert [sum(balances(member)) for member in (town.mei, town.wang)] == [own[0], own[1] + 600]

    def test_above_the_limit_both_find_room_again(self, pair):
        mei, wang = pair
        for member, key in ((mei, "m"), (wang, "w")):
            topped_up(member, 400_000, key=key)
        parted(joined(mei, wang))
        assert [stored_values.of(member).limit_fen for member in (mei, wang)] == [500_000, 500_000]
        settings.change(StoredValueRules, named_most_fen=500_000)
        topped_up(mei, 100_000, key="more")

    def test_a_freeze_since_the_merge_warns_of_both(self, pair):
        mei, wang = pair
        topped_up(wang, 100, key="w")
        row = joined(mei, wang)
        stored_values.freeze(member=mei, reason="盗刷")
        parted(row)
        assert [stored_values.of(member).frozen_reason for member in (mei, wang)] == ["盗刷", "盗刷"]

    def test_a_payment_code_shown_since_is_no_good(self, pair, now):
        mei, wang = pair
        topped_up(wang, 100, key="w")
        row = joined(mei, wang)
        now.shift(timedelta(seconds=1))
        code = payment_codes.show(member=mei).code
        parted(row)
        with pytest.raises(payment_codes.refusals.Refused, match="付款码"):
            payment_codes.read(code=code, till="1")


class TestTiers:
    """Wang is gold by hand, Mei has the base tier."""

    def test_each_has_their_own_again(self, town):
        row = merged(town)
        assert tiers.of(town.mei).tier.code == "gold"
        parted(row)
        assert (tiers.of(town.mei).tier.code, tiers.of(town.wang).tier.code) == ("base", "gold")

    def test_what_the_survivor_rose_to_since_stays_and_the_loser_has_the_old_one(self, town):
        row = merged(town)
        top = tiers.add(programme=town.mei.programme, code="top", name="黑卡", rank=9)
        tier_moves.change(member=town.mei, tier=top, reason="活动")
        parted(row)
        assert (tiers.of(town.mei).tier.code, tiers.of(town.wang).tier.code) == ("top", "gold")

    def test_a_lower_tier_since_gives_way_to_the_survivor_s_own(self, pair):
        """Mei's silver ended when platinum came over with Wang, which was then taken down to the base."""
        mei, wang = pair
        silver, platinum = (
            tiers.add(programme=mei.programme, code=code, name=code, rank=rank)
            for code, rank in (("silver", 2), ("platinum", 3))
        )
        tier_moves.change(member=mei, tier=silver, reason="活动")
        tier_moves.change(member=wang, tier=platinum, reason="活动")
        row = joined(mei, wang)
        tier_moves.change(member=mei, tier=tiers.base_of(mei.programme_id), reason="误升")
        parted(row)
        assert (tiers.of(mei).tier.code, tiers.of(wang).tier.code) == ("silver", "platinum")

    def test_of_one_tier_each_has_their_own_days_again(self, pair):
        """Wang's gold lasted longer and went on for both; parted, Mei's ends when it would have."""
        mei, wang = pair
        until = self.gold_until(pair, 10, 19)
        row = joined(mei, wang)
        assert tiers.of(mei).valid_until == until[1]
        parted(row)
        assert [tiers.of(member).valid_until for member in pair] == until

    def test_of_one_tier_since_what_lasts_longest_stays(self, pair):
        """Mei was given up to a higher tier's and came back to gold, which ends before her own would have."""
        mei, wang = pair
        until = self.gold_until(pair, 19, 19)
        top = tiers.add(programme=mei.programme, code="top", name="黑卡", rank=9)
        tier_moves.change(member=wang, tier=top, reason="活动")
        row = joined(mei, wang)
        back = tier_moves.change(member=mei, tier=tiers.Tier.get(tiers.Tier.code == "gold"), reason="误升")
        back.put(valid_until=until[0] - timedelta(days=9))
        parted(row)
        assert (tiers.of(mei).valid_until, tiers.of(wang).tier.code) == (until[0], "top")

    def gold_until(self, pair, *days):
        until = [calendar.end_of(calendar.today() + timedelta(days=day)) for day in days]
        for member, end in zip(pair, until, strict=True):
            tiers.of(member).put(tier=tiers.Tier.get(tiers.Tier.code == "gold"), valid_until=end)
        return until

"""Undoing a merge: stored value of both, and what was done with it since."""

from datetime import timedelta

import pytest

from store.stored_value import accounts as stored_value_accounts
from store.stored_value import ledger as stored_value_ledger
from store.stored_value import payment_codes, top_up_refunds, top_ups
from store.stored_value import payment_records as stored_value_records
from store.stored_value import payments as stored_value_payments
from store.stored_value import statements as stored_value_statements
from store.stored_value.accounts import StoredValueSettings
from store.tenants import settings
from tests.store.customers.merging.conftest import blocker_messages, merge_by_identity_card
from tests.store.stored_value.conftest import balances
from tests.support import two_customers
from tests.support.two_customers import (
    confirm_payment,
    create_paid_top_up,
    merge_and_get,
    unmerged,
)

pytestmark = pytest.mark.usefixtures("verify_afterwards")


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
        stored_value_payments.refund_by_key(key="s", amount_fen=1, refund_key="r")
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
        stored_value_payments.commit(order_number="wang-held")
        assert blocker_messages(row) == ["合并过来的预扣 10.00 元已转为消费"]

    def test_a_hold_that_was_released_since_is_free_again(self, town):
        before = stored_value_ledger.account_totals(), balances(town.wang)
        row = merge_and_get(town)
        stored_value_payments.release(order_number="wang-held")
        unmerged(row)
        principal, bonus, held = before[1]
        assert sum(balances(town.wang)) == principal + bonus + held
        assert balances(town.wang)[2] == 0
        assert (
            stored_value_records.select_for_member(town.wang)
            .where(stored_value_records.StoredValuePayment.order_number == "wang-held")
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
            stored_value_payments.hold(member=mei, amount_fen=own_hold, order_number="m-held")
        stored_value_payments.hold(member=wang, amount_fen=3_000, order_number="w-held")
        row = merge_by_identity_card(mei, wang)
        stored_value_payments.release(order_number="w-held")
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
        stored_value_payments.refund_by_key(key="wang-spent", amount_fen=600, refund_key="s")
        unmerged(row)
        assert sum(balances(town.wang)) == own + 600

    def test_both_statements_add_up(self, town):
        row = merge_and_get(town)
        stored_value_payments.refund_by_key(key="wang-spent", amount_fen=600, refund_key="s")
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
        stored_value_payments.refund_by_key(key="wang-spent", amount_fen=600, refund_key="s")
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

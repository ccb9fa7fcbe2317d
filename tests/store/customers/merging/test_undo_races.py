"""The undo of a merge beside everything else, with real threads, and without its guards."""

from collections import Counter
from threading import Event as Signal

import pytest

from store.coupons import coupons
from store.coupons import redemptions as coupon_redemptions
from store.customers import customers, members
from store.customers.customers import Customer
from store.customers.members import Member
from store.customers.merging import merges
from store.customers.merging import undo as merge_undo
from store.integrity import verifier
from store.points import points
from store.points import postings as point_postings
from store.stored_value import accounts as stored_value_accounts
from store.stored_value import payment_records as stored_value_records
from store.stored_value import payments as stored_value_payments
from store.tenants import audit
from tests.store.stored_value.conftest import balances, create_paid_top_up
from tests.support import coupon_fixtures, database
from tests.support.races import without_write_queue
from tests.support.two_customers import unmerged


@pytest.fixture
def pair(register):
    """Mei with nothing, Wang with a hundred of everything and a hold on half of his value."""
    mei, wang = register("13800000001"), register("13800000002")
    points.earn(member=wang, kind="promotion", value=100, key="w")
    create_paid_top_up(wang, 100)
    stored_value_payments.hold(member=wang, amount_fen=50, order_number="held")
    return mei, wang


def merge_and_get(keep, lose):
    merges.merge_manually(survivor=keep.customer, duplicate=lose.customer, proof="身份证")
    return merges.list_merges()[0]


def count_outcomes(outcomes):
    """How many of each outcome there were: `ok`, or the code of the rejection."""
    return Counter(outcome.code if isinstance(outcome, Exception) else "ok" for outcome in outcomes)


SPENDING = {
    "points": (
        lambda mei: points.spend(member=mei, kind="gift_redemption", value=1, key="s"),
        "points_short",
    ),
    "stored value": (
        lambda mei: stored_value_payments.spend(member=mei, amount_fen=1, key="s"),
        "insufficient_stored_value",
    ),
}


@pytest.mark.parametrize("what", SPENDING)
def test_an_undo_and_a_purchase_at_once_end_in_one_of_them(pair, verify_afterwards, what):
    spend, short = SPENDING[what]
    row = merge_and_get(*pair)
    acts = (lambda: unmerged(row), lambda: spend(pair[0]))
    outcomes = count_outcomes(database.run_concurrently(2, lambda number: acts[number]()))
    assert outcomes in ({"ok": 1, short: 1}, {"ok": 1, "unmerge_blocked": 1})


def test_an_undo_and_the_use_of_a_coupon_at_once_end_in_one_of_them(pair, verify_afterwards):
    mei, wang = pair
    coupon = coupons.claim(rule=coupon_fixtures.create_listed_rule(), member=wang, source="h5")
    row = merge_and_get(mei, wang)
    basket = coupon_fixtures.make_basket()
    acts = (
        lambda: unmerged(row),
        lambda: coupon_redemptions.redeem(member=mei, codes=[coupon.code], basket=basket, order_number="s"),
    )
    outcomes = count_outcomes(database.run_concurrently(2, lambda number: acts[number]()))
    assert outcomes in ({"ok": 1, "not_found": 1}, {"ok": 1, "unmerge_blocked": 1})


def test_an_order_of_the_duplicate_s_paid_at_that_moment_is_his(pair, verify_afterwards):
    mei, wang = pair
    row = merge_and_get(mei, wang)
    acts = (lambda: unmerged(row), lambda: stored_value_payments.commit(order_number="held"))
    outcomes = count_outcomes(database.run_concurrently(2, lambda number: acts[number]()))
    assert outcomes in ({"ok": 2}, {"ok": 1, "unmerge_blocked": 1})
    if outcomes == {"ok": 2}:
        assert (balances(mei), balances(wang)) == ((0, 0, 0), (50, 0, 0))


def test_what_comes_in_meanwhile_is_lost_to_neither(pair, verify_afterwards):
    row = merge_and_get(*pair)

    def act(number):
        if number == 0:
            return unmerged(row)
        who = pair[number % 2]
        return points.earn(member=Member.get_by_id(who.id), kind="promotion", value=1, key=f"s{number}")

    assert count_outcomes(database.run_concurrently(8, act)) == {"ok": 8}
    assert sum(points.balance(member) for member in pair) == 107


def test_undone_by_eight_at_once_it_is_undone_once(pair, verify_afterwards):
    row = merge_and_get(*pair)
    assert count_outcomes(database.run_concurrently(8, lambda _: unmerged(row))) == {"ok": 8}
    assert audit.AuditEntry.select().where(audit.AuditEntry.action == "merges.undo").count() == 1
    assert points.balance(pair[1]) == 100


def test_an_undo_and_another_merge_of_the_survivor_at_once(pair, register, verify_afterwards):
    other = register("13800000003")
    row = merge_and_get(*pair)
    acts = (lambda: unmerged(row), lambda: merge_and_get(other, pair[0]))
    undo, merge = database.run_concurrently(2, lambda number: acts[number]())
    assert not isinstance(merge, Exception)
    apart = not isinstance(undo, Exception)
    assert apart or undo.code == "unmerge_blocked"
    wang = customers.survivor(Customer.get_by_id(pair[1].customer_id))
    assert wang.id == (pair[1].customer_id if apart else other.customer_id)


class InterleavedCalls:
    """One act stops after it has looked, until the other is done."""

    def __init__(self, monkeypatch, module, name):
        self.looked, self.done = Signal(), Signal()
        original = getattr(module, name)

        def look(*args, **kwargs):
            answer = original(*args, **kwargs)
            if not self.looked.is_set():
                self.looked.set()
                self.done.wait(10)
            return answer

        monkeypatch.setattr(module, name, look)

    def run(self, stopped, other):
        def act(number):
            if number == 0:
                return stopped()
            self.looked.wait(10)
            try:
                return other()
            finally:
                self.done.set()

        return database.run_concurrently(2, act)


def test_control_without_its_locks_what_went_back_is_spent(pair, monkeypatch):
    """The till has checked the lots, the undo takes them away, the till takes from them."""
    mei, wang = pair
    row = merge_and_get(mei, wang)
    monkeypatch.setattr(members, "lock", Member.get_by_id)
    monkeypatch.setattr(merge_undo, "_lock_merge", lambda merge: merges.get_by_id(merge.id))
    meeting = InterleavedCalls(monkeypatch, point_postings, "usable_lots")
    with without_write_queue():
        outcomes = meeting.run(
            lambda: points.spend(member=mei, kind="gift_redemption", value=60, key="s"), lambda: unmerged(row)
        )
    assert count_outcomes(outcomes) == {"ok": 2}
    assert "points.cross_account" in find_violations()


def late_payment(pair, monkeypatch):
    """The till has found the hold under Mei's account; the undo gives it back to Wang; the till goes on."""
    mei, wang = pair
    create_paid_top_up(mei, 80)
    stored_value_payments.hold(member=mei, amount_fen=80, order_number="hers")
    row = merge_and_get(mei, wang)
    meeting = InterleavedCalls(monkeypatch, stored_value_records.StoredValuePayment, "find")
    with without_write_queue():
        outcomes = meeting.run(
            lambda: stored_value_payments.commit(order_number="held"), lambda: unmerged(row)
        )
    assert count_outcomes(outcomes) == {"ok": 2}
    return balances(mei), balances(wang)


def test_a_row_that_changed_hands_while_we_waited_is_booked_where_it_is(pair, monkeypatch, verify_afterwards):
    assert late_payment(pair, monkeypatch) == ((0, 0, 80), (50, 0, 0))


def test_control_booked_where_it_was_it_takes_from_the_other(pair, monkeypatch):
    def found_once(key):
        found = stored_value_records.StoredValuePayment.find(key=key)
        account = stored_value_accounts.lock_for_member(Member.get_by_id(found.member_id))
        return stored_value_records.StoredValuePayment.get(
            stored_value_records.StoredValuePayment.key == key
        ), account

    monkeypatch.setattr(stored_value_records, "lock_by_key", found_once)
    assert late_payment(pair, monkeypatch) == ((0, 0, 30), (50, 0, 50))


def find_violations():
    return {check.name for check, found in verifier.run_checks() if found}

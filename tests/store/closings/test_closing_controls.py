"""Negative controls of the races around a closing: without its guards the same yuan leaves twice."""

from threading import Barrier

import peewee
import pytest

from store.closings import closings, listings
from store.closings.closings import MembershipClosing
from store.customers import customers
from store.stored_value import payment_records as stored_value_records
from store.stored_value import payouts
from store.stored_value.top_up_refunds import TopUpRefund
from tests.store.stored_value.conftest import balances, create_paid_top_up, spend_by_key
from tests.store.stored_value.test_stored_value_controls import post_without_lock, without_member_lock
from tests.support import database, races


@pytest.fixture
def rich(days, register):
    """A member with 100 yuan; a purchase and a payout of hers both read the balance before either writes."""
    member = register("13812345678")
    create_paid_top_up(member, 10_000)
    return member


@pytest.fixture
def read_together(monkeypatch):
    gate = Barrier(2)

    def wrap(function):
        def run(*args):
            found = function(*args)
            gate.wait(10)
            return found

        return run

    monkeypatch.setattr(stored_value_records, "ensure_spendable", wrap(stored_value_records.ensure_spendable))
    monkeypatch.setattr(payouts, "_divide_principal", wrap(payouts._divide_principal))


def spend_and_pay_out(member):
    works = [
        lambda: spend_by_key(member, 1_000, "till"),
        lambda: payouts.pay_out_all(member=member, key="closing:1", reason="会员注销"),
    ]
    return database.run_concurrently(2, lambda n: works[n]())


def test_without_the_lock_the_database_itself_stops_one_of_them(rich, read_together, monkeypatch):
    with without_member_lock(monkeypatch):
        outcomes = spend_and_pay_out(rich)
    assert [type(each) for each in outcomes if isinstance(each, Exception)] == [peewee.IntegrityError]


def test_without_lock_and_constraint_the_same_yuan_is_spent_and_refunded(rich, read_together, monkeypatch):
    monkeypatch.setattr(stored_value_records.ledger, "post_entry", post_without_lock)
    with without_member_lock(monkeypatch):
        outcomes = spend_and_pay_out(rich)
    assert not [each for each in outcomes if isinstance(each, Exception)]
    assert TopUpRefund.get().paid_fen + stored_value_records.spent_today(rich) == 11_000
    assert min(balances(rich)) >= 0


def request_twice(customer):
    version = listings.build(customer).version
    return database.run_concurrently(
        2, lambda n: closings.request(customer=customer, listing_version=version, channel="h5")
    )


def test_two_requests_at_once_are_one(rich):
    first, second = request_twice(rich.customer)
    assert first.id == second.id
    assert MembershipClosing.select().count() == 1


def test_without_lock_and_index_two_requests_at_once_are_two(rich, monkeypatch):
    customer = rich.customer
    with races.without_index("membership_closing_open"), races.without_write_queue():
        with monkeypatch.context() as patch:
            patch.setattr(customers, "lock_unless_erased", lambda customer: customer)
            patch.setattr(closings, "find_open", races.with_barrier(closings.find_open))
            request_twice(customer)
        assert MembershipClosing.select().count() == 2

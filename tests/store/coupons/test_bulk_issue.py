"""Batches: a list of members gets its coupons in batches, everybody once, whatever interrupts it."""

from datetime import timedelta

import pytest
import time_machine

from store.core import clock, outbox
from store.coupons import bulk_issue as coupon_bulk_issue
from store.coupons import coupons
from store.coupons import rules as coupon_rules
from store.coupons.coupons import Coupon
from store.customers.merging import merges
from tests.support.coupon_fixtures import WEDNESDAY_NOON, create_listed_rule, create_member, error_code_of

pytestmark = pytest.mark.usefixtures("verify_afterwards")


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(coupon_bulk_issue, "CHUNK_SIZE", 2)


@pytest.fixture
def people(acme):
    return [create_member(number) for number in range(1, 6)]


def opened(rule, people, number="N1"):
    return coupon_bulk_issue.create_batch(number=number, rule=rule, member_ids=[one.id for one in people])


def finish(batch):
    while coupon_bulk_issue.issue_chunk(batch):
        pass
    return coupon_bulk_issue.get_by_number(batch.number)


def test_everybody_on_the_list_gets_one(people):
    rule = create_listed_rule(stock=5)
    done = finish(opened(rule, [*people, people[0]]))
    assert (done.total, done.issued, done.skipped, done.finished_at is not None) == (5, 5, 0, True)
    assert [len(coupons.list_wallet(one)) for one in people] == [1] * 5


def test_the_same_number_gives_nothing_more(people):
    rule = create_listed_rule()
    finish(opened(rule, people))
    finish(opened(rule, people))
    assert Coupon.select().count() == 5
    assert error_code_of(lambda: opened(rule, people[:2])) == "key_reused"
    finish(opened(rule, people[:2], number="N2"))
    assert Coupon.select().count() == 7


def test_it_goes_on_where_it_stopped(people):
    """Two of five have theirs when the worker dies; another goes on with the third."""
    batch = opened(create_listed_rule(), people)
    assert coupon_bulk_issue.issue_chunk(batch)
    assert coupon_bulk_issue.get_by_number("N1").issued == 2
    assert finish(batch).issued == 5
    assert not coupon_bulk_issue.issue_chunk(batch)


def test_a_batch_half_given_is_right_in_the_verifier_s_eyes(people):
    """Two given, three promised: five counted at the rule, while `verify_afterwards` looks on."""
    rule = create_listed_rule(stock=5)
    coupon_bulk_issue.issue_chunk(opened(rule, people))
    assert (Coupon.select().count(), coupon_rules.lock(rule.id).issued) == (2, 5)


def test_the_relay_gives_all_batches_by_itself(people):
    opened(create_listed_rule(), people)
    while batch := outbox.claim():
        outbox.run_in_transaction(batch)
    assert coupon_bulk_issue.get_by_number("N1").issued == 5


def test_the_stock_is_promised_when_the_batch_is_opened(people):
    rule = create_listed_rule(stock=6)
    batch = opened(rule, people)
    coupons.claim(rule=rule, member=people[0], source="h5")
    assert error_code_of(lambda: coupons.claim(rule=rule, member=people[1], source="h5")) == "coupons_gone"
    assert error_code_of(lambda: opened(rule, people, number="N2")) == "coupons_gone"
    coupon_rules.unpublish(rule)
    assert finish(batch).issued == 5


def test_who_was_merged_meanwhile_is_served_once_and_the_stock_returns(people):
    rule = create_listed_rule(stock=5)
    batch = opened(rule, people)
    merges.merge_manually(survivor=people[0].customer, duplicate=people[4].customer, proof="本人到店")
    assert finish(batch).skipped == 1
    assert len(coupons.list_wallet(people[0])) == 1
    assert coupon_rules.lock(rule.id).issued == 4


ONE_DAY = {"kind": "fixed", "first_day": "2026-12-01", "last_day": "2026-12-02"}


def test_a_batch_of_coupons_that_are_over_is_not_opened(people):
    with time_machine.travel(WEDNESDAY_NOON, tick=False) as now:
        over = create_listed_rule(stock=10, validity=ONE_DAY)
        late = create_listed_rule(
            stock=10, validity={"kind": "until", "after_days": 3, "last_day": "2026-12-06"}
        )
        now.shift(timedelta(days=2))
        assert [error_code_of(lambda rule=rule: opened(rule, people)) for rule in (over, late)] == [
            "coupon_rule_over"
        ] * 2
        assert [coupon_rules.lock(rule.id).issued for rule in (over, late)] == [0, 0]


def test_what_ends_while_a_batch_is_given_is_skipped_and_the_stock_returns(people):
    """Two of five have theirs when the last day ends; the batch says so and is done."""
    with time_machine.travel(WEDNESDAY_NOON, tick=False) as now:
        rule = create_listed_rule(stock=5, validity=ONE_DAY)
        batch = opened(rule, people)
        assert coupon_bulk_issue.issue_chunk(batch)
        now.shift(timedelta(days=1))
        done = finish(batch)
        assert (done.total, done.issued, done.skipped, done.finished_at) == (5, 2, 3, clock.now())
        assert coupon_rules.lock(rule.id).issued == Coupon.select().count() == 2


def test_a_list_with_strangers_is_refused_whole(people):
    rule = create_listed_rule(stock=10)
    numbers = [people[0].id, 10**9]
    assert (
        error_code_of(lambda: coupon_bulk_issue.create_batch(number="N1", rule=rule, member_ids=numbers))
        == "invalid"
    )
    assert coupon_rules.lock(rule.id).issued == 0

"""Races for coupons, with real threads and processes: exactly one wins, and without the guard more would."""

import os
from collections import Counter
from typing import Any

import pytest

from store.coupons import bulk_issue as coupon_bulk_issue
from store.coupons import coupons
from store.coupons import gifts as coupon_gifts
from store.coupons import redemptions as coupon_redemptions
from store.coupons import rules as coupon_rules
from store.coupons import stock as coupon_stock
from store.coupons.coupons import Coupon
from store.coupons.gifts import CouponGift
from store.coupons.redemption_records import CouponRedemption
from store.coupons.rules import CouponRule
from store.customers import members
from store.customers.members import Member
from store.customers.merging import merges
from tests.support import coupon_fixtures, database
from tests.support.coupon_fixtures import create_listed_rule, create_member, make_basket
from tests.support.races import with_barrier, without_index, without_write_queue

# Every coupon is redeemed THREADS × EACH times in each of two processes; `--deep` takes 100 coupons.
COUPONS, THREADS, EACH = (100 if os.environ["DEEP"] else 2), 10, 10


def result(outcomes: list[Any]) -> Counter[str]:
    """How many of each outcome there were: `ok`, or the code of the rejection."""
    return Counter(outcome.code if isinstance(outcome, Exception) else "ok" for outcome in outcomes)


def redeemed(me: Member, code: str, order_number: str) -> str:
    """What a till is reported in the end: one that is asked to wait asks again for the same order."""
    for _ in range(10):
        try:
            coupon_redemptions.redeem(
                member=me, codes=[code], basket=make_basket(), order_number=order_number
            )
        except coupon_rules.errors.DomainError as refused:
            if refused.code != "busy":
                return refused.code
        else:
            return "ok"
    return "busy"


def redemptions(process: int, wallets: list[tuple[int, list[str]]]) -> list[tuple[str, str]]:
    """Redeem every coupon ten times in each of ten threads, each time for a new order; return the outcomes.

    Half of the threads begin with the other wallet, as a member's coupons are used one after the other.
    """
    people = {member_id: Member.get_by_id(member_id) for member_id, _ in wallets}

    def hand(number: int) -> list[tuple[str, str]]:
        return [
            (code, redeemed(people[member_id], code, f"{process}/{number}/{code}/{again}"))
            for member_id, codes in (wallets if number % 2 else wallets[::-1])
            for code in codes
            for again in range(EACH)
        ]

    return [result for hand_reported in database.run_concurrently(THREADS, hand) for result in hand_reported]


@pytest.mark.timeout(300)
def test_two_hundred_redemptions_of_a_coupon_at_once_use_it_once(process_group, verify_afterwards):
    rule, wallets = create_listed_rule(claims_per_member=COUPONS // 2), []
    for number in range(2):
        me = create_member(number)
        codes = [coupons.claim(rule=rule, member=me, source="h5").code for _ in range(COUPONS // 2)]
        wallets.append((me.id, codes))
    found = Counter(one for part in process_group.run_together(2, redemptions, wallets) for one in part)
    for code in (code for _, codes in wallets for code in codes):
        assert found[code, "ok"] == 1
        assert found[code, "coupon_not_applicable"] == 2 * THREADS * EACH - 1
    assert CouponRedemption.select().count() == COUPONS


def test_control_without_its_guards_a_coupon_is_used_twice(acme, monkeypatch):
    """Both tills have checked the coupon before either writes, and nothing counts what was written."""
    me = create_member()
    coupon = coupons.claim(rule=create_listed_rule(), member=me, source="h5")
    monkeypatch.setattr(members, "lock", lambda member_id: me)
    monkeypatch.setattr(
        coupons, "lock_by_codes", with_barrier(lambda who, codes: [Coupon.get_by_id(coupon.id)])
    )
    monkeypatch.setattr(coupons, "transition", lambda row, state: row.update_fields(state=state))
    with without_index("coupon_redemption_active"), without_write_queue():
        outcomes = database.run_concurrently(2, lambda n: redeemed(me, coupon.code, f"O{n}"))
        assert outcomes == ["ok", "ok"]


def claims(process: int, rule_id: int, numbers: list[int]) -> list[str]:
    """Every member of a process claims at the same moment."""
    mine = numbers[process::2]

    def claim(place: int) -> str:
        me, rule = Member.get_by_id(mine[place]), CouponRule.get_by_id(rule_id)
        try:
            coupons.claim(rule=rule, member=me, source="h5")
        except coupon_rules.errors.DomainError as refused:
            return refused.code
        return "ok"

    return [str(one) for one in database.run_concurrently(len(mine), claim)]


def test_the_last_of_the_stock_is_had_once_each(process_group, verify_afterwards):
    """Seven coupons, twenty-four members at once in two processes."""
    rule = create_listed_rule(stock=7)
    people = [create_member(number).id for number in range(24)]
    found = Counter(one for part in process_group.run_together(2, claims, rule.id, people) for one in part)
    assert found == {"ok": 7, "coupons_gone": 17}
    assert coupon_rules.lock(rule.id).issued == 7


def test_control_a_stock_that_is_read_and_then_written_is_oversold(acme, monkeypatch):
    look = with_barrier(CouponRule.get_by_id)

    def read_then_write(rule_id: int, quantity: int) -> CouponRule:
        rule = look(rule_id)
        assert rule.issued + quantity <= rule.stock
        rule.update_fields(issued=rule.issued + quantity)
        return rule

    rule, people = create_listed_rule(stock=1), [create_member(number) for number in range(2)]
    monkeypatch.setattr(coupon_stock, "reserve", read_then_write)
    with without_write_queue():
        database.run_concurrently(2, lambda n: coupons.claim(rule=rule, member=people[n], source="h5"))
    assert Coupon.select().count() == 2


def phones_of_one(count: int) -> list[int]:
    """One member with several openids: each is a customer's row of its own until they are merged."""
    member = create_member()
    accounts = [coupon_fixtures.create_follower(f"o-{number}") for number in range(count)]
    for account in accounts:
        merges.merge(survivor=member.customer, duplicate=account.customer, proof="test")
    return [account.id for account in accounts]


def test_several_openids_of_one_member_share_one_limit(process_group, verify_afterwards):
    """Twelve sessions of one person that began as different accounts, two claims allowed."""
    rule, accounts = create_listed_rule(claims_per_member=2), phones_of_one(12)
    found = Counter(one for part in process_group.run_together(2, claims, rule.id, accounts) for one in part)
    assert found == {"ok": 2, "claim_limit": 10}


def test_control_without_lock_and_index_the_limit_is_passed(acme, monkeypatch):
    rule, me = create_listed_rule(claims_per_member=1), create_member()
    monkeypatch.setattr(members, "lock", lambda member_id: me)
    monkeypatch.setattr(
        coupon_stock, "reserve", lambda rule_id, quantity: rule
    )  # the rule's row queues them too
    monkeypatch.setattr(coupons, "count_claimed", with_barrier(coupons.count_claimed))
    with without_index("coupon_received_by_id_rule_id_issue_key_sequence"), without_write_queue():
        outcomes = database.run_concurrently(2, lambda _: coupons.claim(rule=rule, member=me, source="h5"))
        assert result(outcomes)["ok"] == 2, outcomes


def test_the_index_alone_holds_the_limit(acme, monkeypatch):
    """No one is locked, both have counted before either writes: the database rejects the second."""
    rule, me = create_listed_rule(claims_per_member=1), create_member()
    monkeypatch.setattr(members, "lock", lambda member_id: Member.get_by_id(member_id))
    monkeypatch.setattr(
        coupon_stock, "reserve", lambda rule_id, quantity: rule
    )  # the rule's row queues them too
    monkeypatch.setattr(coupons, "count_claimed", with_barrier(coupons.count_claimed))
    with without_write_queue():
        database.run_concurrently(2, lambda _: coupons.claim(rule=rule, member=me, source="h5"))
    assert Coupon.select().count() == 1


def acceptances(process: int, token: str, people: list[int]) -> list[str]:
    """Every friend of a process opens the same link at the same moment."""
    mine = people[process::2]

    def accept(place: int) -> str:
        try:
            coupon_gifts.accept(token=token, receiver=Member.get_by_id(mine[place]))
        except coupon_rules.errors.DomainError as refused:
            return refused.code
        return "ok"

    return [str(one) for one in database.run_concurrently(len(mine), accept)]


def test_a_gift_that_a_whole_group_opens_is_one_friend_s(process_group, verify_afterwards):
    giver, friends = create_member(99), [create_member(number).id for number in range(16)]
    coupon = coupons.claim(rule=create_listed_rule(), member=giver, source="h5")
    _, token = coupon_gifts.create_gift(coupon=coupon, giver=giver)
    found = Counter(
        one for part in process_group.run_together(2, acceptances, token, friends) for one in part
    )
    assert found == {"ok": 1, "gift_over": 15}


def test_control_without_its_guards_a_gift_is_accepted_by_two(acme, monkeypatch):
    giver, friends = create_member(99), [create_member(number) for number in range(2)]
    coupon = coupons.claim(rule=create_listed_rule(), member=giver, source="h5")
    gift, token = coupon_gifts.create_gift(coupon=coupon, giver=giver)

    def end(row: CouponGift, _coupon: Coupon, state: str, who: Member, *, holder: Member) -> None:
        row.update_fields(state=state)

    look = with_barrier(lambda _: (CouponGift.get_by_id(gift.id), Coupon.get_by_id(coupon.id)))
    monkeypatch.setattr(coupon_gifts, "_lock_with_coupon", look)
    monkeypatch.setattr(coupon_gifts, "_close", end)
    with without_write_queue():
        outcomes = database.run_concurrently(
            2, lambda n: coupon_gifts.accept(token=token, receiver=friends[n])
        )
    assert [row.receiver_id for row in outcomes] == [friend.id for friend in friends]


def test_accepting_and_taking_back_at_once_end_in_one_hand(acme, verify_afterwards):
    for number in range(5):
        giver, friend = create_member(2 * number), create_member(2 * number + 1)
        coupon = coupons.claim(rule=create_listed_rule(), member=giver, source="h5")
        gift, token = coupon_gifts.create_gift(coupon=coupon, giver=giver)
        acts = (
            lambda token=token, friend=friend: coupon_gifts.accept(token=token, receiver=friend),
            lambda gift=gift, giver=giver: coupon_gifts.cancel(gift=gift, giver=giver),
        )
        outcomes = result(database.run_concurrently(2, lambda n, acts=acts: acts[n]()))
        assert outcomes == {"ok": 1, "gift_over": 1}


def test_batches_given_by_many_workers_serve_everybody_once(acme, verify_afterwards, monkeypatch):
    monkeypatch.setattr(coupon_bulk_issue, "CHUNK_SIZE", 2)
    people = [create_member(number).id for number in range(12)]
    batch = coupon_bulk_issue.create_batch(number="N1", rule=create_listed_rule(stock=12), member_ids=people)
    database.run_concurrently(8, lambda _: coupon_bulk_issue.issue_chunk(batch))
    assert coupon_bulk_issue.get_by_number("N1").issued == 12
    assert sorted(row.member_id for row in Coupon.select()) == sorted(people)


@pytest.mark.parametrize("count", [8])
def test_payment_and_release_at_once_end_in_one_of_them(acme, verify_afterwards, count):
    """The order is paid at the moment it is given up: the coupon is used or free, and both are reported so."""
    rule, me = create_listed_rule(claims_per_member=count), create_member()
    for number in range(count):
        coupon = coupons.claim(rule=rule, member=me, source="h5")
        order = {"order_number": f"O{number}"}
        coupon_redemptions.hold(member=me, codes=[coupon.code], basket=make_basket(), **order)
        acts = (
            lambda order=order: coupon_redemptions.commit(received_fen=4500, **order),
            lambda order=order: coupon_redemptions.release(**order),
        )
        outcomes = result(database.run_concurrently(2, lambda n, acts=acts: acts[n]()))
        assert outcomes in ({"ok": 1, "hold_released": 1}, {"ok": 1, "coupon_use_state": 1})


def test_many_refunds_at_once_give_a_coupon_back_once(acme, verify_afterwards):
    me = create_member()
    coupon = coupons.claim(rule=create_listed_rule(), member=me, source="h5")
    assert redeemed(me, coupon.code, "O1") == "ok"
    database.run_concurrently(8, lambda _: coupon_redemptions.refund(order_number="O1"))
    assert [use.state for use in coupon_redemptions.list_for_order("O1")] == ["returned"]
    assert redeemed(me, coupon.code, "O2") == "ok"

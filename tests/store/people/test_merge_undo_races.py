"""The undo of a merge beside everything else, with real threads, and without its guards."""

from collections import Counter
from threading import Event as Signal

import pytest

from store import verifier
from store.company import audit
from store.loyalty import coupon_uses, coupons, point_moves, points, stored_values, value_spends
from store.people import customers, members, merges, unmerges
from store.people.customers import Customer
from store.people.members import Member
from tests import world
from tests.store.loyalty import coupon_world
from tests.store.loyalty.value.conftest import balances, topped_up
from tests.store.people.two_lives import parted
from tests.store.races import without_turns


@pytest.fixture
def pair(register):
    """Mei with nothing, Wang with a hundred of everything and a hold on half of his value."""
    mei, wang = register("13800000001"), register("13800000002")
    points.earn(member=wang, kind="promotion", value=100, key="w")
    topped_up(wang, 100)
    value_spends.hold(member=wang, amount_fen=50, key="held")
    return mei, wang


def joined(keep, lose):
    merges.merge_by_hand(keep=keep.customer, lose=lose.customer, proof="身份证")
    return merges.listing()[0]


def told(outcomes):
    """How many of each outcome there were: `ok`, or the code of the refusal."""
    return Counter(outcome.code if isinstance(outcome, Exception) else "ok" for outcome in outcomes)


SPENDING = {
    "points": (
        lambda mei: points.spend(member=mei, kind="gift_redemption", value=1, key="s"),
        "points_short",
    ),
    "stored value": (lambda mei: value_spends.spend(member=mei, amount_fen=1, key="s"), "value_short"),
}


@pytest.mark.parametrize("what", SPENDING)
def test_an_undo_and_a_purchase_at_once_end_in_one_of_them(pair, sound, what):
    spend, short = SPENDING[what]
    row = joined(*pair)
    acts = (lambda: parted(row), lambda: spend(pair[0]))
    outcomes = told(world.at_once(2, lambda number: acts[number]()))
    assert outcomes in ({"ok": 1, short: 1}, {"ok": 1, "unmerge_hindered": 1})


def test_an_undo_and_the_use_of_a_coupon_at_once_end_in_one_of_them(pair, sound):
    mei, wang = pair
    coupon = coupons.claim(rule=coupon_world.listed(), member=wang, source="h5")
    row = joined(mei, wang)
    basket = coupon_world.basket()
    acts = (
        lambda: parted(row),
        lambda: coupon_uses.redeem(member=mei, codes=[coupon.code], basket=basket, order_number="s"),
    )
    outcomes = told(world.at_once(2, lambda number: acts[number]()))
    assert outcomes in ({"ok": 1, "not_found": 1}, {"ok": 1, "unmerge_hindered": 1})


def test_an_order_of_the_loser_s_paid_at_that_moment_is_his(pair, sound):
    mei, wang = pair
    row = joined(mei, wang)
    acts = (lambda: parted(row), lambda: value_spends.commit(key="held"))
    outcomes = told(world.at_once(2, lambda number: acts[number]()))
    assert outcomes in ({"ok": 2}, {"ok": 1, "unmerge_hindered": 1})
    if outcomes == {"ok": 2}:
        assert (balances(mei), balances(wang)) == ((0, 0, 0), (50, 0, 0))


def test_what_comes_in_meanwhile_is_lost_to_neither(pair, sound):
    row = joined(*pair)

    def act(number):
        if number == 0:
            return parted(row)
        who = pair[number % 2]
        return points.earn(member=Member.get_by_id(who.id), kind="promotion", value=1, key=f"s{number}")

    assert told(world.at_once(8, act)) == {"ok": 8}
    assert sum(points.balance(member) for member in pair) == 107


def test_undone_by_eight_at_once_it_is_undone_once(pair, sound):
    row = joined(*pair)
    assert told(world.at_once(8, lambda _: parted(row))) == {"ok": 8}
    assert audit.Operation.select().where(audit.Operation.verb == "unmerges.unmerge").count() == 1
    assert points.balance(pair[1]) == 100


def test_an_undo_and_another_merge_of_the_survivor_at_once(pair, register, sound):
    other = register("13800000003")
    row = joined(*pair)
    acts = (lambda: parted(row), lambda: joined(other, pair[0]))
    undo, merge = world.at_once(2, lambda number: acts[number]())
    assert not isinstance(merge, Exception)
    apart = not isinstance(undo, Exception)
    assert apart or undo.code == "unmerge_hindered"
    wang = customers.survivor(Customer.get_by_id(pair[1].customer_id))
    assert wang.id == (pair[1].customer_id if apart else other.customer_id)


class Interleaved:
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

        return world.at_once(2, act)


def test_control_without_its_locks_what_went_back_is_spent(pair, monkeypatch):
    """The till has looked at the lots, the undo takes them away, the till takes from them."""
    mei, wang = pair
    row = joined(mei, wang)
    monkeypatch.setattr(members, "locked", Member.get_by_id)
    monkeypatch.setattr(unmerges, "_locked", lambda merge: merges.of_id(merge.id))
    meeting = Interleaved(monkeypatch, point_moves, "usable_lots")
    with without_turns():
        outcomes = meeting.run(
            lambda: points.spend(member=mei, kind="gift_redemption", value=60, key="s"), lambda: parted(row)
        )
    assert told(outcomes) == {"ok": 2}
    assert "points.relations" in broken()


def late_payment(pair, monkeypatch):
    """The till has found the hold under Mei's account; the undo gives it back to Wang; the till goes on."""
    mei, wang = pair
    topped_up(mei, 80)
    value_spends.hold(member=mei, amount_fen=80, key="hers")
    row = joined(mei, wang)
    meeting = Interleaved(monkeypatch, value_spends.ValueSpend, "find")
    with without_turns():
        outcomes = meeting.run(lambda: value_spends.commit(key="held"), lambda: parted(row))
    assert told(outcomes) == {"ok": 2}
    return balances(mei), balances(wang)


def test_a_row_that_changed_hands_while_we_waited_is_booked_where_it_is(pair, monkeypatch, sound):
    assert late_payment(pair, monkeypatch) == ((0, 0, 80), (50, 0, 0))


def test_control_booked_where_it_was_it_takes_from_the_other(pair, monkeypatch):
    def found_once(key):
        found = value_spends.ValueSpend.find(key=key)
        account = stored_values.locked(Member.get_by_id(found.member_id))
        return value_spends.ValueSpend.get(value_spends.ValueSpend.key == key), account

    monkeypatch.setattr(value_spends, "_locked", found_once)
    assert late_payment(pair, monkeypatch) == ((0, 0, 30), (50, 0, 50))


def broken():
    return {check.name for check, found in verifier.run() if found}

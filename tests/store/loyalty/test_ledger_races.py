"""Races for orders, points and tiers, with real threads and processes: it happens once, and without the guard twice."""

from collections import Counter
from copy import deepcopy
from typing import Any

import pytest

from store.kernel import clock
from store.kernel.events import Event
from store.kernel.refusals import Refused
from store.loyalty import (
    accruals,
    cost_centres,
    earnings,
    order_accruals,
    point_moves,
    point_payments,
    point_returns,
    point_rules,
    points,
    purchases,
    tier_moves,
    tier_rules,
    tiers,
)
from store.loyalty.accrual import OrderLine, Payment
from store.loyalty.accruals import PaidOrder
from store.loyalty.point_accounts import PointEntry
from store.loyalty.point_payments import PointPayment
from store.loyalty.point_returns import PointReturn, ReturnedLine
from store.loyalty.purchases import Purchase, PurchaseReturn
from store.loyalty.tier_rules import TierRule
from store.loyalty.tiers import TierRecord
from store.people import members
from store.people.members import Member
from tests import world
from tests.store.races import meeting, without_index, without_turns

TILLS, HANDS = 3, 4


@pytest.fixture
def mei(register) -> Member:
    return register("13812345678")


@pytest.fixture
def rule(mei):
    """One point a yuan, which counts for tiers."""
    return point_rules.add(
        group=points.groups(mei.programme)[0], name="消费积分", basis="amount", points=1, per=100,
        cost_centre=cost_centres.open_cost_centre(code="marketing", name="市场部"), upgrade_eligible=True,
    )  # fmt: skip


@pytest.fixture
def unlocked(monkeypatch) -> None:
    """Nobody waits for a member."""
    monkeypatch.setattr(members, "locked", lambda member_id: Member.find(id=member_id))


def order(number: str = "O1", paid_fen: int = 10_000) -> PaidOrder:
    line = OrderLine(line="1", product="milk", quantity=3, paid_fen=paid_fen)
    return PaidOrder(
        number=number,
        paid_at=clock.now(),
        lines=(line,),
        payments=(Payment("cash", paid_fen),),
        source="till",
    )


def booked(mei: Member, number: str = "O1") -> PointEntry:
    return accruals.book(member=mei, order=order(number))[0]


def back(order_number: str = "O1", number: str = "R1", part: int = 3) -> Any:
    line = ReturnedLine("1", part=part, whole=3)
    refunded_fen = 10_000 * part // 3
    return accruals.reverse(order_number=order_number, number=number, lines=[line], refunded_fen=refunded_fen)


def earned(mei: Member, value: int = 100) -> PointEntry:
    return points.earn(member=mei, kind="transaction", value=value, key="in")


def told(outcomes: list[Any]) -> Counter[str]:
    """How many of each outcome: `ok`, or the code of the refusal."""
    return Counter(
        getattr(row, "code", repr(row)) if isinstance(row, Exception) else "ok" for row in outcomes
    )


# An order is booked once.


def books(process: int, member_id: int) -> list[str]:
    """What a process with several hands is told when all of them book one order."""
    mei = Member.get_by_id(member_id)
    return list(told(world.at_once(HANDS, lambda _: accruals.book(member=mei, order=order()))).elements())


def test_an_order_that_many_processes_book_is_booked_once(house, mei, rule, sound):
    said = [one for part in house.together(TILLS, books, mei.id) for one in part]
    assert Counter(said) == {"ok": TILLS * HANDS}
    assert (Purchase.select().count(), PointEntry.select().count(), points.balance(mei)) == (1, 1, 100)


def test_control_without_lock_and_indexes_an_order_is_booked_twice(mei, rule, unlocked, monkeypatch):
    monkeypatch.setattr(purchases, "before", meeting(purchases.before))
    with without_index("purchase_order_number", "point_entry_key"), without_turns():
        world.at_once(2, lambda _: accruals.book(member=mei, order=order()))
        assert (Purchase.select().count(), PointEntry.select().count()) == (2, 2)


def test_the_indexes_alone_keep_an_order_from_being_booked_twice(mei, rule, unlocked, monkeypatch):
    monkeypatch.setattr(purchases, "before", meeting(purchases.before))
    with without_turns():
        world.at_once(2, lambda _: accruals.book(member=mei, order=order()))
    assert (Purchase.select().count(), PointEntry.select().count()) == (1, 1)


def test_an_order_and_its_return_at_once_end_as_one_after_the_other(mei, rule, sound):
    """The return finds the order, or is told that there is none yet and comes again."""
    for number in range(6):
        acts = (lambda name: booked(mei, name), lambda name: back(name))
        outcomes = world.at_once(2, lambda n, acts=acts, name=f"O{number}": acts[n](name))
        assert told(outcomes) in ({"ok": 2}, {"ok": 1, "not_found": 1}), outcomes
        back(f"O{number}")
        assert points.balance(mei) == 0


def test_control_without_the_lock_an_order_and_a_return_lose_each_other_s_points(
    mei, rule, unlocked, monkeypatch
):
    """100 go out and 100 come in; both have read the account before either writes it."""
    booked(mei)
    look, earning, returning = meeting(lambda seen: seen), earnings._accounts, point_returns._locked
    monkeypatch.setattr(earnings, "_accounts", lambda *asked: look(earning(*asked)))
    monkeypatch.setattr(point_returns, "_locked", lambda *asked: look(returning(*asked)))
    with without_turns():
        world.at_once(2, lambda n: back() if n else booked(mei, "O2"))
    assert points.balance(mei) != 100


# An order is told once.


def test_control_without_turns_two_channels_tell_two_events_and_the_order_is_booked_once(
    mei, rule, unlocked, monkeypatch
):
    monkeypatch.setattr(order_accruals.db, "queue_for", lambda name: None)
    monkeypatch.setattr(order_accruals, "_told", meeting(order_accruals._told))
    with without_turns():
        world.at_once(2, lambda _: order_accruals.tell_paid(member=mei, order=order()))
    said = list(Event.select().where(Event.kind == "orders.paid"))
    assert len(said) == 2
    for event in said:
        order_accruals.book(event)
    assert points.balance(mei) == 100


# A return takes, or gives, once, and never more than the whole.


def test_the_same_return_told_at_once_moves_once(mei, rule, sound):
    key = booked(mei).key
    outcomes = world.at_once(6, lambda _: point_returns.take_back(key=key, number="R", part=1, whole=2))
    assert (told(outcomes), points.balance(mei)) == ({"ok": 6}, 50)
    points.spend(member=mei, kind="gift_redemption", value=50, key="gift")
    outcomes = world.at_once(6, lambda _: point_returns.give_back(key="gift", number="R", part=1, whole=2))
    assert (told(outcomes), points.balance(mei)) == ({"ok": 6}, 25)


@pytest.mark.parametrize("verb", ["take_back", "give_back"])
def test_control_without_lock_and_indexes_a_return_moves_twice(mei, unlocked, monkeypatch, verb):
    key = {"take_back": "in", "give_back": "gift"}[verb]
    earned(mei)
    points.spend(member=mei, kind="gift_redemption", value=60, key="gift")
    monkeypatch.setattr(point_returns, "_before", meeting(point_returns._before))
    with without_index("point_return_entry_id_number", "point_entry_key"), without_turns():
        outcomes = world.at_once(
            2, lambda _: getattr(point_returns, verb)(key=key, number="R", part=1, whole=3)
        )
        assert (told(outcomes), PointReturn.select().count()) == ({"ok": 2}, 2)


@pytest.mark.parametrize("verb", ["take_back", "give_back"])
def test_parts_that_come_back_at_once_are_never_more_than_the_whole(mei, sound, verb):
    """Five doors report two of three pieces each, under numbers of their own: one of them is right."""
    key = {"take_back": "in", "give_back": "gift"}[verb]
    earned(mei)
    points.spend(member=mei, kind="gift_redemption", value=60, key="gift")
    outcomes = world.at_once(
        5, lambda n: getattr(point_returns, verb)(key=key, number=f"R{n}", part=2, whole=3)
    )
    assert told(outcomes) == {"ok": 1, "return_exceeds": 4}


@pytest.mark.parametrize("verb", ["take_back", "give_back"])
def test_control_without_the_lock_more_than_the_whole_comes_back(mei, unlocked, monkeypatch, verb):
    key = {"take_back": "in", "give_back": "gift"}[verb]
    earned(mei)
    points.spend(member=mei, kind="gift_redemption", value=60, key="gift")
    points.spend(member=mei, kind="gift_redemption", value=30, key="room for too much in the lot")
    monkeypatch.setattr(point_returns, "_share", meeting(point_returns._share))
    with without_turns():
        outcomes = world.at_once(
            2, lambda n: getattr(point_returns, verb)(key=key, number=f"R{n}", part=2, whole=3)
        )
    assert told(outcomes) == {"ok": 2}
    assert sum(row.part for row in PointReturn.select()) == 4


# Points pay once.


def holds(till: int, member_id: int, same_order: bool) -> list[str]:
    """What a till is told whose hands all hold the member's points, for one order or for one each."""
    mei = Member.get_by_id(member_id)

    def hold(hand: int) -> PointPayment:
        number = "O1" if same_order else f"O{till}-{hand}"
        return point_payments.hold(member=mei, order_number=number, value=2000, total_fen=10_000)

    return list(told(world.at_once(HANDS, hold)).elements())


def test_the_same_points_at_several_tills_pay_once(house, mei, sound):
    earned(mei, 2500)
    said = [one for part in house.together(TILLS, holds, mei.id, False) for one in part]
    assert Counter(said) == {"ok": 1, "points_short": TILLS * HANDS - 1}
    assert points.balance(mei) == 500


def test_control_without_the_lock_the_same_points_pay_at_two_tills(mei, unlocked, monkeypatch):
    earned(mei, 2500)
    monkeypatch.setattr(point_moves, "usable_lots", meeting(point_moves.usable_lots))
    with without_turns():
        outcomes = world.at_once(
            2,
            lambda n: point_payments.hold(member=mei, order_number=f"O{n}", value=2000, total_fen=10_000),
        )
    assert (told(outcomes), PointPayment.select().count()) == ({"ok": 2}, 2)


def test_one_order_held_at_several_tills_is_one_hold(house, mei, sound):
    earned(mei, 5000)
    said = [one for part in house.together(TILLS, holds, mei.id, True) for one in part]
    assert Counter(said) == {"ok": TILLS * HANDS}
    assert (PointPayment.select().count(), points.balance(mei)) == (1, 3000)


def test_control_without_lock_and_indexes_one_order_is_held_twice(mei, unlocked, monkeypatch):
    earned(mei, 5000)
    monkeypatch.setattr(PointPayment, "find", meeting(PointPayment.find))
    with without_index("point_payment_order_number", "point_entry_key"), without_turns():
        outcomes = world.at_once(
            2, lambda _: point_payments.hold(member=mei, order_number="O1", value=2000, total_fen=10_000)
        )
        assert (told(outcomes), PointPayment.select().count()) == ({"ok": 2}, 2)


def test_paid_and_released_at_once_is_one_of_them(mei, sound):
    earned(mei, 2000)
    for number in range(6):
        name = f"O{number}"
        point_payments.hold(member=mei, order_number=name, value=100, total_fen=10_000)
        verbs = (point_payments.commit, point_payments.release)
        outcomes = world.at_once(2, lambda n, verbs=verbs, name=name: verbs[n](order_number=name))
        assert told(outcomes) == {"ok": 1, "wrong_state": 1}


def test_control_with_what_was_read_before_an_order_is_paid_and_its_points_go_back(mei, monkeypatch):
    earned(mei, 2000)
    seen = point_payments.hold(member=mei, order_number="O1", value=2000, total_fen=10_000)
    monkeypatch.setattr(point_payments, "_locked", lambda number: deepcopy(seen))
    verbs = (point_payments.commit, point_payments.release)
    outcomes = world.at_once(2, lambda n: verbs[n](order_number="O1"))
    assert (told(outcomes), points.balance(mei)) == ({"ok": 2}, 2000)


# A member has one tier.


@pytest.fixture
def gold(mei, rule) -> TierRecord:
    """Gold from 100 points; returns the record at the base."""
    tier = tiers.listing(mei.programme_id)[0]
    only = TierRule(tier=tier, basis="points", group=rule.group, window_days=365, at_least=100)
    tier_rules.replace(programme=mei.programme, rules=[only])
    return tiers.of(mei)


def active(mei: Member) -> list[str]:
    """The kinds of the records in force."""
    mine = (TierRecord.member == mei) & TierRecord.ended_at.is_null()
    return [row.kind for row in TierRecord.select().where(mine)]


def test_upgrades_at_once_are_one_upgrade(mei, gold, sound):
    outcomes = world.at_once(5, lambda n: accruals.book(member=mei, order=order(f"O{n}")))
    assert (told(outcomes), active(mei)) == ({"ok": 5}, ["upgraded"])
    assert [row.kind for row in tiers.history(mei)] == ["upgraded", "joined"]


def test_control_without_lock_and_index_a_member_has_two_tiers(mei, gold, unlocked, monkeypatch):
    points.earn(member=mei, kind="transaction", value=100, key="in", upgrade_eligible=True, judged_later=True)
    monkeypatch.setattr(tier_rules, "in_force", meeting(tier_rules.in_force))
    with without_index("tier_record_active"), without_turns():
        outcomes = world.at_once(2, lambda _: tier_moves.judge(mei))
        assert (told(outcomes), active(mei)) == ({"ok": 2}, ["upgraded", "upgraded"])


# No more is paid back than was paid.


def test_refunds_at_once_never_exceed_the_purchase(mei, sound):
    purchases.record(member=mei, order_number="O1", paid_fen=1000)
    outcomes = world.at_once(
        5, lambda n: purchases.give_back(order_number="O1", number=f"R{n}", refunded_fen=600)
    )
    assert told(outcomes) == {"ok": 1, "return_exceeds": 4}
    assert Purchase.get().returned_fen == 600


def test_the_same_refund_told_at_once_is_one(mei, sound):
    purchases.record(member=mei, order_number="O1", paid_fen=1000)
    outcomes = world.at_once(
        6, lambda _: purchases.give_back(order_number="O1", number="R", refunded_fen=600)
    )
    assert (told(outcomes), PurchaseReturn.select().count()) == ({"ok": 6}, 1)


def test_control_without_the_lock_more_is_refunded_than_was_paid(mei, monkeypatch):
    row = purchases.record(member=mei, order_number="O1", paid_fen=1000)
    monkeypatch.setattr(Purchase, "find", meeting(lambda **about: Purchase.get_by_id(row.id)))
    with without_turns():
        outcomes = world.at_once(
            2, lambda n: purchases.give_back(order_number="O1", number=f"R{n}", refunded_fen=600)
        )
    assert told(outcomes) == {"ok": 2}
    assert sum(row.refunded_fen for row in PurchaseReturn.select()) == 1200


def test_purchases_recorded_at_once_are_one(mei, sound):
    outcomes = world.at_once(6, lambda _: purchases.record(member=mei, order_number="O1", paid_fen=1000))
    assert (told(outcomes), Purchase.select().count()) == ({"ok": 6}, 1)
    with pytest.raises(Refused):
        purchases.record(member=mei, order_number="O1", paid_fen=999)

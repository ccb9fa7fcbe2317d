"""Races of the night, with real threads and processes: it takes what is there, once, and nobody loses by it."""

from datetime import timedelta
from threading import Event
from typing import Any

import pytest
import time_machine

from store.company import calendar
from store.kernel import clock, db
from store.kernel.refusals import Refused
from store.loyalty import (
    coupons,
    point_expiry,
    point_moves,
    point_returns,
    points,
    tier_moves,
    tier_rules,
    tiers,
)
from store.loyalty.coupons import Coupon
from store.loyalty.point_accounts import PointEntry, PointLot
from store.loyalty.tier_rules import TierRule
from store.loyalty.tiers import TierRecord
from store.loyalty.validity import Validity
from store.people import members
from store.people.members import Member
from tests import world
from tests.store.loyalty import coupon_world
from tests.store.races import meeting, without_index, without_turns

LOTS = 24


def yesterday():
    return calendar.today() - timedelta(days=1)


def ended():
    return calendar.end_of(yesterday())


@pytest.fixture
def mei(acme) -> Member:
    return coupon_world.member()


def give(member: Member, value: int, key: str, *, over: bool = True) -> PointLot:
    """Points that ended yesterday, or that have no end."""
    entry = points.earn(
        member=member, kind="promotion", value=value, key=key, expires_at=ended() if over else None
    )
    return PointLot.get(PointLot.entry == entry)


def balances(member: Member) -> tuple[int, int]:
    """Available and expired."""
    held = points.account(member)
    return held.available, held.expired


def nights_of_a_process(number: int) -> int:
    return sum(world.at_once(4, lambda _: point_expiry.expire(day=yesterday(), portion=3)))


def test_nights_in_two_processes_take_each_lot_once(house, sound, mei):
    for number in range(LOTS):
        give(mei, 10, f"A{number}")
    assert sum(house.together(2, nights_of_a_process)) == LOTS
    assert PointEntry.select().where(PointEntry.kind == "expiry").count() == LOTS
    assert balances(mei) == (0, 10 * LOTS)


def test_control_without_lock_and_key_two_nights_take_a_lot_twice(mei, monkeypatch):
    """Both nights have looked before either writes, and the key of the entry does not stop the second."""
    lot = give(mei, 10, "A")
    monkeypatch.setattr(members, "locked_together", lambda ids: [mei.id])
    monkeypatch.setattr(point_expiry, "_still_due", meeting(lambda lots, locked: [lot.id]))
    monkeypatch.setattr(point_expiry, "_relate", lambda ids: None)
    monkeypatch.setattr(PointLot, "update", lambda **_: Nothing())
    with without_index("point_entry_key"), without_turns():
        world.at_once(2, lambda _: point_expiry._expire_some(ended(), 10))
        assert PointEntry.select().where(PointEntry.kind == "expiry").count() == 2


class Nothing:
    """A statement that is left out."""

    where = execute = lambda self, *_: self


@pytest.mark.parametrize("turn", range(3))
def test_a_night_beside_spending_leaves_every_point_in_one_place(mei, sound, turn):
    """Lots that end are not spendable; those that do not are, while the night takes the others out."""
    for number in range(LOTS):
        give(mei, 10, f"over{number}"), give(mei, 10, f"live{number}", over=False)
    acts: list[Any] = [
        lambda: point_expiry.expire(day=yesterday(), portion=5),
        *(
            lambda key=key: points.spend(member=mei, kind="gift_redemption", value=7, key=key)
            for key in "abc"
        ),
    ]
    done = world.at_once(4, lambda number: acts[number]())
    assert done[0] == LOTS
    assert balances(mei) == (10 * LOTS - 21, 10 * LOTS)


def test_a_return_that_fills_a_lot_at_the_moment_of_the_night_is_not_lost(mei, sound):
    """Points come back to a lot while it ends: they are in the account or expired, and the books agree."""
    end = ended()
    with time_machine.travel(end - timedelta(hours=1)):
        points.earn(member=mei, kind="promotion", value=10, key="A", expires_at=end)
        points.spend(member=mei, kind="gift_redemption", value=10, key="gift")
    acts: list[Any] = [
        lambda: point_expiry.expire(day=yesterday()),
        lambda: point_returns.give_back(key="gift", number="R", part=1, whole=1),
    ]
    world.at_once(2, lambda number: acts[number]())
    available, expired = balances(mei)
    assert available + expired == 10


def test_control_without_the_lock_night_and_till_take_the_same_points(mei, monkeypatch):
    """The till has found the lot a moment before midnight, the night right after it; neither waits for the other."""
    lot = give(mei, 10, "A")
    look = meeting(lambda answer: answer)
    monkeypatch.setattr(members, "locked", lambda member_id: mei)
    monkeypatch.setattr(members, "locked_together", lambda ids: [mei.id])
    monkeypatch.setattr(point_moves, "usable_lots", lambda held: look([lot]))
    monkeypatch.setattr(point_expiry, "_still_due", lambda lots, locked: look([lot.id]))
    written, relate, take = Event(), point_expiry._relate, point_moves.take
    monkeypatch.setattr(point_expiry, "_relate", lambda ids: (relate(ids), written.set()))
    monkeypatch.setattr(point_moves, "take", lambda *given: written.wait(10) and take(*given))
    acts: list[Any] = [
        lambda: point_expiry._expire_some(ended(), 10),
        lambda: points.spend(member=mei, kind="gift_redemption", value=10, key="gift"),
    ]
    with without_turns():
        world.at_once(2, lambda number: acts[number]())
    taken = PointEntry.select().where(PointEntry.kind.in_(["expiry", "gift_redemption"]))
    assert sum(entry.value for entry in taken) == 20


@pytest.fixture
def club(mei):
    """Silver from 500 points within 365 days; Mei's ended yesterday, with nothing gathered."""
    group = points.groups(mei.programme)[0]
    silver = tiers.add(programme=mei.programme, code="silver", name="银卡", rank=5, valid=Validity(days=365))
    gold = tiers.add(programme=mei.programme, code="top", name="金钻", rank=6, valid=Validity(days=365))
    rules = [
        TierRule(tier=tier, basis="points", group=group, window_days=365, at_least=least, below=below)
        for tier, least, below in ((silver, 500, 1000), (gold, 1000, None))
    ]
    tier_rules.replace(programme=mei.programme, rules=rules)
    tier_moves.change(member=mei, tier=silver, reason="周年庆")
    TierRecord.update(started_at=clock.now() - timedelta(days=366)).execute()
    TierRecord.update(valid_until=ended()).where(TierRecord.ended_at.is_null()).execute()
    return silver


def upgrade(mei: Member, number: int = 0) -> PointEntry:
    return points.earn(member=mei, kind="transaction", value=1000, key=f"big{number}", upgrade_eligible=True)


def active(mei: Member) -> list[str]:
    query = TierRecord.select().where((TierRecord.member == mei) & TierRecord.ended_at.is_null())
    return [record.tier.code for record in query]


@pytest.mark.parametrize("turn", range(3))
def test_the_night_and_an_upgrade_at_once_leave_the_upgrade(mei, club, sound, turn):
    world.at_once(3, lambda n: upgrade(mei) if n else tier_moves.settle(day=yesterday()))
    assert active(mei) == ["top"]


def test_two_nights_at_once_judge_a_tier_once(mei, club, sound):
    done = world.at_once(4, lambda _: tier_moves.settle(day=yesterday()))
    assert sum(done) == 1
    assert TierRecord.select().where(TierRecord.kind == "downgraded").count() == 1
    assert active(mei) == ["base"]


def test_control_without_lock_and_index_a_member_has_two_tiers(mei, club):
    """The night has read the tier that ended, the upgrade as well; both write what follows it."""
    terms = tier_moves._terms(list(tier_moves._due(ended())))
    record = TierRecord.get((TierRecord.member == mei) & TierRecord.ended_at.is_null())
    look = meeting(lambda: terms)

    def night():
        for programme_id, found in look().items():
            tiers.move_on(tier_moves._verdicts(programme_id, found))

    def day():
        look()
        top = tiers.listing(mei.programme_id)[0]
        tiers.move(record, top, kind="upgraded", because={}, at=clock.now())

    with without_index("tier_record_active"), without_turns():
        world.at_once(2, lambda n: db.verb(day if n else night)())
        assert len(active(mei)) == 2
        TierRecord.delete().execute()


def test_the_index_alone_keeps_a_member_at_one_tier(mei, club, monkeypatch):
    """Nobody is locked and both have looked: the database refuses the second, which then sees the first."""
    terms = meeting(tier_moves._terms)
    monkeypatch.setattr(members, "locked_together", lambda ids: list(ids))
    monkeypatch.setattr(tier_moves, "_terms", lambda rows: terms(list(rows)))
    with without_turns():
        world.at_once(2, lambda _: quietly(lambda: tier_moves.settle(day=yesterday())))
    assert len(active(mei)) == 1


def quietly(work):
    try:
        return work()
    except (Refused, db.peewee.IntegrityError) as error:
        return error


def test_a_coupon_used_at_the_moment_of_the_night_is_used_or_expired(mei, sound):
    """It was valid a moment ago: whoever comes first has it, and the other finds it gone."""
    for number in range(4):
        coupon = coupons.issue(rule=coupon_world.listed(), member=mei, key=f"a{number}")
        Coupon.update(ends_at=ended(), starts_at=ended() - timedelta(days=9)).where(
            Coupon.id == coupon.id
        ).execute()
        done = world.at_once(
            3, lambda n, coupon=coupon: coupons.void(coupon, reason="误发") if n else coupons.expire_due()
        )
        state = Coupon.get_by_id(coupon.id).state
        assert (state, done[0]) in {("expired", 1), ("void", 0)}

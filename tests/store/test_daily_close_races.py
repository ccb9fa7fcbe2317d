"""Races of the daily close, with real threads and processes: it takes what is there, once, and no one loses by it."""

from datetime import timedelta
from threading import Event
from typing import Any

import pytest
import time_machine

from store.core import clock
from store.core.database import db
from store.core.errors import DomainError
from store.coupons import coupons
from store.coupons.coupons import Coupon
from store.customers import members
from store.customers.members import Member
from store.points import expiry as point_expiry
from store.points import points
from store.points import postings as point_postings
from store.points import reversals as point_reversals
from store.points.ledger import PointEntry, PointLot
from store.tenants import business_days
from store.tiers import evaluation as tier_evaluation
from store.tiers import rules as tier_rules
from store.tiers import tiers
from store.tiers.rules import TierRule
from store.tiers.tiers import TierRecord
from store.tiers.validity import Validity
from tests.support import coupon_fixtures, database
from tests.support.races import with_barrier, without_index, without_write_queue

LOTS = 24


def yesterday():
    return business_days.today() - timedelta(days=1)


def expired_at():
    return business_days.end_of(yesterday())


@pytest.fixture
def mei(acme) -> Member:
    return coupon_fixtures.create_member()


def earn_points(member: Member, value: int, key: str, *, over: bool = True) -> PointLot:
    """Points that ended yesterday, or that have no end."""
    entry = points.earn(
        member=member, kind="promotion", value=value, key=key, expires_at=expired_at() if over else None
    )
    return PointLot.get(PointLot.entry == entry)


def balances(member: Member) -> tuple[int, int]:
    """Available and expired."""
    held = points.get_or_create_account(member)
    return held.available, held.expired


def run_in_process(number: int) -> int:
    return sum(database.run_concurrently(4, lambda _: point_expiry.expire(day=yesterday(), batch_size=3)))


def test_daily_closes_in_two_processes_take_each_lot_once(process_group, verify_afterwards, mei):
    for number in range(LOTS):
        earn_points(mei, 10, f"A{number}")
    assert sum(process_group.run_together(2, run_in_process)) == LOTS
    assert PointEntry.select().where(PointEntry.kind == "expiry").count() == LOTS
    assert balances(mei) == (0, 10 * LOTS)


def test_control_without_lock_and_key_two_daily_closes_take_a_lot_twice(mei, monkeypatch):
    """Both daily closes have looked before either writes, and the key of the entry does not stop the second."""
    lot = earn_points(mei, 10, "A")
    monkeypatch.setattr(members, "lock_all_in_order", lambda ids: [mei.id])
    monkeypatch.setattr(point_expiry, "_filter_due", with_barrier(lambda lots, locked: [lot.id]))
    monkeypatch.setattr(point_expiry, "_insert_allocations", lambda ids: None)
    monkeypatch.setattr(PointLot, "update", lambda **_: NoQuery())
    with without_index("point_entry_key"), without_write_queue():
        database.run_concurrently(2, lambda _: point_expiry.run_batch(yesterday()))
        assert PointEntry.select().where(PointEntry.kind == "expiry").count() == 2


class NoQuery:
    """A statement that is left out."""

    where = execute = lambda self, *_: self


@pytest.mark.parametrize("turn", range(3))
def test_a_night_beside_spending_leaves_every_point_in_one_place(mei, verify_afterwards, turn):
    """Lots that end are not spendable; those that do not are, while the daily close takes the others out."""
    for number in range(LOTS):
        earn_points(mei, 10, f"over{number}"), earn_points(mei, 10, f"live{number}", over=False)
    acts: list[Any] = [
        lambda: point_expiry.expire(day=yesterday(), batch_size=5),
        *(
            lambda key=key: points.spend(member=mei, kind="gift_redemption", value=7, key=key)
            for key in "abc"
        ),
    ]
    done = database.run_concurrently(4, lambda number: acts[number]())
    assert done[0] == LOTS
    assert balances(mei) == (10 * LOTS - 21, 10 * LOTS)


def test_a_return_that_fills_a_lot_at_the_moment_of_the_daily_close_is_not_lost(mei, verify_afterwards):
    """Points come back to a lot while it ends: they are in the account or expired, and the books agree."""
    end = expired_at()
    with time_machine.travel(end - timedelta(hours=1)):
        points.earn(member=mei, kind="promotion", value=10, key="A", expires_at=end)
        points.spend(member=mei, kind="gift_redemption", value=10, key="gift")
    acts: list[Any] = [
        lambda: point_expiry.expire(day=yesterday()),
        lambda: point_reversals.refund_redeemed(key="gift", number="R", numerator=1, denominator=1),
    ]
    database.run_concurrently(2, lambda number: acts[number]())
    available, expired = balances(mei)
    assert available + expired == 10


def test_control_without_the_lock_night_and_till_take_the_same_points(mei, monkeypatch):
    """Both have found the lot, the till just before midnight and the daily close just after it."""
    lot = earn_points(mei, 10, "A")
    look = with_barrier(lambda answer: answer)
    monkeypatch.setattr(members, "lock", lambda member_id: mei)
    monkeypatch.setattr(members, "lock_all_in_order", lambda ids: [mei.id])
    monkeypatch.setattr(point_postings, "usable_lots", lambda held: look([lot]))
    monkeypatch.setattr(point_expiry, "_filter_due", lambda lots, locked: look([lot.id]))
    written, relate, take = Event(), point_expiry._insert_allocations, point_postings.allocate_from_lots
    monkeypatch.setattr(point_expiry, "_insert_allocations", lambda ids: (relate(ids), written.set()))
    monkeypatch.setattr(
        point_postings, "allocate_from_lots", lambda *given: written.wait(10) and take(*given)
    )
    acts: list[Any] = [
        lambda: point_expiry.run_batch(yesterday()),
        lambda: points.spend(member=mei, kind="gift_redemption", value=10, key="gift"),
    ]
    with without_write_queue():
        database.run_concurrently(2, lambda number: acts[number]())
    taken = PointEntry.select().where(PointEntry.kind.in_(["expiry", "gift_redemption"]))
    assert sum(entry.value for entry in taken) == 20


@pytest.fixture
def programme(mei):
    """Silver from 500 points within 365 days; Mei's ended yesterday, with nothing gathered."""
    group = points.list_groups(mei.programme)[0]
    silver = tiers.add(
        programme=mei.programme, code="silver", name="银卡", rank=5, validity=Validity(days=365)
    )
    gold = tiers.add(programme=mei.programme, code="top", name="金钻", rank=6, validity=Validity(days=365))
    rules = [
        TierRule(tier=tier, basis="points", group=group, window_days=365, at_least=least, below=below)
        for tier, least, below in ((silver, 500, 1000), (gold, 1000, None))
    ]
    tier_rules.replace(programme=mei.programme, rules=rules)
    tier_evaluation.change_tier(member=mei, tier=silver, reason="周年庆")
    TierRecord.update(started_at=clock.now() - timedelta(days=366)).execute()
    TierRecord.update(valid_until=expired_at()).where(TierRecord.ended_at.is_null()).execute()
    return silver


def upgrade(mei: Member, number: int = 0) -> PointEntry:
    return points.earn(member=mei, kind="transaction", value=1000, key=f"big{number}", upgrade_eligible=True)


def list_active_tiers(mei: Member) -> list[str]:
    query = TierRecord.select().where((TierRecord.member == mei) & TierRecord.ended_at.is_null())
    return [record.tier.code for record in query]


@pytest.mark.parametrize("turn", range(3))
def test_the_daily_close_and_an_upgrade_at_once_leave_the_upgrade(mei, programme, verify_afterwards, turn):
    database.run_concurrently(
        3, lambda n: upgrade(mei) if n else tier_evaluation.evaluate_expired(day=yesterday())
    )
    assert list_active_tiers(mei) == ["top"]


def test_two_daily_closes_at_once_judge_a_tier_once(mei, programme, verify_afterwards):
    done = database.run_concurrently(4, lambda _: tier_evaluation.evaluate_expired(day=yesterday()))
    assert sum(done) == 1
    assert TierRecord.select().where(TierRecord.kind == "downgraded").count() == 1
    assert list_active_tiers(mei) == ["base"]


def test_control_without_lock_and_index_a_member_has_two_tiers(mei, programme):
    """The daily close has read the tier that ended, the upgrade as well; both write what follows it."""
    terms = tier_evaluation._group_by_programme(list(tier_evaluation._due_records(expired_at())))
    record = TierRecord.get((TierRecord.member == mei) & TierRecord.ended_at.is_null())
    look = with_barrier(lambda: terms)

    def night():
        for programme_id, found in look().items():
            tiers.transition_all(tier_evaluation._decide_all(programme_id, found))

    def day():
        look()
        top = tiers.list_tiers(mei.programme_id)[0]
        tiers.transition(record, top, kind="upgraded", explanation={}, at=clock.now())

    with without_index("tier_record_active"), without_write_queue():
        database.run_concurrently(2, lambda n: db.transactional(day if n else night)())
        assert len(list_active_tiers(mei)) == 2
        TierRecord.delete().execute()


def test_the_index_alone_keeps_a_member_at_one_tier(mei, programme, monkeypatch):
    """No one is locked and both have looked: the database rejects the second, which then sees the first."""
    terms = with_barrier(tier_evaluation._group_by_programme)
    monkeypatch.setattr(members, "lock_all_in_order", lambda ids: list(ids))
    monkeypatch.setattr(tier_evaluation, "_group_by_programme", lambda rows: terms(list(rows)))
    with without_write_queue():
        database.run_concurrently(
            2, lambda _: ignore_domain_errors(lambda: tier_evaluation.evaluate_expired(day=yesterday()))
        )
    assert len(list_active_tiers(mei)) == 1


def ignore_domain_errors(work):
    try:
        return work()
    except (DomainError, db.peewee.IntegrityError) as error:
        return error


def test_a_coupon_used_at_the_moment_of_the_daily_close_is_used_or_expired(mei, verify_afterwards):
    """It was valid a moment ago: whichever comes first has it, and the other finds it gone."""
    for number in range(4):
        coupon = coupons.issue(rule=coupon_fixtures.create_listed_rule(), member=mei, key=f"a{number}")
        Coupon.update(ends_at=expired_at(), starts_at=expired_at() - timedelta(days=9)).where(
            Coupon.id == coupon.id
        ).execute()
        done = database.run_concurrently(
            3, lambda n, coupon=coupon: coupons.void(coupon, reason="误发") if n else coupons.expire_due()
        )
        state = Coupon.get_by_id(coupon.id).state
        assert (state, done[0]) in {("expired", 1), ("void", 0)}


STEPS_OF_RACES = {
    "points": (point_expiry, "_filter_due"),
    "coupons": (coupons, "_filter_expired"),
    "tiers": (tier_evaluation, "_evaluate_members"),
}


@pytest.mark.parametrize("step", STEPS_OF_RACES)
def test_a_batch_whose_rows_all_changed_is_not_the_end_of_the_step(mei, monkeypatch, step):
    """The first choice finds nothing left after locking; the batch chooses again instead of returning 0."""
    earn_points(mei, 10, "A")
    coupon = coupons.issue(rule=coupon_fixtures.create_listed_rule(), member=mei, key="a")
    end = expired_at()
    Coupon.update(ends_at=end, starts_at=end - timedelta(days=9)).where(Coupon.id == coupon.id).execute()
    tier_evaluation.change_tier(member=mei, tier=tiers.list_tiers(mei.programme_id)[0], reason="周年庆")
    TierRecord.update(started_at=end - timedelta(days=9), valid_until=end).where(
        TierRecord.ended_at.is_null()
    ).execute()
    module, name = STEPS_OF_RACES[step]
    real, calls = getattr(module, name), []

    def nothing_at_first(*given: Any) -> Any:
        calls.append(1)
        return real(*given) if len(calls) > 1 else []

    monkeypatch.setattr(module, name, nothing_at_first)
    assert module.run_batch(yesterday()) == 1
    assert len(calls) == 2

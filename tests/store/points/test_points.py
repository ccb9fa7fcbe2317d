"""Points: what comes in is in a lot, what goes out leaves the lot that ends first, and the ledger adds up."""

from datetime import timedelta

import peewee
import pytest
import time_machine

from store.core import clock
from store.core.database import db
from store.core.errors import DomainError
from store.customers import members
from store.customers.customers import Customer
from store.customers.members import Member
from store.customers.merging import merges
from store.points import points
from store.points import postings as point_postings
from store.points.ledger import LotAllocation, PointAccount, PointEntry, PointLot
from store.tenants import audit
from tests.support import database
from tests.support.races import with_barrier, without_write_queue


@pytest.fixture
def member(create_follower) -> Member:
    return members.get_or_create(create_follower("o1"))


def earn(member: Member, value: int, key: str, days: int | None = None, **rest) -> PointEntry:
    ends = None if days is None else clock.now() + timedelta(days=days)
    return points.earn(member=member, kind="promotion", value=value, key=key, expires_at=ends, **rest)


def spend(member: Member, value: int, key: str) -> PointEntry:
    return points.spend(member=member, kind="gift_redemption", value=value, key=key)


def test_the_lot_that_ends_first_is_spent_first_and_the_older_on_a_tie(member, verify_afterwards):
    late, soon, tie, never = (
        earn(member, 10, key, days) for key, days in (("late", 9), ("soon", 2), ("tie", 2), ("never", None))
    )
    PointLot.update(expires_at=PointLot.get(PointLot.entry == soon).expires_at).where(
        PointLot.entry == tie
    ).execute()
    spent = spend(member, 25, "s")
    assert [(row.lot.entry_id, row.value) for row in spent.allocations.order_by(LotAllocation.id)] == [
        (soon.id, 10), (tie.id, 10), (late.id, 5),
    ]  # fmt: skip
    assert PointLot.get(PointLot.entry == never).remaining == 10


def test_ended_or_not_yet_begun_points_are_not_spent(member):
    earn(member, 10, "short", 1)
    earn(member, 10, "future", effective_at=clock.now() + timedelta(days=5))
    spend(member, 4, "s1")
    with time_machine.travel(clock.now() + timedelta(days=2)), pytest.raises(DomainError) as refused:
        spend(member, 1, "s2")
    assert refused.value.details["available"] == 0
    with pytest.raises(DomainError, match="当前可用 6 积分"):
        spend(member, 7, "s3")


def test_a_key_is_good_for_one_entry_of_one_member(member, create_follower, verify_afterwards):
    first = earn(member, 10, "k")
    assert earn(member, 10, "k").id == first.id
    other = members.get_or_create(create_follower("o2"))
    for again in (
        lambda: earn(member, 11, "k"),
        lambda: earn(other, 10, "k"),
        lambda: points.earn(member=member, kind="transaction", value=10, key="k"),
        lambda: spend(member, 10, "k"),
    ):
        with pytest.raises(DomainError) as refused:
            again()
        assert (refused.value.code, refused.value.status) == ("key_reused", 422)
    assert (points.balance(member), points.balance(other)) == (10, 0)


@pytest.mark.parametrize("key", ["", " ", "k" * 256, "k\x00"])
def test_a_key_is_one_that_can_be_kept(member, key):
    for verb in (points.earn, points.spend):
        kind = "promotion" if verb is points.earn else "behaviour_decrease"
        with pytest.raises(DomainError, check=lambda no: no.details["field"] == "key"):
            verb(member=member, kind=kind, value=1, key=key)
    with pytest.raises(DomainError, check=lambda no: no.details["field"] == "key"):
        points.adjust(member=member, value=1, reason="补登", key=key[:101])


def test_one_key_at_once_is_one_entry(member, verify_afterwards):
    assert (
        len({entry.id for entry in database.run_concurrently(12, lambda number: earn(member, 10, "k"))}) == 1
    )
    assert points.balance(member) == 10


def test_a_key_survives_the_merge_of_its_member(member, create_follower, verify_afterwards):
    other = members.get_or_create(create_follower("o2"))
    first = earn(other, 10, "k")
    merges.merge(survivor=member.customer, duplicate=other.customer, proof="test")
    assert earn(member, 10, "k").id == first.id


def spends_of_threads(number: int, member_id: int) -> int:
    member = Member.get_by_id(member_id)
    return sum(
        isinstance(o, PointEntry)
        for o in database.run_concurrently(8, lambda n: spend(member, 10, f"s{number}-{n}"))
    )


def test_the_same_points_are_spent_once_however_many_want_them(
    process_group, create_follower, verify_afterwards
):
    member = members.get_or_create(create_follower("o1"))
    earn(member, 55, "in")
    assert sum(process_group.run_together(2, spends_of_threads, member.id)) == 5
    assert points.balance(member) == 5


def test_without_the_lock_the_same_points_are_spent_twice(member, monkeypatch):
    earn(member, 10, "in")
    monkeypatch.setattr(members, "lock", Member.get_by_id)
    monkeypatch.setattr(point_postings, "usable_lots", with_barrier(point_postings.usable_lots))
    with without_write_queue():
        outcomes = database.run_concurrently(2, lambda number: spend(member, 10, f"s{number}"))
    assert sum(isinstance(outcome, PointEntry) for outcome in outcomes) == 2, outcomes


def test_an_account_that_two_look_for_at_once_is_opened_once(member, verify_afterwards, monkeypatch):
    monkeypatch.setattr(points, "_find_account", with_barrier(points._find_account))
    first, second = database.run_concurrently(2, lambda _: points.get_or_create_account(member))
    assert first == second == PointAccount.get()


def test_control_opened_outside_a_verb_one_of_two_ends_in_an_error(member, monkeypatch):
    monkeypatch.setattr(points, "_find_account", with_barrier(points._find_account))
    monkeypatch.setattr(
        points, "_create_account", lambda member, group: PointAccount.create(member=member, group=group)
    )
    outcomes = database.run_concurrently(2, lambda _: points.get_or_create_account(member))
    assert sum(isinstance(outcome, peewee.IntegrityError) for outcome in outcomes) == 1, outcomes


def test_to_see_how_a_member_is_opens_no_account(member):
    seen = points.account_or_empty(member)
    assert (seen.available, seen.debt, seen.group.code) == (0, 0, "points")
    assert PointAccount.select().count() == 0
    earn(member, 10, "k")
    assert points.account_or_empty(member) == points.get_or_create_account(member)


def test_a_correction_needs_a_reason_and_is_logged_once(member, verify_afterwards):
    def adjust(number: int = 0) -> PointEntry:
        return points.adjust(member=member, value=30, reason="补积分", key="fix")

    assert len({entry.id for entry in database.run_concurrently(8, adjust)}) == 1
    assert [row.action for row in audit.list_entries()].count("points.adjust") == 1
    for reason in ("", "  ", "长" * 201):
        with pytest.raises(DomainError) as refused:
            points.adjust(member=member, value=1, reason=reason, key="other")
        assert refused.value.details["field"] == "reason"


@pytest.mark.parametrize("value", [0, -1, points.MAX_POINTS_PER_ENTRY + 1, 1.5, "5"])
def test_amounts_are_whole_and_bounded(member, value):
    with pytest.raises(DomainError) as refused:
        earn(member, value, "k")
    assert refused.value.details["field"] == "value"


def test_a_kind_has_its_direction(member):
    for kind in ("gift_redemption", "unknown"):
        with pytest.raises(DomainError):
            points.earn(member=member, kind=kind, value=1, key="k")
    with pytest.raises(DomainError):
        points.spend(member=member, kind="promotion", value=1, key="k")


def test_the_database_itself_rejects_a_lot_below_zero(member):
    earn(member, 5, "k")
    for left in (-1, 6):
        with pytest.raises(peewee.IntegrityError), db.database.atomic():
            PointLot.update(remaining=left).execute()


def test_entries_are_read_page_by_page(member):
    made = [earn(member, 1, f"k{number}").id for number in range(5)]
    held = points.get_or_create_account(member)
    first = points.list_entries(held, limit=2)
    then = points.list_entries(held, limit=2, before_id=first[-1].id)
    assert [entry.id for entry in first + then] == made[:0:-1]
    assert Customer.select().count() == 1


def test_a_group_that_is_opened_later_has_an_account_for_all_who_have_joined(
    acme, register, create_follower, verify_afterwards
):
    joined, stranger = register("13800000001"), members.get_or_create(create_follower("o1"))
    lost = register("13800000002")
    merges.merge_manually(survivor=joined.customer, duplicate=lost.customer, proof="本人到店")
    for _ in range(2):
        group = points.create_group(programme=joined.programme, code="growth", name="成长值", spendable=False)
        owners = {account.member_id for account in PointAccount.select().where(PointAccount.group == group)}
        assert owners == {joined.id}
    points.earn(member=stranger, kind="promotion", value=3, key="k", group=group)
    assert points.balance(stranger, group) == 3


def test_who_joined_before_a_group_was_known_everywhere_has_an_account_when_it_is_opened_again(
    acme, register, verify_afterwards
):
    member = register("13800000001")
    group = points.create_group(programme=member.programme, code="growth", name="成长值", spendable=False)
    PointAccount.delete().where(PointAccount.group == group).execute()
    points.create_group(programme=member.programme, code="growth", name="成长值", spendable=False)
    assert points.balance(member, group) == 0
    assert PointAccount.find(member=member.id, group=group.id) is not None

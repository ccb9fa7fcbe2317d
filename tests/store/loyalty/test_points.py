"""Points: what comes in is in a lot, what goes out leaves the lot that ends first, and the ledger adds up."""

from datetime import timedelta

import peewee
import pytest
import time_machine

from store.company import audit
from store.kernel import clock, db
from store.kernel.refusals import Refused
from store.loyalty import point_moves, points
from store.loyalty.point_accounts import PointAccount, PointEntry, PointLot, PointRelation
from store.people import members, merges
from store.people.customers import Customer
from store.people.members import Member
from tests import world
from tests.store.races import meeting, without_turns


@pytest.fixture
def member(fan) -> Member:
    return members.of_customer(fan("o1"))


def earn(member: Member, value: int, key: str, days: int | None = None, **rest) -> PointEntry:
    ends = None if days is None else clock.now() + timedelta(days=days)
    return points.earn(member=member, kind="promotion", value=value, key=key, expires_at=ends, **rest)


def spend(member: Member, value: int, key: str) -> PointEntry:
    return points.spend(member=member, kind="gift_redemption", value=value, key=key)


def test_the_lot_that_ends_first_is_spent_first_and_the_older_on_a_tie(member, sound):
    late, soon, tie, never = (
        earn(member, 10, key, days) for key, days in (("late", 9), ("soon", 2), ("tie", 2), ("never", None))
    )
    PointLot.update(expires_at=PointLot.get(PointLot.entry == soon).expires_at).where(
        PointLot.entry == tie
    ).execute()
    spent = spend(member, 25, "s")
    assert [(row.lot.entry_id, row.value) for row in spent.taken_from.order_by(PointRelation.id)] == [
        (soon.id, 10), (tie.id, 10), (late.id, 5),
    ]  # fmt: skip
    assert PointLot.get(PointLot.entry == never).left == 10


def test_ended_or_not_yet_begun_points_are_not_spent(member):
    earn(member, 10, "short", 1)
    earn(member, 10, "future", effective_at=clock.now() + timedelta(days=5))
    spend(member, 4, "s1")
    with time_machine.travel(clock.now() + timedelta(days=2)), pytest.raises(Refused) as refused:
        spend(member, 1, "s2")
    assert refused.value.facts["available"] == 0
    with pytest.raises(Refused, match="当前可用 6 积分"):
        spend(member, 7, "s3")


def test_a_key_is_good_for_one_entry_of_one_member(member, fan, sound):
    first = earn(member, 10, "k")
    assert earn(member, 10, "k").id == first.id
    other = members.of_customer(fan("o2"))
    for again in (
        lambda: earn(member, 11, "k"),
        lambda: earn(other, 10, "k"),
        lambda: points.earn(member=member, kind="transaction", value=10, key="k"),
        lambda: spend(member, 10, "k"),
    ):
        with pytest.raises(Refused) as refused:
            again()
        assert (refused.value.code, refused.value.status) == ("key_reused", 422)
    assert (points.balance(member), points.balance(other)) == (10, 0)


@pytest.mark.parametrize("key", ["", " ", "k" * 256, "k\x00"])
def test_a_key_is_one_that_can_be_kept(member, key):
    for verb in (points.earn, points.spend):
        kind = "promotion" if verb is points.earn else "behaviour_decrease"
        with pytest.raises(Refused, check=lambda no: no.facts["field"] == "key"):
            verb(member=member, kind=kind, value=1, key=key)
    with pytest.raises(Refused, check=lambda no: no.facts["field"] == "key"):
        points.adjust(member=member, value=1, reason="补登", key=key[:101])


def test_one_key_at_once_is_one_entry(member, sound):
    assert len({entry.id for entry in world.at_once(12, lambda number: earn(member, 10, "k"))}) == 1
    assert points.balance(member) == 10


def test_a_key_survives_the_merge_of_its_member(member, fan, sound):
    other = members.of_customer(fan("o2"))
    first = earn(other, 10, "k")
    merges.merge(keep=member.customer, lose=other.customer, proof="test")
    assert earn(member, 10, "k").id == first.id


def spends_of_threads(number: int, member_id: int) -> int:
    member = Member.get_by_id(member_id)
    return sum(
        isinstance(o, PointEntry) for o in world.at_once(8, lambda n: spend(member, 10, f"s{number}-{n}"))
    )


def test_the_same_points_are_spent_once_however_many_want_them(house, fan, sound):
    member = members.of_customer(fan("o1"))
    earn(member, 55, "in")
    assert sum(house.together(2, spends_of_threads, member.id)) == 5
    assert points.balance(member) == 5


def test_without_the_lock_the_same_points_are_spent_twice(member, monkeypatch):
    earn(member, 10, "in")
    monkeypatch.setattr(points, "locked", points.account)
    monkeypatch.setattr(point_moves, "usable_lots", meeting(point_moves.usable_lots))
    with without_turns():
        outcomes = world.at_once(2, lambda number: spend(member, 10, f"s{number}"))
    assert sum(isinstance(outcome, PointEntry) for outcome in outcomes) == 2, outcomes


def test_an_account_that_two_look_for_at_once_is_opened_once(member, sound, monkeypatch):
    monkeypatch.setattr(points, "_account", meeting(points._account))
    first, second = world.at_once(2, lambda _: points.account(member))
    assert first == second == PointAccount.get()


def test_control_opened_outside_a_verb_one_of_two_ends_in_an_error(member, monkeypatch):
    monkeypatch.setattr(points, "_account", meeting(points._account))
    monkeypatch.setattr(
        points, "_opened", lambda member, group: PointAccount.create(member=member, group=group)
    )
    outcomes = world.at_once(2, lambda _: points.account(member))
    assert sum(isinstance(outcome, peewee.IntegrityError) for outcome in outcomes) == 1, outcomes


def test_to_see_how_a_member_stands_opens_no_account(member):
    seen = points.standing(member)
    assert (seen.available, seen.owed, seen.group.code) == (0, 0, "points")
    assert PointAccount.select().count() == 0
    earn(member, 10, "k")
    assert points.standing(member) == points.account(member)


def test_a_correction_needs_a_reason_and_is_logged_once(member, sound):
    def adjust(number: int = 0) -> PointEntry:
        return points.adjust(member=member, value=30, reason="补积分", key="fix")

    assert len({entry.id for entry in world.at_once(8, adjust)}) == 1
    assert [row.verb for row in audit.listing()].count("points.adjust") == 1
    for reason in ("", "  ", "长" * 201):
        with pytest.raises(Refused) as refused:
            points.adjust(member=member, value=1, reason=reason, key="other")
        assert refused.value.facts["field"] == "reason"


@pytest.mark.parametrize("value", [0, -1, points.MOST + 1, 1.5, "5"])
def test_amounts_are_whole_and_bounded(member, value):
    with pytest.raises(Refused) as refused:
        earn(member, value, "k")
    assert refused.value.facts["field"] == "value"


def test_a_kind_has_its_direction(member):
    for kind in ("gift_redemption", "unknown"):
        with pytest.raises(Refused):
            points.earn(member=member, kind=kind, value=1, key="k")
    with pytest.raises(Refused):
        points.spend(member=member, kind="promotion", value=1, key="k")


def test_the_database_itself_refuses_a_lot_below_zero(member):
    earn(member, 5, "k")
    for left in (-1, 6):
        with pytest.raises(peewee.IntegrityError), db.database.atomic():
            PointLot.update(left=left).execute()


def test_entries_are_read_page_by_page(member):
    made = [earn(member, 1, f"k{number}").id for number in range(5)]
    held = points.account(member)
    first = points.entries(held, limit=2)
    then = points.entries(held, limit=2, before_id=first[-1].id)
    assert [entry.id for entry in first + then] == made[:0:-1]
    assert Customer.select().count() == 1


def test_a_group_that_is_opened_later_has_an_account_for_all_who_have_joined(acme, register, fan, sound):
    joined, stranger = register("13800000001"), members.of_customer(fan("o1"))
    lost = register("13800000002")
    merges.merge_by_hand(keep=joined.customer, lose=lost.customer, proof="本人到店")
    for _ in range(2):
        group = points.open_group(programme=joined.programme, code="growth", name="成长值", spendable=False)
        owners = {account.member_id for account in PointAccount.select().where(PointAccount.group == group)}
        assert owners == {joined.id}
    points.earn(member=stranger, kind="promotion", value=3, key="k", group=group)
    assert points.balance(stranger, group) == 3


def test_who_joined_before_a_group_was_known_everywhere_has_an_account_when_it_is_opened_again(
    acme, register, sound
):
    member = register("13800000001")
    group = points.open_group(programme=member.programme, code="growth", name="成长值")
    PointAccount.delete().where(PointAccount.group == group).execute()
    points.open_group(programme=member.programme, code="growth", name="成长值")
    assert points.balance(member, group) == 0
    assert PointAccount.find(member=member.id, group=group.id) is not None

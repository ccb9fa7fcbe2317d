"""Many events are written in a few statements and are followed like those written one by one."""

import pytest

from store.kernel import db, events
from store.kernel.events import Delivery, Event
from store.people import members
from store.people.members import Member
from tests.store.loyalty import coupon_world

COUNT = 503


def rows(count=COUNT):
    return [{"customer_id": None, "member_id": None, "properties": {"number": n}} for n in range(count)]


def hear(event):
    """A reaction."""


def note(event):
    """Another."""


@pytest.fixture
def woken(acme):
    """Who was woken, with a kind that two reactions follow and one that none does."""
    called = []
    events.install({"bulk.heard": (hear, note)}, wake=called.append)
    return called


def test_each_event_has_its_deliveries_and_the_relay_is_woken(woken):
    db.verb(lambda: events.record_many("bulk.heard", rows()))()
    assert [row.properties["number"] for row in Event.select().order_by(Event.id)][-1] == COUNT - 1
    assert Delivery.select().count() == 2 * COUNT
    assert set(woken) == {"acme"}


def test_without_reactions_nobody_is_woken(woken):
    db.verb(lambda: events.record_many("bulk.unheard", rows(3)))()
    assert (Event.select().count() >= 3, Delivery.select().count(), woken) == (True, 0, [])


def test_outside_a_verb_they_are_refused(woken):
    with pytest.raises(RuntimeError):
        events.record_many("bulk.heard", rows(1))


def test_hundreds_of_ids_are_one_parameter(acme):
    people = [coupon_world.member(number).id for number in range(3)]
    found = Member.select(Member.id).where(db.among(Member.id, [*people[:2], *range(10**6, 10**6 + 500)]))
    assert sorted(row.id for row in found) == people[:2]
    assert len(found.sql()[1]) == 1
    assert list(Member.select().where(db.among(Member.id, []))) == []


def test_members_are_locked_in_the_order_of_their_ids_without_those_merged_away(acme):
    people = [coupon_world.member(number) for number in range(3)]
    people[1].put(merged_into=people[0])
    ids = [row.id for row in people]
    assert db.verb(members.locked_together)(reversed(ids)) == [ids[0], ids[2]]

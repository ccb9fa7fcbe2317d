"""Many events are written in a few statements and are followed like those written one by one."""

import pytest

from store.core import events
from store.core.database import db
from store.core.events import Event, EventDelivery, Subscriber
from store.customers import members
from store.customers.members import Member
from tests.support import coupon_fixtures

COUNT = 503


def rows(count=COUNT):
    return [{"customer_id": None, "member_id": None, "properties": {"number": n}} for n in range(count)]


def first_subscriber(event):
    """A reaction."""


def second_subscriber(event):
    """Another."""


@pytest.fixture
def wakeups(acme):
    """Who was wakeups, with a kind that two reactions follow and one that none does."""
    called = []
    events.subscribe(
        {"bulk.heard": (Subscriber("first", first_subscriber), Subscriber("second", second_subscriber))},
        wake=called.append,
    )
    return called


def test_each_event_has_its_deliveries_and_the_relay_is_woken(wakeups):
    db.transactional(lambda: events.record_many("bulk.heard", rows()))()
    assert [row.properties["number"] for row in Event.select().order_by(Event.id)][-1] == COUNT - 1
    assert EventDelivery.select().count() == 2 * COUNT
    assert set(wakeups) == {"acme"}


def test_without_reactions_no_one_is_woken(wakeups):
    db.transactional(lambda: events.record_many("bulk.unheard", rows(3)))()
    assert (Event.select().count() >= 3, EventDelivery.select().count(), wakeups) == (True, 0, [])


def test_outside_a_verb_they_are_refused(wakeups):
    with pytest.raises(RuntimeError):
        events.record_many("bulk.heard", rows(1))


def test_hundreds_of_ids_are_one_parameter(acme):
    people = [coupon_fixtures.create_member(number).id for number in range(3)]
    found = Member.select(Member.id).where(db.in_ids(Member.id, [*people[:2], *range(10**6, 10**6 + 500)]))
    assert sorted(row.id for row in found) == people[:2]
    assert len(found.sql()[1]) == 1
    assert list(Member.select().where(db.in_ids(Member.id, []))) == []


def test_members_are_locked_in_the_order_of_their_ids_without_those_merged_away(acme):
    people = [coupon_fixtures.create_member(number) for number in range(3)]
    people[1].update_fields(merged_into=people[0])
    ids = [row.id for row in people]
    assert db.transactional(members.lock_all_in_order)(reversed(ids)) == [ids[0], ids[2]]

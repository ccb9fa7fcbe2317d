"""Members: opened once, found by their cards, many at a time."""

from store.customers import members
from store.customers.members import Member
from store.customers.merging import merges
from tests.support import coupon_fixtures, database
from tests.support.races import with_barrier, without_index, without_write_queue


def test_cards_lead_to_their_accounts_and_unknown_ones_nowhere(acme, monkeypatch):
    monkeypatch.setattr(members, "BATCH_SIZE", 2)
    people = [coupon_fixtures.create_member(number) for number in range(5)]
    numbers = [row.card_number for row in people]
    assert members.find_by_cards([*numbers, numbers[0], "1234"]) == dict(zip(numbers, people, strict=True))
    assert members.find_by_cards([]) == {}


def test_the_card_of_a_merged_account_still_leads_to_it(acme):
    kept, lost = coupon_fixtures.create_member(1), coupon_fixtures.create_member(2)
    merges.merge_manually(survivor=kept.customer, duplicate=lost.customer, proof="本人到店")
    (found,) = members.find_by_cards([lost.card_number]).values()
    assert members.survivor(found) == kept


def test_an_account_that_two_look_for_at_once_is_opened_once(create_follower, verify_afterwards, monkeypatch):
    customer = create_follower("o1")
    monkeypatch.setattr(members, "find_active", with_barrier(members.find_active))
    first, second = database.run_concurrently(2, lambda _: members.get_or_create(customer))
    assert first == second == Member.get()


def test_control_opened_without_a_second_look_a_customer_has_two_accounts(create_follower, monkeypatch):
    customer = create_follower("o1")
    monkeypatch.setattr(members, "find_active", with_barrier(members.find_active))
    monkeypatch.setattr(
        members, "_create", lambda person, programme: Member.create(customer=person, programme=programme)
    )
    with without_index("member_active"), without_write_queue():
        database.run_concurrently(2, lambda _: members.get_or_create(customer))
        assert Member.select().count() == 2


def test_who_merely_looks_takes_no_lock(create_follower, monkeypatch):
    customer = create_follower("o1")
    member = members.get_or_create(customer)
    monkeypatch.setattr(members, "_create", None)
    assert members.get_or_create(customer) == member

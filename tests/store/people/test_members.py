"""Members: opened once, found by their cards, many at a time."""

from store.people import members, merges
from store.people.members import Member
from tests import world
from tests.store.loyalty import coupon_world
from tests.store.races import meeting, without_index, without_turns


def test_cards_lead_to_their_accounts_and_unknown_ones_nowhere(acme, monkeypatch):
    monkeypatch.setattr(members, "PORTION", 2)
    people = [coupon_world.member(number) for number in range(5)]
    numbers = [row.card_number for row in people]
    assert members.of_cards([*numbers, numbers[0], "1234"]) == dict(zip(numbers, people, strict=True))
    assert members.of_cards([]) == {}


def test_the_card_of_a_merged_account_still_leads_to_it(acme):
    kept, lost = coupon_world.member(1), coupon_world.member(2)
    merges.merge_by_hand(keep=kept.customer, lose=lost.customer, proof="本人到店")
    (found,) = members.of_cards([lost.card_number]).values()
    assert members.survivor(found) == kept


def test_an_account_that_two_look_for_at_once_is_opened_once(fan, sound, monkeypatch):
    customer = fan("o1")
    monkeypatch.setattr(members, "living", meeting(members.living))
    first, second = world.at_once(2, lambda _: members.of_customer(customer))
    assert first == second == Member.get()


def test_control_opened_without_a_second_look_a_customer_has_two_accounts(fan, monkeypatch):
    customer = fan("o1")
    monkeypatch.setattr(members, "living", meeting(members.living))
    monkeypatch.setattr(
        members, "_opened", lambda person, programme: Member.create(customer=person, programme=programme)
    )
    with without_index("member_living"), without_turns():
        world.at_once(2, lambda _: members.of_customer(customer))
        assert Member.select().count() == 2


def test_who_merely_looks_takes_no_lock(fan, monkeypatch):
    customer = fan("o1")
    member = members.of_customer(customer)
    monkeypatch.setattr(members, "_opened", None)
    assert members.of_customer(customer) == member

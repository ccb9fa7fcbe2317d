"""Members: found by their cards, many at a time."""

from store.people import members, merges
from tests.store.loyalty import coupon_world


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

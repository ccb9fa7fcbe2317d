"""Plastic cards: bound, lost, reinstated, replaced and upgraded, and which number a till accepts."""

import pytest

from store.customers import members, person_search, profiles
from store.customers.merging import merges
from store.membership import member_list
from store.membership.member_list import MemberFilter
from store.physical_cards import cards, kinds, losses, replacements, upgrades
from store.physical_cards.cards import PhysicalCard
from store.physical_cards.upgrades import UpgradeFilter
from store.stored_value import accounts as stored_value_accounts
from store.stored_value import top_ups
from store.tenants.audit import AuditEntry
from store.tills import member_search
from tests.support import database
from tests.support.coupon_fixtures import create_member, error_code_of
from tests.support.plastic_card_fixtures import NUMBER, OTHER_NUMBER, create_kinds, import_stock, raise_tier
from tests.support.races import with_barrier, without_index, without_write_queue


@pytest.fixture
def plain(acme: str):
    return create_kinds()[0]


@pytest.fixture
def gold(plain):
    return kinds.get_by_code("gold")


@pytest.fixture
def mei(plain):
    return create_member(1)


@pytest.fixture
def card(mei, plain) -> PhysicalCard:
    import_stock(plain)
    return cards.bind(member=mei, kind=plain, number=NUMBER, key="b")


def find_at_till(number: str):
    return member_search.find_member(number, till="t-1")


def test_a_card_bound_twice_is_one_and_names_its_member(mei, plain, card):
    assert cards.bind(member=mei, kind=plain, number=NUMBER, key="b") == card
    assert find_at_till("6200 0000 0000 0000 001") == mei
    assert AuditEntry.select().where(AuditEntry.action == "physical_cards.bind").count() == 1


def test_a_second_card_another_s_number_and_a_stopped_kind_are_rejected(mei, plain, gold, card):
    other = create_member(2)
    assert error_code_of(lambda: cards.bind(member=mei, kind=plain, key="c")) == "card_exists"
    assert (
        error_code_of(lambda: cards.bind(member=other, kind=plain, number=NUMBER, key="c"))
        == "card_number_taken"
    )
    assert (
        error_code_of(lambda: cards.bind(member=other, kind=plain, number=mei.card_number, key="c"))
        == "card_number_taken"
    )
    assert (
        error_code_of(lambda: cards.bind(member=other, kind=gold, number=OTHER_NUMBER, key="c")) == "invalid"
    )
    kinds.change(code="gold", name="金卡", is_active=False)
    stopped = kinds.get_by_code("gold")
    assert error_code_of(lambda: cards.bind(member=other, kind=stopped, key="c")) == "card_kind_inactive"


def test_a_lost_card_is_blocked_at_once_and_its_money_on_request(mei, card):
    stored_value_accounts.lock_for_member(mei)
    losses.report(member=mei)
    assert error_code_of(lambda: find_at_till(NUMBER)) == "card_lost"
    assert error_code_of(lambda: members.get_by_card(NUMBER)) == "card_lost"
    assert person_search.find_customer(NUMBER) == mei.customer  # staff find who reported it
    assert stored_value_accounts.find_by_member(mei).frozen_at is None
    for _ in range(2):
        losses.report(member=mei, freeze_stored_value=True)
    assert stored_value_accounts.find_by_member(mei).frozen_at is not None
    assert AuditEntry.select().where(AuditEntry.action == "physical_cards.report_loss").count() == 1


def test_who_has_no_card_has_none_to_report(mei):
    assert error_code_of(lambda: losses.report(member=mei)) == "no_physical_card"


def test_a_reinstated_card_counts_again(mei, card):
    losses.report(member=mei)
    for _ in range(2):
        losses.reinstate(member=mei, number=NUMBER, reason="找到了")
    assert find_at_till(NUMBER) == mei
    assert AuditEntry.select().where(AuditEntry.action == "physical_cards.reinstate").count() == 1


def test_a_replaced_lost_number_stays_blocked_and_is_not_reinstated(mei, card):
    losses.report(member=mei)
    new = replacements.replace(member=mei, number=NUMBER, new_number=OTHER_NUMBER, key="r")
    again = replacements.replace(member=mei, number=NUMBER, new_number=OTHER_NUMBER, key="r")
    assert (again, new.replaces) == (new, card)
    assert find_at_till(OTHER_NUMBER) == mei
    assert error_code_of(lambda: find_at_till(NUMBER)) == "card_lost"
    reinstate = lambda: losses.reinstate(member=mei, number=NUMBER, reason="找到了")  # noqa: E731
    assert error_code_of(reinstate) == "card_replaced"
    second = lambda: replacements.replace(member=mei, number=NUMBER, new_number=None, key="r2")  # noqa: E731
    assert error_code_of(second) == "card_replaced"


def test_an_upgraded_card_s_number_leads_to_the_member_and_points_stay(mei, card, gold):
    assert error_code_of(lambda: upgrade(mei, gold)) == "tier_not_reached"
    assert upgrades.list_page(UpgradeFilter(), member_list.Page())[1] == 0
    raise_tier(mei)
    rows, total = upgrades.list_page(UpgradeFilter(), member_list.Page())
    assert (total, rows[0].number, rows[0].member.tier_record.reached.name) == (1, NUMBER, "金卡")
    assert upgrades.find_due(mei) == gold
    new = upgrade(mei, gold)
    assert upgrade(mei, gold) == new
    assert find_at_till(NUMBER) == mei == find_at_till(new.number)  # the old card was no lost one
    assert upgrades.count_cards(UpgradeFilter()) == 0


def upgrade(member, kind):
    return replacements.upgrade(member=member, number=NUMBER, kind=kind, new_number=None, key="u")


def test_staff_find_members_by_plastic_number_and_nickname(mei, card):
    profiles.change(mei.customer, nickname="Mei 小美")
    losses.report(member=mei)
    for text in (NUMBER, "mei 小美"):
        (row,) = member_list.list_members(MemberFilter(search=text))
        assert row.card_number == mei.card_number


def test_cards_follow_a_merge(mei, card):
    other = create_member(2)
    merges.merge_manually(survivor=other.customer, duplicate=mei.customer, proof="本人到店")
    assert find_at_till(NUMBER) == other


def test_a_top_up_of_a_lost_card_is_rejected_by_its_number(mei, card):
    losses.report(member=mei)
    assert error_code_of(lambda: members.get_by_card(NUMBER)) == "card_lost"
    assert top_ups.select_for_member(mei).count() == 0


def replace_twice(mei):
    return database.run_concurrently(
        2,
        lambda n: replacements.replace(member=mei, number=NUMBER, new_number=None, key=f"race-{n}"),
    )


def test_two_clerks_at_once_replace_a_card_once(mei, card, verify_afterwards):
    outcomes = replace_twice(mei)
    assert sorted(type(one).__name__ for one in outcomes) == ["DomainError", "PhysicalCard"]
    assert PhysicalCard.select().where(PhysicalCard.replaces == card).count() == 1


def test_control_without_its_guards_a_card_is_replaced_twice(mei, card, monkeypatch):
    monkeypatch.setattr(members, "lock", members.Member.get_by_id)
    monkeypatch.setattr(kinds, "ensure_fits", with_barrier(kinds.ensure_fits))
    with without_index("physical_card_replaces_id"), without_write_queue():
        replace_twice(mei)
        assert PhysicalCard.select().where(PhysicalCard.replaces == card).count() == 2

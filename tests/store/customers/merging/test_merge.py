"""Two rows that prove to be one person become one, and nothing is lost, doubled or left behind."""

import itertools

import peewee
import pytest

from store import layers
from store.check_ins import check_ins
from store.check_ins.check_ins import CheckIn
from store.core.database.models import Model
from store.core.events import Event
from store.customers import customers, followers, identities, members, sessions
from store.customers.customers import Customer
from store.customers.followers import Follow
from store.customers.members import Member
from store.customers.merging import merges
from store.customers.merging import rules as merge_rules
from store.customers.merging.journal import Merge
from store.points import points
from store.points.ledger import PointEntry, PointLot
from store.shops import favourites as shop_favourites
from store.shops import shops
from store.shops.coordinates import Coordinates
from tests.support import database


def customer_columns(model: type[Model]) -> set[peewee.Field]:
    """The columns of a table that name a customer or a member, by key or by name."""
    found = set()
    for field in model._meta.sorted_fields:
        by_key = isinstance(field, peewee.ForeignKeyField) and field.rel_model in (Customer, Member)
        by_name = field.column_name.endswith(("customer_id", "member_id"))
        if by_key or by_name:
            found.add(field)
    return found


def find_unhandled_columns(models: list[type[Model]]) -> list[str]:
    """The columns that no noun has said how to carry; a member's customer is carried by the merge itself."""
    spoken = {field for field, *_ in merge_rules.CUSTOMER_RULES + merge_rules.MEMBER_RULES} | {
        Member.customer
    }
    return [str(field) for model in models for field in customer_columns(model) if field not in spoken]


def test_every_column_that_names_a_person_is_carried():
    assert find_unhandled_columns(layers.list_tables()) == []
    assert len(set().union(*map(customer_columns, layers.list_tables()))) >= 10


def test_a_forgotten_column_would_be_found():
    class Forgotten(Model):
        giver_customer_id = peewee.BigIntegerField()
        member = peewee.ForeignKeyField(Member)

    assert len(find_unhandled_columns([Forgotten])) == 2


def create_history(customer: Customer, number: int) -> None:
    """A little of everything that a person can leave."""
    member = members.get_or_create(customer)
    points.earn(member=member, kind="promotion", value=10 * number, key=f"gift:{number}")
    points.spend(member=member, kind="gift_redemption", value=3, key=f"spent:{number}")
    check_ins.check_in(customer=customer, source="menu")
    sessions.open_session(customer=customer, channel_id=1)
    shop_favourites.add(customer=customer, shop=shops.get_by_code(f"S{number}"))
    shop_favourites.add(customer=customer, shop=shops.get_by_code("S9"))


@pytest.fixture
def people(create_follower):
    """Three followers who lived, and shops to like."""
    for number in (1, 2, 3, 9):
        shops.create_shop(code=f"S{number}", name=f"{number}号店", location=Coordinates(121.4, 31.2))
    found = [create_follower(f"o{number}") for number in (1, 2, 3)]
    for number, customer in enumerate(found, 1):
        create_history(customer, number)
    return found


def less_second_check_ins(before: tuple[int, ...], merged: int) -> tuple[int, ...]:
    """The totals after some merges: all checked in on one day, so each merge takes 5 points back, by an entry."""
    available, left, entries, open_ = before
    return available - 5 * merged, left - 5 * merged, entries + merged, open_


def total_rows() -> tuple[int, ...]:
    members_ = Member.select().where(Member.merged_into.is_null())
    available = sum(points.balance(member) for member in members_)
    left = sum(lot.remaining for lot in PointLot.select())
    return available, left, PointEntry.select().count(), sessions.Session.select().count()


def test_everything_comes_along_and_nothing_twice(people, verify_afterwards):
    first, second, _ = people
    before = total_rows()
    merges.merge(survivor=first, duplicate=second, proof="test")
    assert total_rows() == less_second_check_ins(before, 1)
    assert points.balance(members.get_or_create(first)) == 10 + 20 - 3 - 3 + 5
    assert CheckIn.select().where(CheckIn.member == members.get_or_create(first)).count() == 1
    liked, total = shop_favourites.list_favourites(first)
    assert total == 3
    assert {shop.code for shop in liked} == {"S1", "S2", "S9"}
    assert Event.select().where(Event.customer_id == second.id).count() == 0
    assert {row.subject for row in identities.list_for(first)} == {"o1", "o2"}
    assert Merge.get().moved_counts


@pytest.mark.parametrize("pairs", list(itertools.permutations([(0, 1), (1, 2), (0, 2)])))
def test_chains_end_with_one_person_whatever_the_order(people, pairs, verify_afterwards):
    before = total_rows()
    for left, right in pairs:
        merges.merge(survivor=people[left], duplicate=people[right], proof="test")
    assert total_rows() == less_second_check_ins(before, 2)
    assert len({customers.survivor(Customer.get_by_id(row.id)).id for row in people}) == 1
    assert Merge.select().count() == 2
    assert {customers.get_by_public_id(row.public_id).id for row in people} == {
        row.id for row in Customer.select().where(Customer.merged_into.is_null())
    }


def test_merged_again_or_with_oneself_nothing_happens(people):
    first, second, _ = people
    merges.merge(survivor=first, duplicate=second, proof="test")
    before = database.dump_rows()
    for keep, lose in ((first, second), (second, first), (first, first), (second, second)):
        assert merges.merge(survivor=keep, duplicate=lose, proof="test").id == first.id
    assert database.dump_rows() == before


def test_both_ways_at_once_is_one_merge(people, verify_afterwards):
    before = total_rows()
    first, second, third = people
    pairs = [(first, second), (second, first), (second, third), (third, first)]
    outcomes = database.run_concurrently(
        8, lambda n: merges.merge(survivor=pairs[n % 4][0], duplicate=pairs[n % 4][1], proof="test")
    )
    assert all(isinstance(outcome, Customer) for outcome in outcomes), outcomes
    assert total_rows() == less_second_check_ins(before, 2)
    assert Merge.select().count() == 2


def test_who_earns_while_being_merged_loses_nothing(people, verify_afterwards):
    first, second, _ = people
    available, left, entries, open_ = less_second_check_ins(total_rows(), 1)

    def work(number: int) -> None:
        if number == 0:
            merges.merge(survivor=first, duplicate=second, proof="test")
        else:
            points.earn(member=members.get_or_create(second), kind="promotion", value=1, key=f"race:{number}")

    assert database.run_concurrently(8, work) == [None] * 8
    assert total_rows() == (available + 7, left + 7, entries + 7, open_)
    assert points.balance(members.get_or_create(first)) == 10 + 20 - 6 + 5 + 7


def test_a_row_read_before_the_merge_opens_no_second_account(people, verify_afterwards):
    first, second, _ = people
    merges.merge(survivor=first, duplicate=second, proof="test")
    assert members.get_or_create(second).id == members.get_or_create(first).id
    assert check_ins.check_in(customer=second, source="menu").already_done


def test_who_follows_with_either_openid_follows(create_follower, account, verify_afterwards):
    kept, lost = create_follower("o1"), create_follower("o2")
    followers.unfollow(channel=account, openid="o1")
    merges.merge(survivor=kept, duplicate=lost, proof="test")
    row = Follow.get()
    assert (row.customer_id, row.follow_count, row.unfollowed_at) == (kept.id, 2, None)
    assert not followers.follow(channel=account, openid="o2").first_time


def test_card_numbers_of_both_go_on_resolving(people):
    cards = [members.get_or_create(person).card_number for person in people[:2]]
    merges.merge(survivor=people[0], duplicate=people[1], proof="test")
    assert len({members.get_by_card(card).id for card in cards}) == 1

"""Two rows that prove to be one person become one, and nothing is lost, doubled or left behind."""

import itertools

import peewee
import pytest

from store import wings
from store.kernel.events import Event
from store.kernel.records import Record
from store.loyalty import check_ins, points
from store.loyalty.check_ins import CheckIn
from store.loyalty.point_accounts import PointEntry, PointLot
from store.people import customers, fans, identities, members, merges, sessions
from store.people.customers import Customer
from store.people.fans import Follow
from store.people.members import Member
from store.people.merges import Merge
from store.shop import favourites, shops
from store.shop.places import Place
from tests import world


def refers_to_people(model: type[Record]) -> set[peewee.Field]:
    """The columns of a table that name a customer or a member, by key or by name."""
    found = set()
    for field in model._meta.sorted_fields:
        by_key = isinstance(field, peewee.ForeignKeyField) and field.rel_model in (Customer, Member)
        by_name = field.column_name.endswith(("customer_id", "member_id"))
        if by_key or by_name:
            found.add(field)
    return found


def unspoken(models: list[type[Record]]) -> list[str]:
    """The columns that no noun has said how to carry; a member's customer is carried by the merge itself."""
    spoken = {field for field, *_ in merges.OF_CUSTOMER + merges.OF_MEMBER} | {Member.customer}
    return [str(field) for model in models for field in refers_to_people(model) if field not in spoken]


def test_every_column_that_names_a_person_is_carried():
    assert unspoken(wings.tables()) == []
    assert len(set().union(*map(refers_to_people, wings.tables()))) >= 10


def test_a_forgotten_column_would_be_found():
    class Forgotten(Record):
        giver_customer_id = peewee.BigIntegerField()
        member = peewee.ForeignKeyField(Member)

    assert len(unspoken([Forgotten])) == 2


def lived(customer: Customer, number: int) -> None:
    """A little of everything that a person can leave."""
    member = members.of_customer(customer)
    points.earn(member=member, kind="promotion", value=10 * number, key=f"gift:{number}")
    points.spend(member=member, kind="gift_redemption", value=3, key=f"spent:{number}")
    check_ins.check_in(customer=customer, source="menu")
    sessions.open_session(customer=customer, channel_id=1)
    favourites.add(customer=customer, shop=shops.of_code(f"S{number}"))
    favourites.add(customer=customer, shop=shops.of_code("S9"))


@pytest.fixture
def people(fan):
    """Three fans who lived, and shops to like."""
    for number in (1, 2, 3, 9):
        shops.open_shop(code=f"S{number}", name=f"{number}号店", place=Place(121.4, 31.2))
    found = [fan(f"o{number}") for number in (1, 2, 3)]
    for number, customer in enumerate(found, 1):
        lived(customer, number)
    return found


def sums() -> tuple[int, ...]:
    members_ = Member.select().where(Member.merged_into.is_null())
    available = sum(points.balance(member) for member in members_)
    left = sum(lot.left for lot in PointLot.select())
    return available, left, PointEntry.select().count(), sessions.Session.select().count()


def test_everything_comes_along_and_nothing_twice(people, sound):
    first, second, _ = people
    before = sums()
    merges.merge(keep=first, lose=second, proof="test")
    assert sums() == before
    assert points.balance(members.of_customer(first)) == 10 + 20 - 3 - 3 + 5 + 5
    assert CheckIn.select().where(CheckIn.member == members.of_customer(first)).count() == 1
    liked, total = favourites.listing(first)
    assert total == 3
    assert {shop.code for shop in liked} == {"S1", "S2", "S9"}
    assert Event.select().where(Event.customer_id == second.id).count() == 0
    assert {row.subject for row in identities.of(first)} == {"o1", "o2"}
    assert Merge.get().moved


@pytest.mark.parametrize("pairs", list(itertools.permutations([(0, 1), (1, 2), (0, 2)])))
def test_chains_end_with_one_person_whatever_the_order(people, pairs, sound):
    before = sums()
    for left, right in pairs:
        merges.merge(keep=people[left], lose=people[right], proof="test")
    assert sums() == before
    assert len({customers.survivor(Customer.get_by_id(row.id)).id for row in people}) == 1
    assert Merge.select().count() == 2
    assert {customers.of_public_id(row.public_id).id for row in people} == {
        row.id for row in Customer.select().where(Customer.merged_into.is_null())
    }


def test_merged_again_or_with_oneself_nothing_happens(people):
    first, second, _ = people
    merges.merge(keep=first, lose=second, proof="test")
    before = world.dump()
    for keep, lose in ((first, second), (second, first), (first, first), (second, second)):
        assert merges.merge(keep=keep, lose=lose, proof="test").id == first.id
    assert world.dump() == before


def test_both_ways_at_once_is_one_merge(people, sound):
    before = sums()
    first, second, third = people
    pairs = [(first, second), (second, first), (second, third), (third, first)]
    outcomes = world.at_once(
        8, lambda n: merges.merge(keep=pairs[n % 4][0], lose=pairs[n % 4][1], proof="test")
    )
    assert all(isinstance(outcome, Customer) for outcome in outcomes), outcomes
    assert sums() == before
    assert Merge.select().count() == 2


def test_who_earns_while_being_merged_loses_nothing(people, sound):
    first, second, _ = people
    available, left, entries, open_ = sums()

    def work(number: int) -> None:
        if number == 0:
            merges.merge(keep=first, lose=second, proof="test")
        else:
            points.earn(member=members.of_customer(second), kind="promotion", value=1, key=f"race:{number}")

    assert world.at_once(8, work) == [None] * 8
    assert sums() == (available + 7, left + 7, entries + 7, open_)
    assert points.balance(members.of_customer(first)) == 10 + 20 - 6 + 10 + 7


def test_a_row_read_before_the_merge_opens_no_second_account(people, sound):
    first, second, _ = people
    merges.merge(keep=first, lose=second, proof="test")
    assert members.of_customer(second).id == members.of_customer(first).id
    assert check_ins.check_in(customer=second, source="menu").already


def test_who_follows_with_either_openid_follows(fan, account, sound):
    kept, lost = fan("o1"), fan("o2")
    fans.unfollow(channel=account, openid="o1")
    merges.merge(keep=kept, lose=lost, proof="test")
    row = Follow.get()
    assert (row.customer_id, row.times, row.unfollowed_at) == (kept.id, 2, None)
    assert not fans.follow(channel=account, openid="o2").first_time


def test_card_numbers_of_both_go_on_resolving(people):
    cards = [members.of_customer(person).card_number for person in people[:2]]
    merges.merge(keep=people[0], lose=people[1], proof="test")
    assert len({members.of_card(card).id for card in cards}) == 1

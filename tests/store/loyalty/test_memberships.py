"""Whoever proves a phone is one member, however often and from wherever it is proved."""

import pytest

from store.kernel import db
from store.kernel.refusals import Refused
from store.loyalty import memberships, points, tiers
from store.people import codes, customers, identities, members
from store.people.customers import Customer
from store.people.identities import Identity
from store.people.members import Member
from tests import world
from tests.store.races import meeting, without_index, without_turns

PHONE, OTHER = "+8613800000001", "+8613800000002"


def by_platform(phone: str, customer: Customer) -> Member:
    return memberships.register_by_platform(phone=phone, source="miniprogram", customer=customer)


def binds_of_threads(number: int, customer_ids: list[int]) -> list[int]:
    mine = customer_ids[number * 8 : number * 8 + 8]
    return [
        m.customer_id for m in world.at_once(8, lambda n: by_platform(PHONE, Customer.get_by_id(mine[n])))
    ]


def holders() -> int:
    return (
        Identity.select()
        .where((Identity.provider == identities.PHONE) & Identity.unbound_at.is_null())
        .count()
    )


def test_a_member_has_the_base_tier_and_every_account(register, sound):
    member = register(PHONE)
    assert member.joined_at is not None
    assert tiers.of(member).tier.code == "base"
    assert [account.group.code for account in points.accounts(member)] == ["points", "growth"]


def test_registering_again_is_signing_in(register, sound):
    first, second = register(PHONE), register("138 0000 0001")
    assert first.id == second.id
    assert first.joined_at == second.joined_at
    assert Customer.select().count() == 1


def test_a_fan_becomes_the_member_that_has_the_phone(register, fan, sound):
    member, customer = register(PHONE), fan("o1")
    assert register(PHONE, customer).id == member.id
    assert customers.survivor(Customer.get_by_id(customer.id)).id == member.customer_id


def test_a_new_phone_replaces_the_old_one(register, fan, sound):
    customer = fan("o1")
    register(PHONE, customer)
    register(OTHER, customer)
    assert identities.phone_of(customer) == OTHER
    assert identities.phone_holder(PHONE) is None


def test_two_verified_phones_are_never_joined_blindly(register, fan, sound):
    customer = fan("o1")
    register(PHONE, customer)
    register(OTHER)
    with pytest.raises(Refused) as refused:
        by_platform(OTHER, customer)
    assert refused.value.code == "phone_needs_sms"
    assert Customer.select().where(Customer.merged_into.is_null()).count() == 2


def test_a_phone_that_changed_hands_is_all_that_the_old_holder_loses(register, fan, sound):
    new = fan("o1")
    old = register(OTHER)
    points.earn(member=old, kind="promotion", value=50, key="k")
    register(PHONE, new)
    register(OTHER, new)
    assert identities.phone_of(new) == OTHER
    assert identities.phone_of(old.customer) is None
    assert points.balance(members.of_customer(old.customer)) == 50
    assert points.balance(members.of_customer(new)) == 0


def test_one_fan_two_phones_read_before_the_first_merge(register, fan, sound):
    """The second registration still holds the row as it was before the first one merged it."""
    stale = fan("o1")
    first, second = register(PHONE), register(OTHER)
    register(PHONE, stale)
    with pytest.raises(Refused):
        by_platform(OTHER, stale)
    living = [row.id for row in Customer.select().where(Customer.merged_into.is_null())]
    assert sorted(living) == sorted([first.customer_id, second.customer_id])


def test_sixteen_openids_with_one_phone_in_two_processes_are_one_member(house, fan, sound):
    fan_ids = [fan(f"o{number}").id for number in range(16)]
    found = [customer for part in house.together(2, binds_of_threads, fan_ids) for customer in part]
    assert len(found) == 16
    assert Customer.select().where(Customer.merged_into.is_null()).count() == 1
    assert holders() == 1
    assert Member.select().where(Member.merged_into.is_null()).count() == 1


def test_without_the_unique_index_a_phone_has_two_holders(fan, monkeypatch):
    people = [fan("o1"), fan("o2")]
    monkeypatch.setattr(memberships, "_locked", meeting(lambda phone, customer: (None, customer)))
    with without_index("identity_bound"), without_turns():
        world.at_once(2, lambda number: by_platform(PHONE, people[number]))
        assert holders() == 2


def test_a_code_registers_once_also_at_once(acme, sound):
    code = codes.ask(phone=PHONE, purpose=memberships.PURPOSE, address="")
    proof = memberships.prove(phone=PHONE, code=code)
    outcomes = world.at_once(8, lambda number: memberships.register(proof=proof, source="h5"))
    assert sorted(getattr(outcome, "code", "in") for outcome in outcomes) == ["code_expired"] * 7 + ["in"]
    assert Customer.select().count() == 1


def test_no_phone_stands_in_clear_in_the_records(register, fan, companies):
    customer = fan("o1")
    register("13987654321", customer)
    if db.on_postgresql():
        tables = db.database.obj.get_tables()
        kept = "".join(
            str(db.database.execute_sql(f'SELECT * FROM "{table}"').fetchall()) for table in tables
        )
    else:
        kept = b"".join(path.read_bytes() for path in companies.rglob("*.db*")).decode(errors="replace")
    assert customer.public_id in kept
    assert "13987654321" not in kept

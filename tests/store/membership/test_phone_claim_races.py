"""Phone claims when several requests come at once, and what happens without each guard."""

import pytest

from store.core.errors import DomainError
from store.customers import identities, members
from store.membership import phone_answers, phone_claims, registration
from store.membership.phone_claims import PhoneClaim
from tests.store.membership.conftest import (
    PHONE,
    prove,
)
from tests.support import database
from tests.support.races import with_barrier, without_index, without_write_queue

pytestmark = pytest.mark.usefixtures("verify_afterwards")


def test_f05_sixteen_at_once_are_one_holder_and_fifteen_questions(create_follower):
    people = [create_follower(f"o{number}") for number in range(16)]
    found = database.run_concurrently(16, lambda number: register_by_platform(people[number]))
    assert not [outcome for outcome in found if isinstance(outcome, Exception)], found
    assert len([member for member in found if member.joined_at is not None]) == 1
    assert PhoneClaim.select().where(PhoneClaim.state == "open").count() == 15


def register_by_platform(customer):
    return registration.register_by_platform(phone=PHONE, source="wechat_miniprogram", customer=customer)


def test_f05_one_who_verifies_twice_at_once_gets_one_question(old, create_follower):
    new = create_follower("new")
    database.run_concurrently(4, lambda number: register_by_platform(new))
    assert PhoneClaim.select().count() == 1


def test_f05_without_lock_and_index_there_are_two_questions(old, create_follower, monkeypatch):
    new = create_follower("new")
    members.get_or_create(new)
    monkeypatch.setattr(
        registration, "_lock_holder_and_customer", lambda phone, customer: (old.customer, customer)
    )
    find_claim, find_identity = PhoneClaim.find, identities.Identity.find
    monkeypatch.setattr(
        identities.Identity, "find", lambda **columns: find_identity(**columns | {"lock": False})
    )
    monkeypatch.setattr(
        PhoneClaim, "find", with_barrier(lambda **columns: find_claim(**columns | {"lock": False}))
    )
    with without_index("phone_claim_open"), without_write_queue():
        database.run_concurrently(2, lambda number: register_by_platform(new))
        assert PhoneClaim.select().where(PhoneClaim.state == "open").count() == 2


def test_f05_wrong_proofs_at_once_are_three_in_all(claim, old, shop, register, create_follower):
    third = create_follower("third")
    register(PHONE, third)
    claims = (claim, phone_claims.find_open(third))
    found = database.run_concurrently(8, lambda number: prove(claims[number % 2], shop, 1))
    assert sorted(error.code for error in found) == ["clerk_only"] * 5 + ["proof_wrong"] * 3


def test_f05_without_the_lock_more_than_three_proofs_are_tried(claim, old, shop, monkeypatch):
    PhoneClaim.update(attempts=2).execute()
    monkeypatch.setattr(phone_claims, "lock", unlocked)
    monkeypatch.setattr(phone_claims, "count_attempts_left", with_barrier(phone_claims.count_attempts_left))
    with without_write_queue():
        found = database.run_concurrently(2, lambda number: prove(claim, shop, 1))
    assert [error.code for error in found] == ["proof_wrong"] * 2


def unlocked(claim):
    current = PhoneClaim.get_by_id(claim.id)
    return current, current.customer, current.identity.customer


def test_f05_yes_and_no_at_once_have_one_winner(claim, old):
    found = database.run_concurrently(2, lambda number: answer(number, claim, old))
    assert [error.code for error in found if isinstance(error, DomainError)] == ["claim_ended"], found
    assert PhoneClaim.get_by_id(claim.id).state in ("accepted", "declined")


def answer(number, claim, old):
    if number:
        return phone_answers.decline(customer=claim.customer, claim_id=claim.public_id)
    return phone_answers.answer_as_holder(holder=old.customer, claim_id=claim.public_id, is_mine=True)


def test_f05_of_two_claimants_who_both_say_no_one_gets_the_phone(claim, old, register, create_follower):
    third = create_follower("third")
    register(PHONE, third)
    claims = (claim, phone_claims.find_open(third))
    found = database.run_concurrently(
        2,
        lambda number: phone_answers.decline(
            customer=claims[number].customer, claim_id=claims[number].public_id
        ),
    )
    assert [error.code for error in found if isinstance(error, DomainError)] == ["claim_ended"]
    assert identities.find_phone(old.customer) is None


def test_f05_without_the_lock_both_claimants_are_new_members(claim, register, create_follower, monkeypatch):
    third = create_follower("third")
    register(PHONE, third)
    claims = (claim, phone_claims.find_open(third))
    monkeypatch.setattr(phone_claims, "lock", with_barrier(unlocked))
    with without_index("identity_bound"), without_write_queue():
        found = database.run_concurrently(
            2,
            lambda number: phone_answers.decline(
                customer=claims[number].customer, claim_id=claims[number].public_id
            ),
        )
        assert len({member.id for member in found}) == 2
        PhoneClaim.delete().execute()
        identities.Identity.delete().execute()

"""Member codes: shown on the phone without a row, scanned once."""

import random
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from store.core.database import db
from store.core.errors import DomainError
from store.customers import member_codes, members
from store.customers.member_codes import MemberCodeSettings, MemberCodeUse
from store.customers.members import Member
from store.customers.merging import merges
from store.membership import registration
from store.tenants import registry, settings
from tests.support import database, races

NOW = datetime(2026, 11, 2, 4, 0, 10, tzinfo=UTC)


def identify(code, *, till="t-1", key="k-1"):
    return member_codes.identify(code=code, till=till, key=key)


def error_code(work):
    with pytest.raises(DomainError) as no:
        work()
    return no.value.code


@pytest.fixture
def wang(register):
    return register("13912345678")


@pytest.fixture
def at_ten(days):
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def test_n17_the_code_has_its_form_and_showing_it_writes_nothing(mei, at_ten):
    before = database.dump_rows()
    shown = member_codes.compute_current(mei)
    assert (len(shown.code), shown.code[:2], shown.last_used_at) == (18, "89", None)
    assert shown.expires_at == datetime(2026, 11, 2, 4, 0, 30, tzinfo=UTC)
    assert member_codes.compute_current(mei) == shown
    assert shown.code not in repr(shown)
    assert database.dump_rows() == before


def test_n17_the_code_names_the_member_once(mei, wang, at_ten):
    first = member_codes.compute_current(mei).code
    assert identify(f"{first[:6]} {first[6:12]}-{first[12:]}") == mei
    assert identify(first) == mei  # the same till asks again
    assert error_code(lambda: identify(first, key="k-2")) == "member_code_ended"
    assert error_code(lambda: identify(first, till="t-2")) == "member_code_ended"
    shown = member_codes.compute_current(mei)
    assert shown.code != first
    assert shown.last_used_at == NOW
    assert identify(shown.code, key="k-3") == mei
    assert identify(member_codes.compute_current(wang).code, key="k-4") == wang
    assert shown.code not in str(database.dump_rows())


def test_n17_the_code_changes_and_ends(mei, at_ten):
    codes = []
    for _ in range(4):
        codes.append(member_codes.compute_current(mei).code)
        at_ten.shift(timedelta(seconds=30))
    assert len(set(codes)) == 4
    at_ten.shift(timedelta(seconds=-30))
    assert error_code(lambda: identify(codes[1])) == "member_code_ended"
    assert identify(codes[2]) == mei  # that of the half minute before
    assert identify(codes[3], key="k-2") == mei


def test_n17_unknown_codes_get_the_same_answer(mei, at_ten):
    used = member_codes.compute_current(mei).code
    identify(used)
    chance = random.Random(17)
    guesses = ["89" + "".join(chance.choices("0123456789", k=16)) for _ in range(40)]
    answers = set()
    for code in (used, "", "x" * 500, "881234567890123456", mei.card_number, *guesses):
        with pytest.raises(DomainError) as no:
            identify(code, key="other")
        answers.add((no.value.code, no.value.message))
    assert len(answers) == 1


def test_n17_codes_of_all_accounts_decode_to_them(acme):
    chance = random.Random(17)
    for _ in range(200):
        account, window, used = chance.randrange(1, 10**9), chance.randrange(10**6), chance.randrange(10)
        assert member_codes._decode(member_codes._encode(account, window, used)) == (account, window)


def test_n17_a_code_of_another_tenant_is_unknown(mei, at_ten):
    with registry.use_tenant("rival"):
        stranger = registration.register_at_desk(phone="13912345678")
        theirs = member_codes.compute_current(stranger).code
        foreign = member_codes._encode(mei.id, member_codes._window_at(NOW), 0)
    assert error_code(lambda: identify(foreign, key="k-2")) == "member_code_ended"
    assert error_code(lambda: identify(theirs)) == "member_code_ended"


def test_n17_scans_and_uses_are_limited(mei, at_ten):
    settings.change(MemberCodeSettings, scans_per_minute=3)
    for _ in range(3):
        error_code(lambda: identify("89" + "0" * 16))
    good = member_codes.compute_current(mei).code
    assert error_code(lambda: identify(good)) == "too_many"
    for number in range(9):
        identify(member_codes.compute_current(mei).code, till=f"q-{number}")
    assert error_code(lambda: member_codes.compute_current(mei)) == "too_many"


def test_n17_an_attempt_cannot_be_rolled_back(mei):
    with pytest.raises(RuntimeError), db.database.atomic():
        identify("89" + "0" * 16)


def test_n17_a_follower_has_no_member_code(create_follower):
    follower = members.get_or_create(create_follower("o-1"))
    assert error_code(lambda: member_codes.compute_current(follower)) == "not_joined"


def test_n17_a_code_follows_a_merge(mei, wang, at_ten):
    code = member_codes.compute_current(wang).code
    merges.merge(survivor=mei.customer, duplicate=wang.customer, proof="test")
    assert identify(code) == mei


def test_n17_old_uses_are_forgotten(mei, at_ten):
    identify(member_codes.compute_current(mei).code)
    assert member_codes.purge_expired() == 0
    at_ten.shift(timedelta(days=2))
    assert (member_codes.purge_expired(), MemberCodeUse.select().count()) == (1, 0)


def scan_at_tills(code):
    return database.run_concurrently(4, lambda number: identify(code, till=f"t-{number}", key="k"))


def test_n17_one_of_many_tills_reads_the_code(mei):
    outcomes = scan_at_tills(member_codes.compute_current(mei).code)
    assert [outcome for outcome in outcomes if not isinstance(outcome, Exception)] == [mei]
    assert {outcome.code for outcome in outcomes if isinstance(outcome, Exception)} == {"member_code_ended"}


def test_n17_without_lock_and_unique_hash_two_tills_read_the_code(mei, monkeypatch):
    code = member_codes.compute_current(mei).code
    monkeypatch.setattr(members, "lock", lambda member_id: Member.find(id=member_id))
    monkeypatch.setattr(MemberCodeUse, "find", races.with_barrier(MemberCodeUse.find))
    with races.without_index("member_code_use_code_hash"), races.without_write_queue():
        outcomes = database.run_concurrently(2, lambda n: identify(code, till=f"t-{n}", key="k"))
        assert outcomes == [mei, mei]
        assert MemberCodeUse.select().count() == 2

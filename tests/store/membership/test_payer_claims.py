"""Who pays a member's top-up is asked, never joined unasked, and a yes needs the member's phone."""

from datetime import timedelta

import pytest
import time_machine

from store.core import clock
from store.customers import identities, members, payers, sms_codes
from store.customers.customers import Customer
from store.customers.merging.journal import Merge
from store.customers.sms_codes import SmsCode
from store.membership import payer_answers, payer_claims
from store.membership.payer_claims import PayerClaim, PayerClaimSettings
from store.points import points
from store.tenants import settings
from tests.store.membership.conftest import error_code
from tests.support import database, message_records
from tests.support.races import with_barrier, without_index, without_write_queue

MEMBER_PHONE = "+8613812341234"
pytestmark = pytest.mark.usefixtures("verify_afterwards")


@pytest.fixture
def member(register, create_follower):
    found = register(MEMBER_PHONE, create_follower("member"))
    SmsCode.delete().execute()  # the next code needs no wait
    return found


@pytest.fixture
def payer(acme):
    return payers.find_or_open(platform="wechat", app_id="wxacmemp", payer_id="spouse")


def consider(member, payer, *, number="tu-1", **rest):
    return payer_claims.consider(member=member, payer=payer, top_up_number=number, **rest)


def accept(claim, payer):
    asked = payer_answers.request_code(customer=payer, claim_id=claim.public_id, client_ip="10.0.0.1")
    proof = payer_answers.prove(customer=payer, claim_id=claim.public_id, code=asked.code)
    return payer_answers.accept(customer=payer, claim_id=claim.public_id, proof=proof)


def current(customer):
    return Customer.get_by_id(customer.id)


def test_a_payer_is_asked_and_not_joined(member, payer):
    claim = consider(member, payer)
    assert payer_claims.question(claim) == "绑定到 138****1234 的会员？"
    assert current(payer).merged_into_id is None
    assert payer_claims.list_for(payer) == [claim]
    before = database.dump_rows()
    assert consider(member, payer) == claim
    assert database.dump_rows() == before


def test_a_payer_is_asked_once_about_a_member(member, payer):
    claim = consider(member, payer)
    assert consider(member, payer, number="tu-2") is None
    payer_answers.decline(customer=payer, claim_id=claim.public_id)
    assert consider(member, payer, number="tu-3") is None


def test_a_yes_with_the_code_of_the_member_s_phone_joins(member, payer):
    points.earn(member=members.get_or_create(payer), kind="promotion", value=7, key="k")
    claim = consider(member, payer)
    assert accept(claim, payer).state == "accepted"
    assert current(payer).merged_into_id == member.customer_id
    assert points.balance(member) == 7
    assert payer_claims.list_for(member.customer) == [PayerClaim.get()]


def test_a_yes_twice_joins_once(member, payer):
    claim = consider(member, payer)
    asked = payer_answers.request_code(customer=payer, claim_id=claim.public_id, client_ip="10.0.0.1")
    proof = payer_answers.prove(customer=payer, claim_id=claim.public_id, code=asked.code)
    for _ in range(2):
        payer_answers.accept(customer=current_owner(payer), claim_id=claim.public_id, proof=proof)
    assert Merge.select().count() == 1


def current_owner(customer):
    row = current(customer)
    return row if row.merged_into_id is None else Customer.get_by_id(row.merged_into_id)


def test_a_wrong_code_joins_no_one(member, payer):
    claim = consider(member, payer)
    payer_answers.request_code(customer=payer, claim_id=claim.public_id, client_ip="10.0.0.1")
    code = error_code(lambda: payer_answers.prove(customer=payer, claim_id=claim.public_id, code="x"))
    assert code == "code_wrong"
    assert current(payer).merged_into_id is None


def test_a_no_joins_no_one_and_is_final(member, payer):
    claim = consider(member, payer)
    for _ in range(2):
        assert payer_answers.decline(customer=payer, claim_id=claim.public_id).state == "declined"
    assert error_code(lambda: accept(claim, payer)) == "claim_ended"
    assert payer_claims.list_for(payer) == []


def test_an_undo_gives_both_their_own(member, payer):
    points.earn(member=members.get_or_create(payer), kind="promotion", value=7, key="k")
    claim = consider(member, payer)
    accept(claim, payer)
    assert payer_answers.undo_join(customer=member.customer, claim_id=claim.public_id).state == "undone"
    assert current(payer).merged_into_id is None
    assert (points.balance(member), points.balance(members.get_or_create(payer))) == (0, 7)
    before = database.dump_rows()
    payer_answers.undo_join(customer=payer, claim_id=claim.public_id)
    assert database.dump_rows() == before


def test_the_signed_in_payer_is_joined_unasked(member, payer):
    assert consider(member, payer, is_signed_in=True) is None
    assert current(payer).merged_into_id == member.customer_id
    assert consider(member, member.customer, is_signed_in=True) is None


def test_a_payer_with_a_phone_or_another_member_is_never_asked(member, payer, register):
    register("+8613900000009", payer)
    for is_signed_in in (False, True):
        assert consider(member, payer, is_signed_in=is_signed_in) is None
    assert not PayerClaim.select().exists()
    assert not Merge.select().exists()


def test_a_payer_who_becomes_a_member_meanwhile_is_not_joined(member, payer, register):
    claim = consider(member, payer)
    register("+8613900000009", payer)
    assert not payer_claims.is_open(claim)
    assert error_code(lambda: accept(claim, payer)) == "claim_ended"


def test_no_payer_is_asked_if_the_setting_is_off(member, payer):
    settings.change(PayerClaimSettings, ask=False)
    assert consider(member, payer) is None


def test_a_question_ends(member, payer):
    claim = consider(member, payer)
    with time_machine.travel(clock.now() + timedelta(hours=73), tick=False):
        assert error_code(lambda: accept(claim, payer)) == "claim_ended"


def test_a_claim_of_another_member_is_not_found(member, payer, create_follower):
    claim, other = consider(member, payer), create_follower("other")
    for work in (payer_answers.decline, payer_answers.undo_join):
        assert error_code(lambda work=work: work(customer=other, claim_id=claim.public_id)) == "not_found"


def test_the_question_is_a_message_to_the_payer_who_follows(member, create_follower):
    follower = create_follower("spouse")
    consider(member, follower)
    message_records.notify_of("payer_claims.opened")
    (card,) = message_records.list_messages(medium="customer_service")
    assert (card.title, card.path) == ("绑定到 138****1234 的会员？", "/m/payer-claims")


def test_many_notices_of_one_top_up_ask_once(member, payer):
    rows = database.run_concurrently(8, lambda _: consider(member, payer))
    assert len({row.id for row in rows}) == PayerClaim.select().count() == 1


def test_without_the_locks_and_the_unique_index_two_notices_ask_twice(member, payer, monkeypatch):
    monkeypatch.setattr(payer_claims, "_lock_both", lambda row, person: (row.customer, person))
    monkeypatch.setattr(payer_claims, "_was_asked", with_barrier(payer_claims._was_asked))
    with without_index("payer_claim_top_up_number"), without_write_queue():
        database.run_concurrently(2, lambda _: consider(member, payer))
        assert PayerClaim.select().count() == 2
        PayerClaim.delete().execute()


def test_a_yes_and_a_registration_at_once_never_join_two_phones(member, payer, register):
    claim = consider(member, payer)
    asked = payer_answers.request_code(customer=payer, claim_id=claim.public_id, client_ip="10.0.0.1")
    proof = sms_codes.verify(phone=MEMBER_PHONE, purpose="payer_claim", code=asked.code)
    works = [
        lambda: payer_answers.accept(customer=payer, claim_id=claim.public_id, proof=proof),
        lambda: register("+8613900000009", payer),
    ]
    database.run_concurrently(2, lambda n: works[n]())
    owner = current_owner(payer)
    assert len(identities.list_for(owner, identities.PHONE)) == 1

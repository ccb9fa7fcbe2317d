"""Phone claims: who verifies a member's phone is asked, and gets nothing of the member before a proof."""

from datetime import timedelta

import pytest

from store.core import clock
from store.core.database import db
from store.core.events import Event
from store.customers import customers, followers, identities, members
from store.customers.customers import Customer
from store.customers.members import Member
from store.customers.sessions import Session
from store.membership import phone_answers, phone_claims, registration
from store.membership.phone_claims import PhoneClaim
from store.messages.messages import Message
from store.official_accounts import chat_actions
from store.official_accounts.message_content import IncomingMessage
from store.points import points
from store.stored_value import accounts as stored_value_accounts
from store.tenants import audit, channels, settings
from tests.store.membership.conftest import (
    OTHER,
    PHONE,
    active_customers,
    buy,
    create_mini_customer,
    error_code,
    prove,
    top_up,
)
from tests.support import message_records

pytestmark = pytest.mark.usefixtures("verify_afterwards")


def test_f05_a_new_wechat_that_verifies_a_members_phone_is_asked_and_gets_nothing(
    old, register, create_follower
):
    new = create_follower("new")
    member = register(PHONE, new)
    assert member.customer_id == new.id != old.customer_id
    assert (member.joined_at, points.balance(member)) == (None, 0)
    assert identities.find_phone(new) is None
    assert identities.find_phone(old.customer) == PHONE
    claim = phone_claims.find_open(new)
    assert (claim.identity.customer_id, claim.by_sms) == (old.customer_id, True)
    assert phone_claims.count_attempts_left(claim) == 3


def test_f05_verifying_again_keeps_the_one_question(claim, register):
    register(PHONE, claim.customer)
    assert PhoneClaim.select().count() == 1
    assert Event.select().where(Event.kind == "phone_claims.opened").count() == 1


def test_f05_a_member_known_only_by_phone_and_card_is_joined_at_once(create_follower, register):
    card = registration.register_at_desk(phone=PHONE)
    top_up(card)
    assert register(PHONE, create_follower("o1")).id == card.id
    assert PhoneClaim.select().count() == 0


@pytest.mark.parametrize("unionids", [(None, "u-new"), ("u-old", None), ("u-old", "u-new")])
def test_f05_a_unionid_that_is_not_shared_asks(register, unionids):
    register(PHONE, create_mini_customer("old", unionids[0]))
    new = followers.get_or_create_customer(
        channel=channels.get_by_key("acme-mp"), openid="new", unionid=unionids[1], source="wechat_official"
    )
    register(PHONE, new)
    assert phone_claims.find_open(new) is not None


def test_f05_another_app_without_unionids_joins_an_active_member(old, register):
    new = create_mini_customer("new")
    assert register(PHONE, new).id == old.id


def test_f05_stored_value_asks(old, register):
    top_up(old)
    new = create_mini_customer("new")
    register(PHONE, new)
    assert stored_value_accounts.find_by_member(members.get_or_create(new)) is None
    assert phone_claims.find_open(new) is not None


@pytest.mark.parametrize(("days", "asked"), [(179, False), (181, True)])
def test_f05_a_member_without_activity_for_the_set_days_is_asked_about(old, register, days, asked):
    past = clock.now() - timedelta(days=days)
    identities.Identity.update(bound_at=past).execute()
    Event.update(at=past).execute()
    Session.delete().execute()
    new = create_mini_customer("new")
    register(PHONE, new)
    assert (phone_claims.find_open(new) is not None) == asked


def test_f05_the_old_wechat_confirms(claim, old):
    answer = {"holder": old.customer, "claim_id": claim.public_id, "is_mine": True}
    assert phone_claims.find_for_holder(old.customer).id == claim.id
    assert phone_answers.answer_as_holder(**answer).state == "accepted"
    assert phone_answers.answer_as_holder(**answer).state == "accepted"
    assert customers.survivor(Customer.get_by_id(claim.customer_id)).id == old.customer_id
    assert active_customers() == 1


def test_f05_only_the_old_wechat_can_confirm(claim, create_follower):
    for stranger in (create_follower("third"), claim.customer):
        assert (
            error_code(
                lambda stranger=stranger: phone_answers.answer_as_holder(
                    holder=stranger, claim_id=claim.public_id, is_mine=True
                )
            )
            == "not_found"
        )
    assert active_customers() == 3


def test_f05_after_the_old_wechat_said_no_only_a_clerk_can_accept(claim, old, shop):
    buy(old, shop)
    for _ in range(2):
        phone_answers.answer_as_holder(holder=old.customer, claim_id=claim.public_id, is_mine=False)
    assert phone_claims.find_for_holder(old.customer) is None
    assert error_code(lambda: prove(claim, shop)) == "clerk_only"
    assert Event.select().where(Event.kind == "phone_claims.denied").count() == 1
    assert phone_answers.accept_at_desk(claimant=claim.customer, phone=PHONE).id == old.id


def test_f05_shop_and_amount_of_a_recent_purchase_prove_it(claim, old, shop):
    buy(old, shop)
    assert prove(claim, shop).id == old.id
    assert points.balance(members.get_or_create(claim.customer)) == 50
    assert error_code(lambda: prove(claim, shop)) in ("not_found", "claim_ended")


@pytest.mark.parametrize(("paid_fen", "days_ago"), [(1991, 1), (1990, 91)])
def test_f05_another_amount_or_an_old_purchase_proves_nothing(claim, old, shop, paid_fen, days_ago):
    buy(old, shop, days_ago=days_ago)
    assert error_code(lambda: prove(claim, shop, paid_fen)) == "proof_wrong"
    assert active_customers() == 2


def test_f05_after_three_wrong_proofs_only_a_clerk_helps_whichever_wechat_asks(
    claim, old, shop, register, create_follower
):
    buy(old, shop)
    assert [error_code(lambda: prove(claim, shop, 1)) for _ in range(3)] == ["proof_wrong"] * 3
    assert error_code(lambda: prove(claim, shop)) == "clerk_only"
    third = create_follower("third")
    register(PHONE, third)
    assert error_code(lambda: prove(phone_claims.find_open(third), shop)) == "clerk_only"
    assert phone_claims.find_for_holder(old.customer) is None
    answer = {"holder": old.customer, "claim_id": claim.public_id, "is_mine": True}
    assert error_code(lambda: phone_answers.answer_as_holder(**answer)) == "clerk_only"


def test_f05_the_third_attempt_can_be_the_right_one(claim, old, shop):
    buy(old, shop)
    assert [error_code(lambda: prove(claim, shop, 1)) for _ in range(2)] == ["proof_wrong"] * 2
    assert prove(claim, shop).id == old.id


def test_f05_a_clerk_accepts_once_and_the_audit_log_says_so(claim, old):
    for _ in range(2):
        assert phone_answers.accept_at_desk(claimant=claim.customer, phone=PHONE).id == old.id
        claim.customer = customers.survivor(Customer.get_by_id(claim.customer_id))
    actions = [row.action for row in audit.list_entries()]
    assert actions.count("phone_claims.accept") == 1


def test_f05_a_clerk_accepts_no_other_phone(claim):
    assert (
        error_code(lambda: phone_answers.accept_at_desk(claimant=claim.customer, phone=OTHER)) == "not_found"
    )
    assert active_customers() == 2


def test_f05_no_opens_a_new_member_and_the_old_one_loses_the_phone_only(claim, old):
    made = [phone_answers.decline(customer=claim.customer, claim_id=claim.public_id).id for _ in range(2)]
    member = Member.get_by_id(made[0])
    assert made[0] == made[1] == members.get_or_create(claim.customer).id
    assert member.joined_at is not None
    assert points.balance(member) == 0
    assert identities.find_phone(claim.customer) == PHONE
    assert identities.find_phone(old.customer) is None
    assert points.balance(old) == 50
    assert Member.get_by_id(old.id).joined_at is not None


def test_f05_no_after_the_platforms_button_needs_an_sms_code(old, create_follower, register):
    new = create_follower("new")
    registration.register_by_platform(phone=PHONE, source="wechat_miniprogram", customer=new)
    claim = phone_claims.find_open(new)
    decline = {"customer": new, "claim_id": claim.public_id}
    assert error_code(lambda: phone_answers.decline(**decline)) == "phone_needs_sms"
    register(PHONE, new)
    assert phone_answers.decline(**decline).customer_id == new.id
    assert identities.find_phone(new) == PHONE


def test_f05_a_claim_ends_with_its_time(claim, shop, monkeypatch):
    hours = settings.read(phone_claims.PhoneClaimSettings).open_hours
    later = clock.now() + timedelta(hours=hours, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert phone_claims.find_open(claim.customer) is None
    assert error_code(lambda: prove(claim, shop)) == "claim_ended"
    assert (
        error_code(lambda: phone_answers.decline(customer=claim.customer, claim_id=claim.public_id))
        == "claim_ended"
    )


def test_f05_a_claim_ends_when_the_claimant_verifies_another_phone(claim, old, register):
    register(OTHER, claim.customer)
    assert phone_claims.find_open(claim.customer) is None
    assert (
        error_code(
            lambda: phone_answers.answer_as_holder(
                holder=old.customer, claim_id=claim.public_id, is_mine=True
            )
        )
        == "claim_ended"
    )
    assert identities.find_phone(claim.customer) == OTHER


def test_f05_a_claim_to_another_phone_ends_the_one_before(claim, register, create_follower):
    register(OTHER, create_follower("other"))
    register(OTHER, claim.customer)
    assert phone_claims.find_open(claim.customer).identity.value == OTHER
    assert PhoneClaim.get_by_id(claim.id).state == "ended"


def test_f05_the_attempt_stays_counted_inside_no_other_operation(claim, shop, acme):
    with pytest.raises(RuntimeError):
        db.transactional(lambda: prove(claim, shop))()


def test_f05_the_chat_asks_with_the_member_card(claim, account):
    def card(openid):
        message = IncomingMessage(kind="text", sender=openid, number="1", text="会员卡")
        return chat_actions.show_member_card(account, message)[0].description

    assert card("new") == "该手机号已有会员，是您本人吗？点开回答"
    assert card("old") == "有另一个微信验证了您的手机号，请点开确认"
    phone_answers.decline(customer=claim.customer, claim_id=claim.public_id)
    assert (card("new"), card("old")) == ("当前积分 0", "当前积分 50")


def test_f05_the_old_wechat_gets_a_message_while_the_claim_is_open(claim, account):
    message_records.notify_of("phone_claims.opened")
    (message,) = message_records.list_messages(medium="customer_service")
    assert (
        message.customer_id
        == identities.find_customer(provider=identities.WECHAT, account=account.appid, subject="old").id
    )
    assert "另一个微信" in message.text
    Message.delete().execute()
    phone_answers.decline(customer=claim.customer, claim_id=claim.public_id)
    message_records.notify_of("phone_claims.opened")
    assert message_records.list_messages() == []

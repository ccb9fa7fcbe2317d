"""Proofs of a purchase: the right phone, the right member, once, and no guessing."""

import pytest

from store.customers import members, sessions, sms_codes
from store.customers.merging import merges
from store.customers.sms_codes import SmsCode
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.stored_value import accounts as stored_value_accounts
from store.stored_value import authorization as stored_value_authorization
from store.stored_value import managers as stored_value_managers
from store.stored_value import payment_codes
from store.stored_value import payments as stored_value_payments
from store.stored_value.authorization import StoredValueSecuritySettings
from store.stored_value.managers import ShopManagerPhone
from store.stored_value.payment_records import StoredValuePayment
from store.tenants import channels, settings
from store.tenants.audit import AuditEntry
from tests.store.stored_value.conftest import (
    OTHER_PHONE,
    authorize_by_payment_code,
    balances,
    create_paid_top_up,
    expect_error,
    spend,
)
from tests.support import database
from tests.support.races import with_barrier, without_write_queue

pytestmark = pytest.mark.usefixtures("verify_afterwards")
MANAGER_PHONE = "13700137000"


@pytest.fixture
def shop_id(acme):
    """A shop whose manager's phone is known."""
    shop = shops.create_shop(code="S1", name="一号店", location=Coordinates(121.47, 31.23))
    stored_value_managers.appoint(shop_id=shop.id, phone=MANAGER_PHONE)
    return shop.id


def sms_proof(member):
    sent = stored_value_authorization.request_code(member=member, address="")
    return stored_value_authorization.authorize_by_sms(member=member, code=sent.code)


def test_without_a_proof_nothing_is_spent_or_held_where_one_is_required(rich):
    with expect_error("authorization_required"):
        spend(rich)
    with expect_error("authorization_required"):
        stored_value_payments.hold(member=rich, amount_fen=100, order_number="o-1")


def test_small_amounts_may_go_without(rich):
    settings.change(StoredValueSecuritySettings, exempt_up_to_fen=100)
    spend(rich)
    with expect_error("authorization_required"):
        spend(rich, key="o-2", amount_fen=101)


def test_the_code_goes_to_the_member_s_phone_and_proves_one_purchase(rich):
    assert stored_value_authorization.request_code(member=rich, address="").phone == "+8613800138000"
    SmsCode.delete().execute()
    proof = sms_proof(rich)
    assert spend(rich, proof).authorized_by == "sms"
    with expect_error("code_expired"):
        spend(rich, proof, key="o-2")


def test_a_wrong_code_counts(rich):
    sent = stored_value_authorization.request_code(member=rich, address="")
    wrong = "000000" if sent.code != "000000" else "111111"
    for _ in range(5):
        with expect_error("code_wrong"):
            stored_value_authorization.authorize_by_sms(member=rich, code=wrong)
    with expect_error("code_expired"):
        stored_value_authorization.authorize_by_sms(member=rich, code=sent.code)


def test_a_code_for_another_purpose_is_none_for_this(rich):
    sent = sms_codes.request(phone="+8613800138000", purpose="register", client_ip="")
    with expect_error("code_expired"):
        stored_value_authorization.authorize_by_sms(member=rich, code=sent)


def test_neither_phone_nor_code_shows_in_what_is_printed(rich):
    sent = stored_value_authorization.request_code(member=rich, address="")
    assert sent.code not in repr(sent)
    assert sent.phone not in repr(sent)


def test_a_member_without_a_phone_can_get_no_code(create_follower):
    with expect_error("no_phone"):
        stored_value_authorization.request_code(
            member=members.get_or_create(create_follower("o-1")), address=""
        )


def test_someone_else_s_proof_is_refused_and_stays_unspent(rich, wang):
    create_paid_top_up(wang, 10_000)
    SmsCode.delete().execute()
    proof = sms_proof(wang)
    with expect_error("authorization_mismatch"):
        spend(rich, proof)
    spend(wang, proof)


def test_a_purchase_that_is_refused_leaves_the_proof_good(rich):
    proof = sms_proof(rich)
    with expect_error("insufficient_stored_value"):
        spend(rich, proof, amount_fen=10_001)
    spend(rich, proof)


def test_the_manager_vouches_and_that_is_recorded(rich, shop_id):
    sent = stored_value_authorization.request_manager_code(member=rich, shop_id=shop_id, address="")
    assert sent.phone == f"+86{MANAGER_PHONE}"
    proof = stored_value_authorization.authorize_by_manager_code(member=rich, shop_id=shop_id, code=sent.code)
    row = spend(rich, proof)
    assert (row.authorized_by, row.manager_id) == ("manager", ShopManagerPhone.get().id)
    entry = AuditEntry.select().order_by(AuditEntry.id.desc()).get()
    assert (entry.action, entry.after["amount_fen"]) == ("stored_value.authorize_by_manager", 100)


def test_a_manager_s_code_for_one_member_is_none_for_another(rich, wang, shop_id):
    SmsCode.delete().execute()
    sent = stored_value_authorization.request_manager_code(member=wang, shop_id=shop_id, address="")
    with expect_error("code_expired"):
        stored_value_authorization.authorize_by_manager_code(member=rich, shop_id=shop_id, code=sent.code)


def test_a_shop_has_one_manager_s_phone_at_a_time(shop_id):
    before = database.dump_rows()
    stored_value_managers.appoint(shop_id=shop_id, phone=MANAGER_PHONE)
    assert database.dump_rows() == before
    stored_value_managers.appoint(shop_id=shop_id, phone=OTHER_PHONE)
    assert stored_value_managers.get_by_shop(shop_id).phone == f"+86{OTHER_PHONE}"
    stored_value_managers.dismiss(shop_id=shop_id)
    before = database.dump_rows()
    stored_value_managers.dismiss(shop_id=shop_id)
    assert database.dump_rows() == before
    with expect_error("no_manager"):
        stored_value_managers.get_by_shop(shop_id)
    assert ShopManagerPhone.select().count() == 2


def test_one_s_own_session_is_a_proof_for_oneself_only(rich, wang):
    create_paid_top_up(wang, 100)
    channel = channels.get_by_key("acme-mini")
    token = sessions.open_session(customer=wang.customer, channel_id=channel.id)
    proof = stored_value_authorization.authorize_by_session(session=sessions.get_by_token(token))
    with expect_error("authorization_mismatch"):
        spend(rich, proof)
    assert spend(wang, proof).authorized_by == "session"


def test_a_proof_outlives_a_merge(rich, wang):
    """Wang's code was scanned; before the purchase he turned out to be Mei."""
    create_paid_top_up(wang, 5_000)
    proof, member = authorize_by_payment_code(payment_codes.issue_code(member=wang).code)
    merges.merge_manually(survivor=rich.customer, duplicate=wang.customer, proof="身份证")
    spend(member, proof, amount_fen=15_000)
    assert balances(rich) == (0, 0, 0)
    assert StoredValuePayment.get().member == rich


def test_who_reports_a_loss_can_spend_and_show_nothing_more(rich):
    code = payment_codes.issue_code(member=rich).code
    stored_value_accounts.report_loss(member=rich)
    assert stored_value_accounts.find_by_member(rich).frozen_reason == "会员本人挂失"
    with expect_error("stored_value_frozen"):
        payment_codes.issue_code(member=rich)
    with expect_error("stored_value_frozen"):
        spend(rich, authorize_by_payment_code(code)[0])


def test_a_loss_reported_twice_or_after_staff_froze_is_as_it_was(rich):
    frozen_at = stored_value_accounts.freeze(member=rich, reason="可疑交易").frozen_at
    for _ in range(2):
        account = stored_value_accounts.report_loss(member=rich)
        assert (account.frozen_at, account.frozen_reason) == (frozen_at, "可疑交易")
    assert AuditEntry.select().where(AuditEntry.action == "stored_value.freeze").count() == 1


def test_a_loss_reported_on_many_phones_at_once_is_one(rich):
    database.run_concurrently(8, lambda _: stored_value_accounts.report_loss(member=rich))
    assert AuditEntry.select().where(AuditEntry.action == "stored_value.freeze").count() == 1


def test_control_without_the_lock_a_loss_is_reported_twice(rich, monkeypatch):
    result = []
    monkeypatch.setattr(members, "lock", lambda member_id: rich)
    monkeypatch.setattr(
        stored_value_accounts, "lock_for_member", with_barrier(stored_value_accounts.find_by_member)
    )
    monkeypatch.setattr(stored_value_accounts, "_record_change", lambda *about: result.append(about))
    with without_write_queue():
        database.run_concurrently(2, lambda _: stored_value_accounts.report_loss(member=rich))
    assert len(result) == 2


def test_who_has_no_account_has_nothing_to_lose(wang):
    with expect_error("no_stored_value_account"):
        stored_value_accounts.report_loss(member=wang)
    assert stored_value_accounts.find_by_member(wang) is None

"""Proofs of a purchase: the right phone, the right member, once, and no guessing."""

from datetime import timedelta

import pytest
import time_machine

from store.core import clock
from store.core.database import db
from store.core.errors import DomainError
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
from store.stored_value.payment_codes import PaymentCode, PaymentCodeSettings
from store.stored_value.payments import StoredValuePayment
from store.tenants import channels, settings
from store.tenants.audit import AuditEntry
from tests.store.stored_value.conftest import OTHER_PHONE, balances, create_paid_top_up
from tests.support import database
from tests.support.races import with_barrier, without_write_queue

pytestmark = pytest.mark.usefixtures("verify_afterwards")
MANAGER_PHONE = "13700137000"


@pytest.fixture
def rich(mei):
    """Mei with 100 yuan, in a company that wants a proof."""
    create_paid_top_up(mei, 10_000)
    SmsCode.delete().execute()
    settings.change(StoredValueSecuritySettings, authorization_required=True)
    return mei


@pytest.fixture
def shop_id(acme):
    """A shop whose manager's phone is known."""
    shop = shops.create_shop(code="S1", name="一号店", location=Coordinates(121.47, 31.23))
    stored_value_managers.appoint(shop_id=shop.id, phone=MANAGER_PHONE)
    return shop.id


def spend(member, proof=None, *, key="o-1", amount_fen=100):
    return stored_value_payments.spend(
        member=member, amount_fen=amount_fen, key=key, payment_authorization=proof
    )


def expect_error(code):
    return pytest.raises(DomainError, check=lambda no: no.code == code)


def sms_proof(member):
    sent = stored_value_authorization.request_code(member=member, address="")
    return stored_value_authorization.authorize_by_sms(member=member, code=sent.code)


def authorize_by_payment_code(code, till="till-1"):
    return stored_value_authorization.authorize_by_payment_code(code=code, till=till)


def test_without_a_proof_nothing_is_spent_or_held_where_one_is_required(rich):
    with expect_error("authorization_required"):
        spend(rich)
    with expect_error("authorization_required"):
        stored_value_payments.hold(member=rich, amount_fen=100, key="o-1")


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


def test_the_payment_code_is_reported_from_wechat_s_and_alipay_s_by_looking(rich):
    code = payment_codes.issue_code(member=rich).code
    assert payment_codes.matches_format(code)
    assert (len(code), code[:2]) == (18, "88")
    taken = {str(n) for n in (*range(10, 16), *range(25, 31), 62)}  # WeChat, Alipay, UnionPay
    assert code[:2] not in taken
    assert not any(payment_codes.matches_format(f"{prefix}{'0' * 16}") for prefix in taken)
    assert not payment_codes.matches_format(code + "0")


def test_the_payment_code_names_the_member_and_works_once(rich):
    code = payment_codes.issue_code(member=rich).code
    proof, member = authorize_by_payment_code(code)
    assert member == rich
    assert spend(rich, proof).authorized_by == "payment_code"
    with expect_error("payment_code_ended"):
        spend(rich, proof, key="o-2")
    with expect_error("payment_code_ended"):
        authorize_by_payment_code(code)


def spend_with_code(member, code, *, key="o-1", amount_fen=100):
    return stored_value_payments.spend_with_authorization(
        member=member, amount_fen=amount_fen, key=key, authorize=lambda: authorize_by_payment_code(code)[0]
    )


def test_a_purchase_asked_for_again_by_its_key_asks_for_no_proof(rich):
    first = spend_with_code(rich, payment_codes.issue_code(member=rich).code)
    before = database.dump_rows()
    assert spend_with_code(rich, "spent or wrong, no one looks").id == first.id
    assert database.dump_rows() == before  # no try was taken either
    with expect_error("key_reused"):
        spend_with_code(rich, "whatever", amount_fen=101)
    with expect_error("payment_code_ended"):
        spend_with_code(rich, "wrong", key="o-2")


def test_a_copy_that_used_the_code_in_between_leaves_both_the_one_purchase(rich):
    """Both have looked for the key in vain; the copy is through before this one reads the code."""
    code = payment_codes.issue_code(member=rich).code

    def late():
        spend_with_code(rich, code)
        return authorize_by_payment_code(code)[0]

    row = stored_value_payments.spend_with_authorization(
        member=rich, amount_fen=100, key="o-1", authorize=late
    )
    assert row.authorized_by == "payment_code"
    assert (StoredValuePayment.select().count(), balances(rich)[0]) == (1, 9_900)


def test_copies_at_once_with_one_code_are_one_purchase(rich):
    code = payment_codes.issue_code(member=rich).code
    done = database.run_concurrently(8, lambda _: spend_with_code(rich, code))
    assert len({row.id for row in done}) == 1
    assert balances(rich)[0] == 9_900


def test_the_payment_code_ends_after_a_minute(rich):
    code = payment_codes.issue_code(member=rich).code
    proof, _ = authorize_by_payment_code(code)
    with time_machine.travel(clock.now() + timedelta(seconds=61), tick=False):
        with expect_error("payment_code_ended"):
            authorize_by_payment_code(code)
        with expect_error("payment_code_ended"):
            spend(rich, proof)


def test_the_next_payment_code_ends_the_one_before(rich):
    first, second = (payment_codes.issue_code(member=rich).code for _ in range(2))
    assert first != second
    with expect_error("payment_code_ended"):
        authorize_by_payment_code(first)
    authorize_by_payment_code(second)


def test_unknown_used_and_ended_codes_get_the_same_answer(rich):
    used = payment_codes.issue_code(member=rich).code
    spend(rich, authorize_by_payment_code(used)[0])
    ended = payment_codes.issue_code(member=rich).code
    payment_codes.issue_code(member=rich)
    answers = []
    for code in (used, ended, "88" + "0" * 16, "101234567890123456", "", "x" * 500):
        with pytest.raises(DomainError) as no:
            authorize_by_payment_code(code)
        answers.append((no.value.code, no.value.message, no.value.details))
    assert len(answers) == 6
    assert all(answer == answers[0] for answer in answers)


def test_guessing_payment_codes_is_limited_by_till(rich):
    settings.change(PaymentCodeSettings, scans_per_minute=3)
    good = payment_codes.issue_code(member=rich).code
    with time_machine.travel(clock.now().replace(second=10), tick=False):
        good = payment_codes.issue_code(member=rich).code
        for _ in range(3):
            with expect_error("payment_code_ended"):
                authorize_by_payment_code("88" + "0" * 16)
        with expect_error("too_many"):
            authorize_by_payment_code(good)
        assert authorize_by_payment_code(good, till="till-2")[1] == rich


@pytest.mark.parametrize(
    "guess",
    [
        lambda member: authorize_by_payment_code("88" + "0" * 16),
        lambda member: stored_value_authorization.authorize_by_sms(member=member, code="000000"),
    ],
)
def test_a_try_cannot_be_rolled_back(rich, guess):
    with pytest.raises(RuntimeError), db.database.atomic():
        guess(rich)


def test_showing_codes_is_limited(rich):
    settings.change(PaymentCodeSettings, issues_per_minute=2)
    with time_machine.travel(clock.now().replace(second=10), tick=False):
        for _ in range(2):
            payment_codes.issue_code(member=rich)
        with expect_error("too_many"):
            payment_codes.issue_code(member=rich)


def test_the_payment_code_is_nowhere_in_clear(rich):
    code = payment_codes.issue_code(member=rich)
    assert code.code not in str(database.dump_rows())
    assert code.code not in repr(code)


def test_a_frozen_account_shows_no_code(rich):
    stored_value_accounts.freeze(member=rich, reason="手机遗失")
    with expect_error("stored_value_frozen"):
        payment_codes.issue_code(member=rich)


def test_old_payment_codes_are_forgotten(rich):
    payment_codes.issue_code(member=rich)
    assert payment_codes.purge_expired() == 0
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        assert payment_codes.purge_expired() == 1
    assert PaymentCode.select().count() == 0


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


def test_a_follower_is_shown_no_payment_code(create_follower):
    member = members.get_or_create(create_follower("o-1"))
    with expect_error("not_joined"):
        payment_codes.issue_code(member=member)
    assert stored_value_accounts.find_by_member(member) is None

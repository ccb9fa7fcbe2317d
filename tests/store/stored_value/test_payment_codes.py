"""Payment codes: shown on the phone, read at the till, used once."""

from datetime import timedelta

import pytest
import time_machine

from store.core import clock, numbers
from store.core.database import db
from store.core.errors import DomainError
from store.customers import members
from store.stored_value import accounts as stored_value_accounts
from store.stored_value import authorization as stored_value_authorization
from store.stored_value import payment_codes
from store.stored_value import payments as stored_value_payments
from store.stored_value.payment_codes import PaymentCode, PaymentCodeSettings
from store.stored_value.payment_records import StoredValuePayment
from store.tenants import settings
from tests.store.stored_value.conftest import (
    authorize_by_payment_code,
    balances,
    expect_error,
    spend,
)
from tests.support import database

pytestmark = pytest.mark.usefixtures("verify_afterwards")


def test_the_payment_code_is_reported_from_wechat_s_and_alipay_s_by_looking(rich):
    code = payment_codes.issue_code(member=rich).code
    assert numbers.find_kind(code) == "payment_code"
    assert (len(code), code[:2]) == (18, "88")
    taken = {str(n) for n in (*range(10, 16), *range(25, 31), 62)}  # WeChat, Alipay, UnionPay
    assert code[:2] not in taken
    assert not any(numbers.find_kind(f"{prefix}{'0' * 16}") == "payment_code" for prefix in taken)
    assert numbers.find_kind(code + "0") is None


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


def test_a_follower_is_shown_no_payment_code(create_follower):
    member = members.get_or_create(create_follower("o-1"))
    with expect_error("not_joined"):
        payment_codes.issue_code(member=member)
    assert stored_value_accounts.find_by_member(member) is None

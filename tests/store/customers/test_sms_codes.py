"""An SMS code proves a phone once, within five minutes and five tries, and is asked for within limits."""

from datetime import timedelta

import pytest
import time_machine

from store.core import clock
from store.core.database import db
from store.core.errors import DomainError
from store.customers import sms_codes
from store.customers.sms_codes import SmsCode, SmsCodeSettings
from store.tenants import settings
from tests.support import database
from tests.support.races import with_barrier, without_write_queue

PHONE = "+8613812345678"


@pytest.fixture(autouse=True)
def now(acme):
    with time_machine.travel("2026-01-31T02:00:00Z", tick=False) as moment:
        yield moment


def request_code(phone: str = PHONE, *, purpose: str = "register", address: str = "203.0.113.7") -> str:
    return sms_codes.request(phone=phone, purpose=purpose, client_ip=address)


def verify_code(code: str, *, purpose: str = "register") -> SmsCode:
    return sms_codes.verify(phone=PHONE, purpose=purpose, code=code)


def wrong_code(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def error_of(work, *args, **kwargs) -> str:
    with pytest.raises(DomainError) as refused:
        work(*args, **kwargs)
    return refused.value.code


@db.transactional
def consume_code(code: SmsCode) -> None:
    sms_codes.consume(code)


def test_the_right_code_proves_and_is_spent_once():
    proof = verify_code(request_code())
    consume_code(proof)
    assert error_of(consume_code, proof) == "code_expired"


def test_spent_by_many_at_once_it_is_spent_once():
    proof = verify_code(request_code())
    outcomes = database.run_concurrently(8, lambda number: consume_code(proof))
    assert outcomes.count(None) == 1


def test_after_five_tries_the_right_one_is_too_late():
    code = request_code()
    assert [error_of(verify_code, wrong_code(code)) for _ in range(5)] == ["code_wrong"] * 5
    assert error_of(verify_code, code) == "code_expired"


def test_guesses_at_once_are_five_in_all():
    code = request_code()
    outcomes = database.run_concurrently(16, lambda number: verify_code(wrong_code(code)))
    assert sorted(outcome.code for outcome in outcomes) == ["code_expired"] * 11 + ["code_wrong"] * 5
    assert SmsCode.get().attempts == 5


def test_without_the_lock_a_guess_is_free(monkeypatch):
    code, look = request_code(), with_barrier(lambda query: query.first())

    class Looked:
        """The query in place of its locked self."""

        def __init__(self, query):
            self._query = query

        def first(self):
            return look(self._query)

    monkeypatch.setattr(sms_codes.db, "lock", Looked)
    with without_write_queue():
        database.run_concurrently(2, lambda number: verify_code(wrong_code(code)))
    assert SmsCode.get().attempts == 1


def test_a_guess_inside_a_verb_is_a_mistake():
    code = request_code()
    with pytest.raises(RuntimeError, match="rolled back"):
        db.transactional(verify_code)(code)


def test_a_code_lives_five_minutes(now):
    code = request_code()
    now.shift(timedelta(seconds=sms_codes.LIFETIME_S - 1))
    verify_code(code)
    now.shift(timedelta(seconds=1))
    assert error_of(verify_code, code) == "code_expired"


def test_a_code_of_another_purpose_or_phone_proves_nothing():
    code = request_code()
    assert error_of(verify_code, code, purpose="pay") == "code_expired"
    with pytest.raises(DomainError):
        sms_codes.verify(phone="+8613812345679", purpose="register", code=code)
    verify_code(code)


def test_a_newer_code_ends_the_older_one(now):
    older = request_code()
    now.shift(timedelta(seconds=61))
    newer = request_code()
    if older != newer:
        assert error_of(verify_code, older) == "code_wrong"
    verify_code(newer)


def test_one_a_minute_and_ten_a_day(now):
    request_code()
    assert error_of(request_code) == "too_many"
    for _ in range(9):
        now.shift(timedelta(seconds=61))
        request_code()
    now.shift(timedelta(seconds=61))
    assert error_of(request_code) == "too_many"
    now.shift(timedelta(days=1))
    request_code()


def test_another_spelling_is_no_other_phone():
    request_code()
    assert error_of(request_code, "138 1234-5678") == "too_many"
    assert sms_codes.verify(phone="138 1234 5678", purpose="register", code=_reset_limits())


def _reset_limits() -> str:
    SmsCode.delete().execute()
    return request_code()


def test_asked_by_many_at_once_one_is_sent():
    outcomes = database.run_concurrently(8, lambda number: request_code())
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1, outcomes
    assert SmsCode.select().count() == 1


def test_an_address_has_a_limit_also_at_once():
    settings.change(SmsCodeSettings, max_per_ip_per_hour=5)
    outcomes = database.run_concurrently(12, lambda number: request_code(f"+861380000{number:04}"))
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 5
    request_code("+8613900000000", address="203.0.113.8")


def test_all_messages_of_a_day_have_a_limit_also_at_once():
    settings.change(SmsCodeSettings, max_total_per_day=5)
    outcomes = database.run_concurrently(
        12, lambda n: request_code(f"+861380000{n:04}", address=f"203.0.113.{n}")
    )
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 5


def test_the_pause_is_reported_as_it_is():
    settings.change(SmsCodeSettings, min_interval_s=90)
    request_code()
    with pytest.raises(DomainError, match="90 秒后重试"):
        request_code()


def test_neither_phone_nor_code_stand_in_the_table():
    code = request_code()
    kept = str(db.database.execute_sql("SELECT * FROM sms_code").fetchall())
    assert "13812345678" not in kept
    assert code not in kept.replace(SmsCode.get().code_hash, "").replace(SmsCode.get().phone_index, "")


def test_old_codes_are_dropped(now):
    request_code()
    assert sms_codes.purge_expired() == 0
    now.shift(timedelta(days=2, seconds=1))
    assert sms_codes.purge_expired() == 1
    assert clock.now().day == 2


def test_no_code_goes_to_a_country_that_is_not_served(acme):
    with pytest.raises(DomainError) as refused:
        sms_codes.request(phone="+447911123456", purpose="register", client_ip="203.0.113.7")
    assert refused.value.details["field"] == "phone"
    assert not sms_codes.SmsCode.select().exists()
    settings.change(sms_codes.SmsCodeSettings, countries=[86, 44])
    assert sms_codes.request(phone="+447911123456", purpose="register", client_ip="203.0.113.7")

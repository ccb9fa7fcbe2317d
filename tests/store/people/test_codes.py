"""An SMS code proves a phone once, within five minutes and five tries, and is asked for within limits."""

from datetime import timedelta

import pytest
import time_machine

from store.company import settings
from store.kernel import clock, db
from store.kernel.refusals import Refused
from store.people import codes
from store.people.codes import CodeRules, SmsCode
from tests import world
from tests.store.races import meeting, without_turns

PHONE = "+8613812345678"


@pytest.fixture(autouse=True)
def now(acme):
    with time_machine.travel("2026-01-31T02:00:00Z", tick=False) as moment:
        yield moment


def ask(phone: str = PHONE, *, purpose: str = "register", address: str = "203.0.113.7") -> str:
    return codes.ask(phone=phone, purpose=purpose, address=address)


def check(code: str, *, purpose: str = "register") -> SmsCode:
    return codes.check(phone=PHONE, purpose=purpose, code=code)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def refusal(work, *args, **kwargs) -> str:
    with pytest.raises(Refused) as refused:
        work(*args, **kwargs)
    return refused.value.code


@db.verb
def use(code: SmsCode) -> None:
    codes.use(code)


def test_the_right_code_proves_and_is_spent_once():
    proof = check(ask())
    use(proof)
    assert refusal(use, proof) == "code_expired"


def test_spent_by_many_at_once_it_is_spent_once():
    proof = check(ask())
    outcomes = world.at_once(8, lambda number: use(proof))
    assert outcomes.count(None) == 1


def test_after_five_tries_the_right_one_is_too_late():
    code = ask()
    assert [refusal(check, wrong(code)) for _ in range(5)] == ["code_wrong"] * 5
    assert refusal(check, code) == "code_expired"


def test_guesses_at_once_are_five_in_all():
    code = ask()
    outcomes = world.at_once(16, lambda number: check(wrong(code)))
    assert sorted(outcome.code for outcome in outcomes) == ["code_expired"] * 11 + ["code_wrong"] * 5
    assert SmsCode.get().tries == 5


def test_without_the_lock_a_guess_is_free(monkeypatch):
    code, look = ask(), meeting(lambda query: query.first())

    class Looked:
        """The query in place of its locked self."""

        def __init__(self, query):
            self._query = query

        def first(self):
            return look(self._query)

    monkeypatch.setattr(codes.db, "lock", Looked)
    with without_turns():
        world.at_once(2, lambda number: check(wrong(code)))
    assert SmsCode.get().tries == 1


def test_a_guess_inside_a_verb_is_a_mistake():
    code = ask()
    with pytest.raises(RuntimeError, match="rolled back"):
        db.verb(check)(code)


def test_a_code_lives_five_minutes(now):
    code = ask()
    now.shift(timedelta(seconds=codes.LIFE_S - 1))
    check(code)
    now.shift(timedelta(seconds=1))
    assert refusal(check, code) == "code_expired"


def test_a_code_of_another_purpose_or_phone_proves_nothing():
    code = ask()
    assert refusal(check, code, purpose="pay") == "code_expired"
    with pytest.raises(Refused):
        codes.check(phone="+8613812345679", purpose="register", code=code)
    check(code)


def test_a_newer_code_ends_the_older_one(now):
    older = ask()
    now.shift(timedelta(seconds=61))
    newer = ask()
    if older != newer:
        assert refusal(check, older) == "code_wrong"
    check(newer)


def test_one_a_minute_and_ten_a_day(now):
    ask()
    assert refusal(ask) == "too_many"
    for _ in range(9):
        now.shift(timedelta(seconds=61))
        ask()
    now.shift(timedelta(seconds=61))
    assert refusal(ask) == "too_many"
    now.shift(timedelta(days=1))
    ask()


def test_another_spelling_is_no_other_phone():
    ask()
    assert refusal(ask, "138 1234-5678") == "too_many"
    assert codes.check(phone="138 1234 5678", purpose="register", code=_renewed())


def _renewed() -> str:
    SmsCode.delete().execute()
    return ask()


def test_asked_by_many_at_once_one_is_sent():
    outcomes = world.at_once(8, lambda number: ask())
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1, outcomes
    assert SmsCode.select().count() == 1


def test_an_address_has_a_limit_also_at_once():
    settings.change(CodeRules, per_address_an_hour=5)
    outcomes = world.at_once(12, lambda number: ask(f"+861380000{number:04}"))
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 5
    ask("+8613900000000", address="203.0.113.8")


def test_all_messages_of_a_day_have_a_limit_also_at_once():
    settings.change(CodeRules, total_a_day=5)
    outcomes = world.at_once(12, lambda n: ask(f"+861380000{n:04}", address=f"203.0.113.{n}"))
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 5


def test_the_pause_is_told_as_it_is():
    settings.change(CodeRules, pause_s=90)
    ask()
    with pytest.raises(Refused, match="90 秒后再试"):
        ask()


def test_neither_phone_nor_code_stand_in_the_table():
    code = ask()
    kept = str(db.database.execute_sql("SELECT * FROM sms_code").fetchall())
    assert "13812345678" not in kept
    assert code not in kept.replace(SmsCode.get().code_hash, "").replace(SmsCode.get().phone_index, "")


def test_old_codes_are_dropped(now):
    ask()
    assert codes.forget_old() == 0
    now.shift(timedelta(days=2, seconds=1))
    assert codes.forget_old() == 1
    assert clock.now().day == 2


def test_no_code_goes_to_a_country_that_is_not_served(acme):
    with pytest.raises(Refused) as refused:
        codes.ask(phone="+447911123456", purpose="register", address="203.0.113.7")
    assert refused.value.facts["field"] == "phone"
    assert not codes.SmsCode.select().exists()
    settings.change(codes.CodeRules, countries=[86, 44])
    assert codes.ask(phone="+447911123456", purpose="register", address="203.0.113.7")

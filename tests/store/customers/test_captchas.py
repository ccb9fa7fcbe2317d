"""A captcha is used once within five minutes, whatever the answer, and its answer is stored as a hash."""

from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from PIL import Image

from store.core.database import db
from store.core.errors import DomainError
from store.customers import captchas
from store.customers.captchas import Captcha
from tests.support import database
from tests.support.races import without_write_queue


@pytest.fixture(autouse=True)
def now(acme):
    with time_machine.travel("2026-01-31T02:00:00Z", tick=False) as moment:
        yield moment


def is_accepted(public_id: str, answer: str) -> bool:
    try:
        captchas.verify(public_id=public_id, answer=answer)
    except DomainError as refused:
        if refused.code != "captcha_wrong":
            raise
        return False
    return True


def test_f16_a_right_answer_is_accepted_once():
    public_id, answer = captchas.create(client_ip="")
    assert is_accepted(public_id, f" {answer.lower()} ")
    assert not is_accepted(public_id, answer)


def test_f16_a_wrong_answer_uses_the_captcha_up():
    public_id, answer = captchas.create(client_ip="")
    assert not is_accepted(public_id, "0000")
    assert not is_accepted(public_id, answer)


def test_f16_a_captcha_lives_five_minutes(now):
    first, second = captchas.create(client_ip=""), captchas.create(client_ip="")
    now.shift(timedelta(seconds=299))
    assert is_accepted(*first)
    now.shift(timedelta(seconds=1))
    assert not is_accepted(*second)
    now.shift(timedelta(hours=1))
    assert (captchas.purge_expired(), captchas.purge_expired()) == (2, 0)


def test_f16_the_answer_of_another_captcha_is_wrong():
    first, second = captchas.create(client_ip=""), captchas.create(client_ip="")
    assert not is_accepted(first[0], second[1]) or first[1] == second[1]
    assert not is_accepted("cap_unknown", first[1])


def test_f16_only_a_hash_is_stored():
    public_id, answer = captchas.create(client_ip="")
    row = Captcha.get(Captcha.public_id == public_id)
    assert answer not in str(row.__data__)


def test_f16_the_picture_is_a_png():
    assert Image.open(BytesIO(captchas.draw("A3CD"))).format == "PNG"


def test_f16_many_answers_at_once_are_accepted_once():
    public_id, answer = captchas.create(client_ip="")
    assert database.run_concurrently(8, lambda _: is_accepted(public_id, answer)).count(True) == 1


def test_f16_without_the_conditional_update_one_answer_is_accepted_twice(monkeypatch):
    public_id, answer = captchas.create(client_ip="")

    class Unconditional:
        """The update without its condition."""

        def where(self, condition):
            return self

        def execute(self):
            return 1

    monkeypatch.setattr(Captcha, "update", classmethod(lambda cls, **values: Unconditional()))
    with without_write_queue():
        assert database.run_concurrently(2, lambda _: is_accepted(public_id, answer)) == [True, True]


def test_f16_an_answer_inside_an_operation_is_a_mistake():
    with pytest.raises(RuntimeError, match="rolled back"):
        db.transactional(is_accepted)("cap_x", "x")


def test_f16_an_address_gets_no_more_than_its_limit(monkeypatch):
    monkeypatch.setattr(captchas, "MAX_PER_TEN_MINUTES", 2)
    for _ in range(2):
        captchas.create(client_ip="203.0.113.7")
    with pytest.raises(DomainError) as refused:
        captchas.create(client_ip="203.0.113.7")
    assert refused.value.code == "too_many"
    captchas.create(client_ip="203.0.113.8")

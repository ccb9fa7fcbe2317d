"""Idempotency keys: the work is done once, and its answer is kept from curious eyes."""

import hashlib
from datetime import timedelta

import pytest
import time_machine

from store.kernel import clock, idempotency
from store.kernel.idempotency import KeptAnswer
from store.kernel.refusals import Refused
from store.people.customers import Source, add_source
from tests import world


def once(work, *, key="k-1", body="body", scope="me"):
    return idempotency.once(scope=scope, key=key, body=body, work=work)


def refuse():
    add_source(code="pos", name="门店")
    raise Refused("no", "不行")


def test_the_second_time_the_first_answer_comes_back(acme):
    answers = iter([{"n": 1}, {"n": 2}])
    assert [once(lambda: next(answers)) for _ in range(2)] == [{"n": 1}, {"n": 1}]


def test_scopes_and_keys_are_apart(acme):
    assert once(lambda: {"n": 1}) != once(lambda: {"n": 2}, key="k-2") != once(lambda: {"n": 3}, scope="you")


def test_another_body_is_refused(acme):
    once(dict)
    with pytest.raises(Refused, match="幂等键"):
        once(dict, body="another")


def test_a_refusal_keeps_neither_its_writes_nor_an_answer(acme):
    with pytest.raises(Refused):
        once(refuse)
    assert Source.select().count() == 0
    assert once(lambda: {"n": 2}) == {"n": 2}


def test_many_at_once_do_the_work_once(acme):
    done = []
    answers = world.at_once(12, lambda n: once(lambda: done.append(n) or {"by": n}))
    assert len({answer["by"] for answer in answers}) == 1
    assert len(done) == 1


def test_neither_answer_nor_body_lies_in_clear_or_under_a_plain_hash(acme):
    once(lambda: {"token": "acme.secret"}, body={"phone": "13800138000"})
    row = str(KeptAnswer.select(KeptAnswer.fingerprint, KeptAnswer.answer.cast("text")).tuples().get())
    assert "acme.secret" not in row
    assert hashlib.sha256(b'{"phone": "13800138000"}').hexdigest() not in row


@pytest.mark.parametrize("key", ["", "k" * 101])
def test_a_key_has_bounds(acme, key):
    with pytest.raises(Refused):
        once(dict, key=key)


def test_old_answers_are_forgotten(acme):
    once(dict)
    with time_machine.travel(clock.now() + timedelta(days=3), tick=False):
        assert idempotency.forget_old() == 1
    assert KeptAnswer.select().count() == 0

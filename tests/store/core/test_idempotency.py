"""A request under a key is done once, and every repeat gets the same answer."""

from datetime import timedelta

import pytest
import time_machine

from store.core import clock, idempotency
from store.core.database import db
from store.core.errors import DomainError
from store.core.idempotency import StoredResponse
from store.customers.customers import Source
from tests.support import database
from tests.support.races import with_barrier, without_index, without_write_queue


def request(number: int = 0, *, key: str = "k1", body=None, scope: str = "cus_1 orders") -> dict:
    return idempotency.run_once(scope=scope, key=key, body=body or {"b": 1, "a": [1]}, work=work)


def work() -> dict:
    row = Source.create(code=f"s{Source.select().count()}", name="来源")
    return {"id": row.id, "at": clock.now(), "pair": (1, 2), "streaks": {3: 5}}


def answers_of_threads(number: int) -> list[dict]:
    return database.run_concurrently(8, request)


def test_sixteen_copies_in_two_processes_are_one_execution_and_equal_answers(process_group):
    answers = [answer for part in process_group.run_together(2, answers_of_threads) for answer in part]
    assert len(answers) == 16
    assert all(answer == answers[0] for answer in answers), answers
    assert Source.select().count() == 1


def test_without_queue_and_key_two_copies_are_two_executions(acme, monkeypatch):
    monkeypatch.setattr(idempotency.db, "advisory_lock", lambda name: None)
    monkeypatch.setattr(idempotency, "find_response", with_barrier(idempotency.find_response))
    with without_index("stored_response_scope_key"), without_index("source_code"), without_write_queue():
        database.run_concurrently(2, request)
        assert Source.select().count() == 2


def test_the_first_answer_looks_like_its_repeats(acme):
    assert request() == request()


def test_the_order_of_fields_is_no_other_body(acme):
    assert request(body={"a": 1, "b": 2}) == request(body={"b": 2, "a": 1})


def test_another_body_is_refused(acme):
    request()
    with pytest.raises(DomainError) as refused:
        request(body={"b": 2})
    assert (refused.value.code, refused.value.status) == ("key_reused", 422)
    assert Source.select().count() == 1


def test_keys_of_others_are_others(acme):
    assert request()["id"] != request(scope="cus_2 orders")["id"]


def test_a_rejection_keeps_nothing_and_may_be_asked_again(acme):
    def reject() -> None:
        work()
        raise DomainError("no", "不行")

    with pytest.raises(DomainError, match="不行"):
        idempotency.run_once(scope="cus_1 orders", key="k1", body={"b": 1, "a": [1]}, work=reject)
    assert StoredResponse.select().count() == Source.select().count() == 0
    request()
    assert Source.select().count() == 1


def test_no_answer_is_no_answer(acme):
    with pytest.raises(ValueError, match="None"):
        idempotency.run_once(scope="s", key="k", body={}, work=lambda: None)


@pytest.mark.parametrize("key", ["", "x" * 101])
def test_keys_have_a_length(acme, key):
    with pytest.raises(DomainError) as refused:
        request(key=key)
    assert refused.value.details["field"] == "Idempotency-Key"


def test_answers_and_bodies_are_not_readable_in_the_table(acme):
    idempotency.run_once(
        scope="s", key="k", body={"phone": "13812345678"}, work=lambda: {"token": "acme.secret"}
    )
    row = str(db.database.execute_sql("SELECT * FROM stored_response").fetchall())
    assert "13812345678" not in row
    assert "acme.secret" not in row


def test_old_answers_are_dropped(acme):
    request()
    assert idempotency.purge_expired() == 0
    with time_machine.travel(clock.now() + timedelta(days=idempotency.RETENTION_DAYS, minutes=1)):
        assert idempotency.purge_expired() == 1

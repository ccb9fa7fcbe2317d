"""A request under a key is done once, and every repeat gets the same answer."""

from datetime import timedelta

import pytest
import time_machine

from store.kernel import clock, db, idempotency
from store.kernel.idempotency import KeptAnswer
from store.kernel.refusals import Refused
from store.people.customers import Source
from tests import world
from tests.store.races import meeting, without_index, without_turns


def ask(number: int = 0, *, key: str = "k1", body=None, scope: str = "cus_1 orders") -> dict:
    return idempotency.once(scope=scope, key=key, body=body or {"b": 1, "a": [1]}, work=work)


def work() -> dict:
    row = Source.create(code=f"s{Source.select().count()}", name="来源")
    return {"id": row.id, "at": clock.now(), "pair": (1, 2), "streaks": {3: 5}}


def answers_of_threads(number: int) -> list[dict]:
    return world.at_once(8, ask)


def test_sixteen_copies_in_two_processes_are_one_execution_and_equal_answers(house):
    answers = [answer for part in house.together(2, answers_of_threads) for answer in part]
    assert len(answers) == 16
    assert all(answer == answers[0] for answer in answers), answers
    assert Source.select().count() == 1


def test_without_queue_and_key_two_copies_are_two_executions(acme, monkeypatch):
    monkeypatch.setattr(idempotency.db, "queue_for", lambda name: None)
    monkeypatch.setattr(idempotency, "kept", meeting(idempotency.kept))
    with without_index("kept_answer_scope_key"), without_index("source_code"), without_turns():
        world.at_once(2, ask)
        assert Source.select().count() == 2


def test_the_first_answer_looks_like_its_repeats(acme):
    assert ask() == ask()


def test_the_order_of_fields_is_no_other_body(acme):
    assert ask(body={"a": 1, "b": 2}) == ask(body={"b": 2, "a": 1})


def test_another_body_is_refused(acme):
    ask()
    with pytest.raises(Refused) as refused:
        ask(body={"b": 2})
    assert (refused.value.code, refused.value.status) == ("key_reused", 422)
    assert Source.select().count() == 1


def test_keys_of_others_are_others(acme):
    assert ask()["id"] != ask(scope="cus_2 orders")["id"]


def test_a_refusal_keeps_nothing_and_may_be_asked_again(acme):
    def refuse() -> None:
        work()
        raise Refused("no", "不行")

    with pytest.raises(Refused, match="不行"):
        idempotency.once(scope="cus_1 orders", key="k1", body={"b": 1, "a": [1]}, work=refuse)
    assert KeptAnswer.select().count() == Source.select().count() == 0
    ask()
    assert Source.select().count() == 1


def test_no_answer_is_no_answer(acme):
    with pytest.raises(ValueError, match="None"):
        idempotency.once(scope="s", key="k", body={}, work=lambda: None)


@pytest.mark.parametrize("key", ["", "x" * 101])
def test_keys_have_a_length(acme, key):
    with pytest.raises(Refused) as refused:
        ask(key=key)
    assert refused.value.facts["field"] == "Idempotency-Key"


def test_answers_and_bodies_are_not_readable_in_the_table(acme):
    idempotency.once(scope="s", key="k", body={"phone": "13812345678"}, work=lambda: {"token": "acme.secret"})
    row = str(db.database.execute_sql("SELECT * FROM kept_answer").fetchall())
    assert "13812345678" not in row
    assert "acme.secret" not in row


def test_old_answers_are_dropped(acme):
    ask()
    assert idempotency.forget_old() == 0
    with time_machine.travel(clock.now() + timedelta(days=idempotency.KEPT_DAYS, minutes=1)):
        assert idempotency.forget_old() == 1

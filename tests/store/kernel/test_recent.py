"""What is remembered is a moment old at most, belongs to one company, and is forgotten when told."""

import threading

import pytest
import time_machine

from store.company import tenants
from store.kernel import db, recent


@pytest.fixture(autouse=True)
def nothing_remembered():
    recent.forget()
    yield
    recent.forget()


def test_the_answer_is_asked_for_once(acme):
    asked = []

    @recent.remembered(seconds=60)
    def answer(number: int) -> int:
        asked.append(number)
        return number

    assert [answer(1), answer(1), answer(2), answer(1)] == [1, 1, 2, 1]
    assert asked == [1, 2]


def test_it_is_asked_for_again_after_its_time(acme, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(recent.time, "monotonic", lambda: now[0])
    asked = []
    answer = recent.remembered(seconds=2)(lambda: asked.append(1))
    answer()
    now[0] += 1.9
    answer()
    assert len(asked) == 1
    now[0] += 0.2
    answer()
    assert len(asked) == 2


def test_no_company_hears_the_answer_of_another(acme):
    answer = recent.remembered(seconds=60)(lambda: db.tenant())
    assert answer() == "acme"
    with tenants.using("rival"):
        assert answer() == "rival"


def test_what_was_read_before_forgetting_is_not_kept_after_it(acme):
    """A reader that is overtaken by a writer must not put the old answer back."""
    value, reading, written = ["old"], threading.Event(), threading.Event()

    @recent.remembered(seconds=60)
    def answer() -> str:
        seen = value[0]
        reading.set()
        written.wait(5)
        return seen

    def read() -> None:
        with tenants.using("acme"):
            answer()

    reader = threading.Thread(target=read)
    reader.start()
    assert reading.wait(5)
    value[0] = "new"
    recent.forget()
    written.set()
    reader.join()
    assert answer() == "new"


def test_memory_is_bounded(acme, monkeypatch):
    monkeypatch.setattr(recent, "LIMIT", 10)
    answer = recent.remembered(seconds=60)(lambda number: number)
    for number in range(95):
        answer(number)
    assert len(recent._remembered) <= 10


def test_a_jump_of_the_wall_clock_changes_nothing(acme):
    asked = []
    answer = recent.remembered(seconds=60)(lambda: asked.append(1))
    answer()
    with time_machine.travel("2036-01-01"):
        answer()
    assert len(asked) <= 2

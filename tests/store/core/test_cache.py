"""What is remembered is a moment old at most, belongs to one tenant, and is forgotten when reported."""

import threading

import pytest
import time_machine

from store.core import cache
from store.core.database import db
from store.tenants import registry


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()
    yield
    cache.clear()


def test_the_answer_is_asked_for_once(acme):
    asked = []

    @cache.cached(ttl_s=60)
    def answer(number: int) -> int:
        asked.append(number)
        return number

    assert [answer(1), answer(1), answer(2), answer(1)] == [1, 1, 2, 1]
    assert asked == [1, 2]


def test_it_is_asked_for_again_after_its_time(acme, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(cache.time, "monotonic", lambda: now[0])
    asked = []
    answer = cache.cached(ttl_s=2)(lambda: asked.append(1))
    answer()
    now[0] += 1.9
    answer()
    assert len(asked) == 1
    now[0] += 0.2
    answer()
    assert len(asked) == 2


def test_no_tenant_hears_the_answer_of_another(acme):
    answer = cache.cached(ttl_s=60)(lambda: db.current_tenant())
    assert answer() == "acme"
    with registry.use_tenant("rival"):
        assert answer() == "rival"


def test_what_was_read_before_forgetting_is_not_kept_after_it(acme):
    """A reader that is overtaken by a writer must not put the old answer back."""
    value, reading, written = ["old"], threading.Event(), threading.Event()

    @cache.cached(ttl_s=60)
    def answer() -> str:
        seen = value[0]
        reading.set()
        written.wait(5)
        return seen

    def read() -> None:
        with registry.use_tenant("acme"):
            answer()

    reader = threading.Thread(target=read)
    reader.start()
    assert reading.wait(5)
    value[0] = "new"
    cache.clear()
    written.set()
    reader.join()
    assert answer() == "new"


def test_memory_is_bounded(acme, monkeypatch):
    monkeypatch.setattr(cache, "MAX_ENTRIES", 10)
    answer = cache.cached(ttl_s=60)(lambda number: number)
    for number in range(95):
        answer(number)
    assert len(cache._entries) <= 10


def test_a_jump_of_the_wall_clock_changes_nothing(acme):
    asked = []
    answer = cache.cached(ttl_s=60)(lambda: asked.append(1))
    answer()
    with time_machine.travel("2036-01-01"):
        answer()
    assert len(asked) <= 2

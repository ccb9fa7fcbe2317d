"""A tenant whose records are stuck takes no more than its share of the threads that answer."""

import contextvars
import threading
from collections.abc import Iterator

import pytest

from handlers.tenant_thread_pool import TenantThreadPool
from tests.support.app_process import wait_for

COUNT = 4


@pytest.fixture
def release_work() -> Iterator[threading.Event]:
    """What stuck work waits for; it is freed in the end whatever happens."""
    event = threading.Event()
    yield event
    event.set()


def test_a_stuck_tenant_leaves_the_others_their_threads(release_work: threading.Event):
    pool, done, answered = TenantThreadPool(COUNT), [], threading.Event()
    for number in range(3 * COUNT):
        pool.submit("stuck", lambda number=number: (release_work.wait(10), done.append(number)))
    pool.submit("other", answered.set)
    assert answered.wait(5)
    assert done == []
    release_work.set()
    wait_for(lambda: len(done) == 3 * COUNT, "all of the stuck tenant's work")


def test_work_that_fails_releases_its_thread():
    pool, done = TenantThreadPool(2), []
    for number in range(5):
        pool.submit("one", lambda number=number: done.append(number) or 1 / 0)
    wait_for(lambda: done == [0, 1, 2, 3, 4], "work after work that failed")


def test_a_tenant_is_stuck_when_none_of_its_threads_returns(release_work: threading.Event):
    pool = TenantThreadPool(COUNT)
    for _ in range(pool.max_per_tenant):
        assert not pool.is_saturated("one", 0)
        pool.submit("one", lambda: release_work.wait(10))
    assert pool.is_saturated("one", 0)
    assert not pool.is_saturated("one", 60), "it may only be busy"
    assert not pool.is_saturated("other", 0)
    release_work.set()
    wait_for(lambda: not pool.is_saturated("one", 0), "the threads")


def test_the_future_brings_the_result_or_the_error_also_of_queued_work(release_work: threading.Event):
    pool = TenantThreadPool(2)
    running = pool.submit("one", lambda: release_work.wait(10))
    queued, failing = pool.submit("one", lambda: 7), pool.submit("one", lambda: 1 / 0)
    with pytest.raises(TimeoutError):
        queued.result(0.05)
    release_work.set()
    assert (running.result(5), queued.result(5)) == (True, 7)
    with pytest.raises(ZeroDivisionError):
        failing.result(5)


def test_work_sees_the_context_of_its_caller(release_work: threading.Event):
    """Also when it was queued, behind work of another caller."""
    number: contextvars.ContextVar[int] = contextvars.ContextVar("number")
    pool = TenantThreadPool(2)
    number.set(1)
    first = pool.submit("one", lambda: release_work.wait(10) and number.get())
    number.set(2)
    second = pool.submit("one", number.get)
    number.set(3)
    release_work.set()
    assert (first.result(5), second.result(5)) == (1, 2)

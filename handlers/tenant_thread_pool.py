"""A thread pool for messages with a limit per tenant (bulkhead)."""

import contextvars
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import structlog

log = structlog.get_logger("tenant_thread_pool")

R = TypeVar("R")
Task = Callable[[], None]


class TenantThreadPool:
    """Thread pool that gives one tenant at most half of its threads: a hanging database cannot block other tenants.

    Work beyond that is queued until a thread of the same tenant is free.
    """

    def __init__(self, thread_count: int) -> None:
        self.max_per_tenant = thread_count // 2
        self._pool = ThreadPoolExecutor(thread_count, thread_name_prefix="message")
        self._lock = threading.Lock()
        self._running: dict[str, dict[Task, float]] = defaultdict(dict)  # since when, by tenant
        self._queued: dict[str, deque[Task]] = defaultdict(deque)

    def submit(self, tenant: str, work: Callable[[], R]) -> "Future[R]":
        """Run work in a thread, in a copy of the caller's context, and return its future."""
        future: Future[R] = Future()
        task = partial(contextvars.copy_context().run, complete, future, partial(_run_logged, tenant, work))
        with self._lock:
            if len(self._running[tenant]) >= self.max_per_tenant:
                self._queued[tenant].append(task)
                return future
            self._running[tenant][task] = time.monotonic()
        self._pool.submit(self._run, tenant, task)
        return future

    def is_saturated(self, tenant: str, seconds: float) -> bool:
        """Return whether a tenant uses all of its threads, one of them for longer than `seconds`."""
        with self._lock:
            started = self._running[tenant].values()
            return len(started) >= self.max_per_tenant and min(started) < time.monotonic() - seconds

    def _run(self, tenant: str, task: Task) -> None:
        task()
        following = self._release(tenant, task)
        if following is not None:
            self._pool.submit(self._run, tenant, following)  # behind tasks of other tenants that came before

    def _release(self, tenant: str, task: Task) -> Task | None:
        with self._lock:
            del self._running[tenant][task]
            if not self._queued[tenant]:
                return None
            following = self._queued[tenant].popleft()
            self._running[tenant][following] = time.monotonic()
            return following


def complete(future: "Future[R]", work: Callable[[], R]) -> None:
    """Run work and set its result or exception as that of a future."""
    try:
        result = work()
    except BaseException as error:  # raised by `future.result()`
        future.set_exception(error)
    else:
        future.set_result(result)


def _run_logged(tenant: str, work: Callable[[], R]) -> R:
    try:
        return work()
    except Exception:  # also logged here, because a caller that stopped waiting never reads the future
        log.exception("work_failed", tenant=tenant)
        raise

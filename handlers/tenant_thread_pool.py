"""A thread pool for messages with a limit per tenant (bulkhead)."""

import contextvars
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import structlog

log = structlog.get_logger("tenant_thread_pool")

Task = Callable[[], object]


class TenantThreadPool:
    """Thread pool that gives one tenant at most half of its threads: a hanging database cannot block other tenants.

    Work beyond that waits for one of the tenant's own hands, and is done all the same.
    """

    def __init__(self, thread_count: int) -> None:
        self.max_per_tenant = thread_count // 2
        self._pool = ThreadPoolExecutor(thread_count, thread_name_prefix="message")
        self._lock = threading.Lock()
        self._running: dict[str, dict[Task, float]] = defaultdict(dict)  # since when, by tenant
        self._queued: dict[str, deque[Task]] = defaultdict(deque)

    def submit(self, tenant: str, task: Task) -> None:
        """Run a task in a thread, in the caller's context, and return at once."""
        task = partial(contextvars.copy_context().run, _run_logged, tenant, task)
        with self._lock:
            if len(self._running[tenant]) >= self.max_per_tenant:
                self._queued[tenant].append(task)
                return
            self._running[tenant][task] = time.monotonic()
        self._pool.submit(self._run, tenant, task)

    def is_saturated(self, tenant: str, seconds: float) -> bool:
        """Return whether a tenant uses all of its threads, one of them for longer than `seconds`."""
        with self._lock:
            held = self._running[tenant].values()
            return len(held) >= self.max_per_tenant and min(held) < time.monotonic() - seconds

    def _run(self, tenant: str, task: Task) -> None:
        task()
        following = self._release(tenant, task)
        if following is not None:
            self._pool.submit(self._run, tenant, following)  # behind what others have been waiting for

    def _release(self, tenant: str, task: Task) -> Task | None:
        with self._lock:
            del self._running[tenant][task]
            if not self._queued[tenant]:
                return None
            following = self._queued[tenant].popleft()
            self._running[tenant][following] = time.monotonic()
            return following


def _run_logged(tenant: str, task: Task) -> None:
    try:
        task()
    except Exception:  # top-level handler of a thread: only the log can report it
        log.exception("work_failed", tenant=tenant)

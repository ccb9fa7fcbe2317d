"""Wake-up notifications: after a commit a worker is woken through RQ, so deliveries need not wait for a tick.

A thread of its own sends them, so a request never waits for Redis. They may be lost: the scheduler finds due
deliveries each second.
"""

import threading
from collections.abc import Callable

import redis
import structlog
from rq import Queue
from rq.serializers import JSONSerializer

from store.core import ids

log = structlog.get_logger("wakeup")

QUEUE_NAME = "relay"
BACKOFF_S = 2.0  # after Redis failed to answer


class WakeUpNotifier:
    """Thread that wakes a worker for each tenant with due deliveries."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._pending_tenants: set[str] = set()
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None

    def wake(self, tenant: str) -> None:
        """Add a tenant to wake a worker for and return at once."""
        with self._condition:
            self._pending_tenants.add(tenant)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="wakeup", daemon=True)
                self._thread.start()
            self._condition.notify()

    def _run(self) -> None:
        queue = connect_queue(self._redis_url)
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._pending_tenants)
                tenants, self._pending_tenants = self._pending_tenants, set()
            try:
                for tenant in tenants:
                    enqueue_relay(queue, tenant)
            except redis.RedisError as error:
                log.warning("wakeup_missed", reason=type(error).__name__)
                threading.Event().wait(BACKOFF_S)


def connect_queue(redis_url: str) -> Queue:
    """Return the queue with short time-outs, so that a lost Redis delays nothing."""
    connection = redis.Redis.from_url(redis_url, socket_timeout=30, socket_connect_timeout=0.5)
    return Queue(QUEUE_NAME, connection=connection, serializer=JSONSerializer)


def enqueue_relay(queue: Queue, tenant: str) -> None:
    """Enqueue one relay run of a tenant unless one is waiting.

    A run that has started does not count: its worker may be dead, and RQ notices that late.
    """
    mark = f"relay-{tenant}-"
    if not any(waiting.startswith(mark) for waiting in queue.job_ids):
        queue.enqueue(
            "tasks.relay.run", tenant, job_id=f"{mark}{ids.token()}",
            job_timeout=120, result_ttl=0, failure_ttl=0,
        )  # fmt: skip


def make_notifier(redis_url: str) -> Callable[[str], None]:
    """Return the function that `events` calls with a tenant after each commit."""
    return WakeUpNotifier(redis_url).wake

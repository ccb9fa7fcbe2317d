"""The worker: processes deliveries when RQ wakes it, and polls while Redis is unavailable.

RQ carries wake-ups only. The job runs in this process without a fork, because the rows are safe if it is
killed: its deliveries are claimed again when their lease ends.
"""

import signal
import threading
from types import FrameType
from typing import Any

import redis
import structlog
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer

import config
from bootstrap import bootstrap
from tasks import relay, wakeup
from tasks.subscriptions import SUBSCRIPTIONS

log = structlog.get_logger("worker")

POLL_INTERVAL_S = 2.0


class RedisUnavailable(redis.RedisError):
    """Redis is unavailable. RQ would wait for it ever longer, so the worker polls meanwhile."""


class Worker(SimpleWorker):
    """RQ's worker with short leases, so that RQ notices a dead one soon."""

    def __init__(self, queue: Queue, stopping: threading.Event) -> None:
        super().__init__(
            [queue],
            serializer=JSONSerializer,
            worker_ttl=30,
            job_monitoring_interval=5,
            maintenance_interval=15,
        )
        self._stop_event = stopping
        self._is_busy = False

    def heartbeat(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().heartbeat(*args, **kwargs)
        except redis.ConnectionError as error:
            raise RedisUnavailable(str(error)) from error

    def execute_job(self, job: Job, queue: Queue) -> None:
        self._is_busy = True
        try:
            super().execute_job(job, queue)
        finally:
            self._is_busy = False

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        # RQ uses the state that it wrote to Redis, which lags behind: stopped just after a job, it
        # would wait for one more.
        self._stop_event.set()
        self._stop_requested = True
        if not self._is_busy:
            raise StopRequested


def main() -> None:
    settings = config.read()
    bootstrap(settings, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(settings.redis_url))
    stopping = relay.stop_requested
    while not stopping.is_set():
        try:
            queue = wakeup.connect_queue(settings.redis_url)
            Worker(queue, stopping).work(
                logging_level="CRITICAL"
            )  # RQ logs a lost Redis as an unhandled error
        except StopRequested:
            return  # stopped while RQ was shutting down already
        except redis.RedisError as error:
            log.warning("redis_unavailable", reason=type(error).__name__)
        if not stopping.is_set():
            _poll_without_redis(stopping)


def _poll_without_redis(stopping: threading.Event) -> None:
    """Process all due deliveries once without Redis."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    relay.relay_all_tenants()
    stopping.wait(POLL_INTERVAL_S)


if __name__ == "__main__":
    main()

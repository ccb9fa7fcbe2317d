"""A worker: woken through RQ, or by itself every few seconds while Redis cannot be reached.

RQ is a wake-up call only. The job runs in this process (no fork), because the records are safe
whatever happens to it: a killed worker's deliveries come back when their lease ends.
"""

import signal
import threading
from types import FrameType

import redis
import structlog
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

import config
from house import open_house
from tasks import nudge, relay

log = structlog.get_logger("worker")

PAUSE_S = 2.0


class Worker(SimpleWorker):
    """RQ's worker with short leases, so that a dead one is noticed soon."""

    def __init__(self, queue: Queue, stopping: threading.Event) -> None:
        super().__init__(
            [queue],
            serializer=JSONSerializer,
            worker_ttl=30,
            job_monitoring_interval=5,
            maintenance_interval=15,
        )
        self._told = stopping

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        self._told.set()  # RQ leaves work() the same way when Redis fails; this tells the two apart
        super().request_stop(signum, frame)


def main() -> None:
    settings = config.read()
    open_house(settings)
    stopping = threading.Event()
    while not stopping.is_set():
        try:
            queue = nudge.connect(settings.redis_url)
            Worker(queue, stopping).work(logging_level="WARNING")
        except redis.RedisError as error:
            log.warning("redis_lost", reason=type(error).__name__)
        if not stopping.is_set():
            _work_alone(stopping)


def _work_alone(stopping: threading.Event) -> None:
    """One round without Redis: whatever is due in the records is worked off."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    relay.sweep()
    stopping.wait(PAUSE_S)


if __name__ == "__main__":
    main()

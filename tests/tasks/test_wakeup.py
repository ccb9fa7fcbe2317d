"""A wake-up wakes a worker, and never so often that the queue grows."""

import pytest
from rq import Queue

from tasks import wakeup


@pytest.fixture
def queue(redis_url: str) -> Queue:
    return wakeup.connect_queue(redis_url)


def test_second_wake_up_adds_nothing_while_the_first_waits(queue: Queue):
    for tenant in ("acme", "acme", "acme_2", "acme"):
        wakeup.enqueue_relay(queue, tenant)
    assert [waiting.split("-")[1] for waiting in queue.job_ids] == ["acme", "acme_2"]


def test_run_that_never_ended_does_not_block_the_next(queue: Queue):
    wakeup.enqueue_relay(queue, "acme")
    (begun,) = queue.job_ids
    queue.connection.lrem(queue.key, 1, begun)  # what is left when a worker took it and was killed
    wakeup.enqueue_relay(queue, "acme")
    assert queue.count == 1

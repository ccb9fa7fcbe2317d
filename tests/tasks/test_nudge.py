"""A nudge wakes somebody, and never so often that the queue grows."""

import pytest
from rq import Queue

from tasks import nudge


@pytest.fixture
def queue(redis_url: str) -> Queue:
    return nudge.connect(redis_url)


def test_second_nudge_adds_nothing_while_the_first_waits(queue: Queue):
    for tenant in ("acme", "acme", "acme_2", "acme"):
        nudge.enqueue(queue, tenant)
    assert [waiting.split("-")[1] for waiting in queue.job_ids] == ["acme", "acme_2"]


def test_run_that_somebody_began_and_never_ended_holds_nobody_up(queue: Queue):
    nudge.enqueue(queue, "acme")
    (begun,) = queue.job_ids
    queue.connection.lrem(queue.key, 1, begun)  # what is left when a worker took it and was killed
    nudge.enqueue(queue, "acme")
    assert queue.count == 1

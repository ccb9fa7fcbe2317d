"""Processes are killed while a till takes payments: after a restart all are final, and both books are equal."""

import time
from collections.abc import Callable

import pytest

from tests.end_to_end.running_app import RunningApp
from tests.end_to_end.shoppers import InteractionLog
from tests.end_to_end.till_stream import TillStream
from tests.support.app_process import wait_for

WORKERS = ("worker-1", "worker-2")
EVERYTHING = ("web", *WORKERS, "scheduler", "redis")
PAYMENTS_PER_KILL = 10
FINAL_AFTER_S = 60
AWAY_S = 3.0
SLOW_S = 0.4  # of every platform call, so that a kill finds some on their way


@pytest.mark.deep
@pytest.mark.timeout(900)
def test_payments_are_final_and_both_books_equal_after_every_process_was_killed(
    running_app: RunningApp, interactions: InteractionLog
):
    stream = TillStream(running_app)
    interactions.inject_fault("payment", "slow", delay_s=SLOW_S)
    for names in (("web",), WORKERS, ("redis",), EVERYTHING):
        interactions.inject_fault("notice", "drop", times=2)
        repeats = stream.repeats
        restarted_at = stream.run(PAYMENTS_PER_KILL, meanwhile=_kill_and_restart(running_app, stream, names))
        if "web" in names:
            assert stream.repeats > repeats, "no request was on its way"
        _wait_until_final(stream, restarted_at)
        assert stream.differences() == []
    states = stream.count_states()
    assert states["succeeded"] >= 2 * PAYMENTS_PER_KILL, states
    assert states["closed"] >= 4, states
    assert states["refunded"] >= 4, states


def _kill_and_restart(
    running_app: RunningApp, stream: TillStream, names: tuple[str, ...]
) -> Callable[[], float]:
    """Return what kills processes in the middle of their work, starts them again and returns when they were started."""
    charged = len(stream.list_charges())

    def run() -> float:
        wait_for(lambda: len(stream.list_charges()) >= charged + 3, "the first charges")
        if names == WORKERS:
            wait_for(stream.count_leased, "a worker that follows a payment")
        running_app.kill(*names)
        time.sleep(AWAY_S)
        running_app.start()
        return time.monotonic()

    return run


def _wait_until_final(stream: TillStream, restarted_at: float) -> None:
    while stream.count_open():
        assert time.monotonic() - restarted_at < FINAL_AFTER_S, stream.differences()
        time.sleep(0.5)

"""Redis is a bell and nothing more: stopped or wiped, the shopper is answered and every effect happens once."""

import os
import threading
import time

import pytest

from tests.end_to_end.running_app import RunningApp
from tests.end_to_end.shoppers import InteractionLog
from tests.support.app_process import wait_for


@pytest.mark.deep
def test_redis_away_delays_nothing_and_loses_nothing(running_app: RunningApp, interactions: InteractionLog):
    running_app.stop("redis")
    interactions.run_for_each(interactions.arrive(12), interactions.visit)
    assert interactions.is_in_time()
    wait_for(interactions.records.is_drained, "the deliveries, with Redis still away")
    assert interactions.differences() == []

    running_app.start("redis")
    interactions.run_for_each(interactions.arrive(12), interactions.visit)
    wait_for(interactions.records.is_drained, "the deliveries, with Redis back")
    assert interactions.is_in_time()
    assert interactions.differences() == []


@pytest.mark.deep
def test_workers_need_neither_redis_nor_clock(running_app: RunningApp, interactions: InteractionLog):
    running_app.stop("redis", "scheduler")
    interactions.run_for_each(interactions.arrive(6), interactions.visit)
    assert interactions.is_in_time()
    wait_for(interactions.records.is_drained, "the deliveries, by workers alone")
    assert interactions.differences() == []
    running_app.start("redis")
    time.sleep(3)  # by now a worker listens again, and only the route's own wake-up can wake it
    interactions.run_for_each(interactions.arrive(2), interactions.visit)
    wait_for(interactions.records.is_drained, "the deliveries, by wake-ups alone")
    assert interactions.differences() == []


@pytest.mark.deep
def test_redis_stopped_with_deliveries_waiting_is_made_up_for(
    running_app: RunningApp, interactions: InteractionLog
):
    running_app.stop("worker-1", "worker-2", "scheduler")
    interactions.run_for_each(interactions.arrive(8), interactions.visit)
    running_app.kill("redis")
    interactions.run_for_each(interactions.arrive(8), interactions.visit)
    assert interactions.is_in_time()
    assert not interactions.records.is_drained()
    running_app.start()
    wait_for(interactions.records.is_drained, "the deliveries")
    assert interactions.differences() == []


def test_redis_wiped_in_mid_load_loses_nothing(running_app: RunningApp, interactions: InteractionLog):
    done, wiped = threading.Event(), []

    def wipe() -> None:
        with running_app.redis() as client:
            while not done.wait(0.02):
                wiped.append(client.dbsize())
                client.flushall()

    wiper = threading.Thread(target=wipe)
    wiper.start()
    try:
        interactions.run_for_each(interactions.arrive(40 if os.environ["DEEP"] else 12), interactions.visit)
    finally:
        done.set()
        wiper.join()
    assert max(wiped) > 0, "there was never anything to wipe"
    wait_for(interactions.records.is_drained, "the deliveries")
    assert interactions.is_in_time()
    assert interactions.differences() == []

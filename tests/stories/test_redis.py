"""Redis is a bell and nothing more: stopped or wiped, the shopper is answered and every effect happens once."""

import threading
import time

from tests.bin.running import wait_for
from tests.stories.house import House
from tests.stories.shoppers import Journal


def test_redis_away_delays_nothing_and_loses_nothing(house: House, journal: Journal):
    house.stop("redis")
    journal.each(journal.arrive(12), journal.visit)
    assert journal.in_time()
    wait_for(journal.records.drained, "the deliveries, with Redis still away")
    assert journal.differences() == []

    house.start("redis")
    journal.each(journal.arrive(12), journal.visit)
    wait_for(journal.records.drained, "the deliveries, with Redis back")
    assert journal.in_time()
    assert journal.differences() == []


def test_workers_need_neither_redis_nor_clock(house: House, journal: Journal):
    house.stop("redis", "clock")
    journal.each(journal.arrive(6), journal.visit)
    assert journal.in_time()
    wait_for(journal.records.drained, "the deliveries, by workers alone")
    assert journal.differences() == []
    house.start("redis")
    time.sleep(3)  # by now a worker listens again, and nobody but the door's own nudge can wake it
    journal.each(journal.arrive(2), journal.visit)
    wait_for(journal.records.drained, "the deliveries, by nudges alone")
    assert journal.differences() == []


def test_redis_stopped_with_deliveries_waiting_is_made_up_for(house: House, journal: Journal):
    house.stop("worker-1", "worker-2", "clock")
    journal.each(journal.arrive(8), journal.visit)
    house.kill("redis")
    journal.each(journal.arrive(8), journal.visit)
    assert journal.in_time()
    assert not journal.records.drained()
    house.start()
    wait_for(journal.records.drained, "the deliveries")
    assert journal.differences() == []


def test_redis_wiped_in_mid_load_loses_nothing(house: House, journal: Journal):
    done, wiped = threading.Event(), []

    def wipe() -> None:
        with house.redis() as client:
            while not done.wait(0.02):
                wiped.append(client.dbsize())
                client.flushall()

    wiper = threading.Thread(target=wipe)
    wiper.start()
    try:
        journal.each(journal.arrive(40), journal.visit)
    finally:
        done.set()
        wiper.join()
    assert max(wiped) > 0, "there was never anything to wipe"
    wait_for(journal.records.drained, "the deliveries")
    assert journal.in_time()
    assert journal.differences() == []

"""Workers may be away or die at any moment: what was promised waits, and happens once."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from store.kernel import deliveries
from tests.bin.running import wait_for
from tests.stories.house import House
from tests.stories.lay_out import TWO_PARTS
from tests.stories.shoppers import Journal

KILLS = 12
EFFECTS_OF_A_VISIT = 3  # the gift, the unionid that is asked for, the second part of the answer
SEND = "/cgi-bin/message/custom/send"


def test_workers_away_delay_what_follows_and_lose_nothing(house: House, journal: Journal):
    house.stop("worker-1", "worker-2")
    journal.each(journal.arrive(12), journal.visit)
    assert journal.in_time()
    time.sleep(1.5)  # the clock has rung by now, and nobody came
    assert journal.records.deliveries()["pending"] == 12 * EFFECTS_OF_A_VISIT
    house.start()
    wait_for(journal.records.drained, "the deliveries")
    assert journal.differences() == []


def test_workers_end_when_told_however_busy(house: House, journal: Journal):
    over = threading.Event()

    def shop_on(_: int) -> None:
        while not over.is_set():
            journal.visit(*journal.arrive(1))
            time.sleep(0.1)  # the stand-in of the platform is slower than the house

    with ThreadPoolExecutor(4) as pool:
        hands = [pool.submit(shop_on, number) for number in range(4)]
        for _ in range(3):
            time.sleep(1)
            house.stop("worker-1", "worker-2")
            house.start()
        over.set()
    assert [hand.exception() for hand in hands] == [None] * 4
    wait_for(journal.records.drained, "the deliveries")
    assert journal.differences() == []


def test_workers_killed_under_load_do_every_record_once(house: House, journal: Journal):
    shoppers, seen_at_work = journal.arrive(150), 0
    house.stop("worker-1", "worker-2", "clock")
    journal.each(shoppers, lambda shopper: journal.act(shopper, "follow"))
    for number in range(KILLS):
        house.start("worker-1", "worker-2", "clock")
        time.sleep(0.1 + 0.02 * number)
        wait_for(lambda: journal.records.leased() or journal.records.drained(), "a worker at work")
        house.kill("worker-1", "worker-2", "clock")
        seen_at_work += journal.records.leased() > 0
        journal.records.let_leases_run_out()
    house.start()
    wait_for(journal.records.drained, "the deliveries")
    assert seen_at_work, "no kill hit a worker with a delivery in its hands"
    assert journal.differences() == []


def test_worker_killed_in_a_call_says_it_again(house: House, journal: Journal):
    (shopper,) = journal.arrive(1)
    journal.act(shopper, "follow")
    wait_for(journal.records.drained, "the gift")
    journal.fail(SEND, "slow", delay_s=1.5, times=1)
    journal.act(shopper, "text", content=TWO_PARTS)
    wait_for(journal.records.leased, "the call")
    time.sleep(0.5)
    house.kill("worker-1", "worker-2")
    assert journal.records.leased() == 1
    time.sleep(1.5)  # the platform carries out what it was asked, though nobody waits for the answer
    assert journal.seconds_told(shopper) == 1
    journal.records.let_leases_run_out()
    house.start()
    wait_for(journal.records.drained, "the second call")
    assert journal.seconds_told(shopper) == 2
    assert journal.differences(said_at_least_once=True) == []


@pytest.mark.timeout(250)
def test_lease_of_a_dead_worker_ends_by_itself(house: House, journal: Journal):
    (shopper,) = journal.arrive(1)
    journal.act(shopper, "follow")
    wait_for(journal.records.drained, "the gift")
    journal.fail(SEND, "timeout", delay_s=5, times=1)
    journal.act(shopper, "text", content=TWO_PARTS)
    wait_for(journal.records.leased, "the call")
    house.kill("worker-1", "worker-2")
    house.start()
    began = time.monotonic()
    while not journal.records.drained():
        assert time.monotonic() - began < deliveries.LEASE_S + 90, "a slow machine needs a while to start"
        time.sleep(0.5)
    assert journal.differences() == []

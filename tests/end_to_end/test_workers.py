"""Workers may be away or die at any moment: what was promised waits, and happens once."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from store.core import outbox
from tests.end_to_end.running_app import RunningApp
from tests.end_to_end.seed import TWO_PART_KEYWORD
from tests.end_to_end.shoppers import InteractionLog
from tests.support.app_process import wait_for

KILLS = 12
EFFECTS_OF_A_VISIT = ("follow_rewards.grant", "unionids.fetch", "messages.send_due")
_PENDING_SQL = "SELECT subscriber, count(*) FROM event_delivery WHERE state = 'pending' GROUP BY subscriber"
SEND = "/cgi-bin/message/custom/send"


@pytest.mark.deep
def test_workers_away_delay_what_follows_and_lose_nothing(
    running_app: RunningApp, interactions: InteractionLog
):
    running_app.stop("worker-1", "worker-2")
    interactions.run_for_each(interactions.arrive(12), interactions.visit)
    assert interactions.is_in_time()
    time.sleep(1.5)  # the scheduler has run by now, and no worker took them
    pending = dict(interactions.records.execute(_PENDING_SQL))
    assert all(pending[name] >= 12 for name in EFFECTS_OF_A_VISIT), pending
    running_app.start()
    wait_for(interactions.records.is_drained, "the deliveries")
    assert interactions.differences() == []


@pytest.mark.deep
def test_busy_workers_stop_on_request(running_app: RunningApp, interactions: InteractionLog):
    over = threading.Event()

    def shop_on(_: int) -> None:
        while not over.is_set():
            interactions.visit(*interactions.arrive(1))
            time.sleep(0.1)  # the fake platform is slower than the application

    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(shop_on, number) for number in range(4)]
        for _ in range(3):
            time.sleep(1)
            running_app.stop("worker-1", "worker-2")
            running_app.start()
        over.set()
    assert [call.exception() for call in calls] == [None] * 4
    wait_for(interactions.records.is_drained, "the deliveries")
    assert interactions.differences() == []


@pytest.mark.deep
def test_workers_killed_under_load_do_every_record_once(
    running_app: RunningApp, interactions: InteractionLog
):
    shoppers, seen_at_work = interactions.arrive(150), 0
    running_app.stop("worker-1", "worker-2", "scheduler")
    interactions.run_for_each(shoppers, lambda shopper: interactions.act(shopper, "follow"))
    for number in range(KILLS):
        running_app.start("worker-1", "worker-2", "scheduler")
        time.sleep(0.1 + 0.02 * number)
        wait_for(
            lambda: interactions.records.count_leased() or interactions.records.is_drained(),
            "a worker at work",
        )
        running_app.kill("worker-1", "worker-2", "scheduler")
        seen_at_work += interactions.records.count_leased() > 0
        interactions.records.expire_leases()
    running_app.start()
    wait_for(interactions.records.is_drained, "the deliveries")
    assert seen_at_work, "no kill hit a worker that had leased a delivery"
    assert interactions.differences() == []


def test_worker_killed_in_a_call_says_nothing_twice(running_app: RunningApp, interactions: InteractionLog):
    (shopper,) = interactions.arrive(1)
    interactions.act(shopper, "follow")
    wait_for(interactions.records.is_drained, "the gift")
    interactions.inject_fault(
        SEND, "slow", delay_s=4, times=1
    )  # a busy machine may need seconds for the kill
    interactions.act(shopper, "text", content=TWO_PART_KEYWORD)
    wait_for(lambda: not interactions.has_faults(), "the call")
    running_app.kill("worker-1", "worker-2")
    assert interactions.records.count_leased() == 1
    # The platform carries out what it was asked, though no worker waits for the answer.
    wait_for(lambda: interactions.count_second_parts(shopper), "the platform")
    assert interactions.count_second_parts(shopper) == 1
    interactions.records.expire_leases()
    running_app.start()
    wait_for(interactions.records.is_drained, "the other worker")
    assert interactions.count_second_parts(shopper) == 1
    assert interactions.differences() == []


@pytest.mark.timeout(250)
@pytest.mark.deep
def test_lease_of_a_dead_worker_ends_by_itself(running_app: RunningApp, interactions: InteractionLog):
    (shopper,) = interactions.arrive(1)
    interactions.act(shopper, "follow")
    wait_for(interactions.records.is_drained, "the gift")
    interactions.inject_fault(SEND, "slow", delay_s=1.5, times=1)
    interactions.act(shopper, "text", content=TWO_PART_KEYWORD)
    wait_for(lambda: not interactions.has_faults(), "the call")
    running_app.kill("worker-1", "worker-2")
    running_app.start()
    began = time.monotonic()
    while not interactions.records.is_drained():
        assert time.monotonic() - began < outbox.LEASE_S + 90, "a slow machine needs a while to start"
        time.sleep(0.5)
    assert interactions.differences() == []

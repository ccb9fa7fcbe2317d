"""Web processes may die in mid-answer and copies may reach two of them at once: one message, one effect."""

import itertools
import os
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from tests.end_to_end.running_app import RunningApp
from tests.end_to_end.shoppers import InteractionLog
from tests.support.app_process import wait_for
from tests.support.wechat_pushes import WechatAccount, push_xml, text

COPIES, THREADS = 32, (8 if os.environ["DEEP"] else 4)
PAUSE_S = 1.2 if os.environ["DEEP"] else 0.6


def test_web_killed_under_load_answers_every_message_once(
    running_app: RunningApp, interactions: InteractionLog
):
    over = threading.Event()

    def come_and_insist(thread: int) -> None:
        for number in itertools.count(10**15 + thread * 10**6):
            if over.is_set():
                return
            interactions.repeat_until_answered(*interactions.arrive(1), number=number)

    def kill_all() -> None:
        running_app.kill("web")
        running_app.start("web")

    with ThreadPoolExecutor(THREADS) as pool:
        calls = [pool.submit(come_and_insist, thread) for thread in range(THREADS)]
        for blow in (running_app.kill_web_worker, kill_all, running_app.kill_web_worker):
            time.sleep(PAUSE_S)
            blow()
        time.sleep(PAUSE_S)
        over.set()
    assert [call.exception() for call in calls] == [None] * THREADS
    wait_for(interactions.records.is_drained, "the deliveries")
    assert any(line.attempts > 1 for line in interactions.lines), "no blow hit anybody"
    assert [line for line in interactions.lines if not line.is_answered] == []
    assert interactions.differences() == []


@pytest.mark.deep
def test_copies_at_two_web_processes_are_one_check_in_with_one_reply(
    running_app: RunningApp, interactions: InteractionLog
):
    ports = [running_app.launch_web(name, "app:server") for name in ("web-a", "web-b")]
    replies, check_ins = _race(interactions, ports)
    running_app.kill("web-a", "web-b")
    assert len(replies) == COPIES
    assert set(replies) == {replies[0]}
    assert replies[0].startswith("签到成功")
    assert check_ins == 1


@pytest.mark.deep
def test_copies_without_the_guards_are_many_check_ins(running_app: RunningApp, interactions: InteractionLog):
    """The control: with the guards off the very same copies do harm, so it is the guards that hold."""
    unique = "check_in_member_id_day"
    interactions.records.execute(f"DROP INDEX {unique}")
    try:
        ports = [
            running_app.launch_web(name, "tests.end_to_end.without_guards:server")
            for name in ("open-a", "open-b")
        ]
        replies, check_ins = _race(interactions, ports)
        running_app.kill("open-a", "open-b")
        assert check_ins > 1
        assert len(set(replies)) == 1 or check_ins < COPIES
    finally:
        interactions.records.execute(
            "DELETE FROM check_in WHERE id NOT IN (SELECT min(id) FROM check_in GROUP BY member_id, day)"
        )
        interactions.records.execute(f"CREATE UNIQUE INDEX {unique} ON check_in (member_id, day)")


def _race(interactions: InteractionLog, ports: list[int]) -> tuple[list[str], int]:
    """Copies of one check-in, all at once, in turns to each port: the replies, and the check-ins it came to."""
    (shopper,) = interactions.arrive(1)
    interactions.act(shopper, "follow")
    account = interactions.account
    wechat = WechatAccount(
        None, "demo", account["appid"], account["token"], account["mode"], account["encoding_aes_key"]
    )
    body = push_xml(shopper.openid, **text("签到", number=time.time_ns())).encode()
    gate = threading.Barrier(COPIES)

    def push(number: int) -> str:
        encrypted, query = wechat.encrypt(body)
        url = f"http://127.0.0.1:{ports[number % len(ports)]}/wechat/demo?{urlencode(query)}"
        gate.wait()
        with urllib.request.urlopen(urllib.request.Request(url, data=encrypted), timeout=10) as answer:
            return wechat.parse(answer.status, answer.read().decode()).text

    with ThreadPoolExecutor(COPIES) as pool:
        replies = list(pool.map(push, range(COPIES)))
    return replies, interactions.records.count_check_ins()[shopper.openid]

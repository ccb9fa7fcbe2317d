"""Races: what may happen once happens once, however many ask at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sandbox.errors import WeChatError
from tests.sandbox.world import PERSON, PROGRAM, SHOP, Sandbox

CROWD = 16


def all_at_once(work: Callable[[], Any]) -> list[Any]:
    """What each of the crowd got; a refusal counts as its errcode."""
    gate = threading.Barrier(CROWD, timeout=10)

    def one() -> Any:
        gate.wait()
        try:
            return work()
        except WeChatError as refusal:
            return refusal.errcode

    with ThreadPoolExecutor(max_workers=CROWD) as pool:
        return [each.result() for each in [pool.submit(one) for _ in range(CROWD)]]


def test_a_code_is_spent_once(sandbox: Sandbox) -> None:
    codes = sandbox.world.codes
    for _ in range(20):
        text = codes.issue("login", appid=PROGRAM["appid"], person_id=PERSON)
        got = all_at_once(lambda text=text: codes.redeem("login", text, appid=PROGRAM["appid"]).person_id)
        assert sorted(map(str, got)) == ["40163"] * (CROWD - 1) + [PERSON]


def test_everybody_gets_the_one_stable_token(sandbox: Sandbox) -> None:
    assert len(set(all_at_once(lambda: sandbox.world.tokens.stable(appid=SHOP["appid"])))) == 1
    assert sandbox.world.tokens.issued[SHOP["appid"]] == 1


def test_a_quota_is_not_overdrawn(sandbox: Sandbox) -> None:
    quotas, chat = sandbox.world.quotas, {"appid": SHOP["appid"], "person_id": PERSON}
    for _ in range(20):
        quotas.grant("message", **chat)
        got = all_at_once(lambda: quotas.take(**chat))
        assert (got.count(None), got.count(45047)) == (5, CROWD - 5)


def test_a_text_message_is_sent_once(sandbox: Sandbox) -> None:
    phone = sandbox.get(f"/sandbox/people/{PERSON}")["phone"]
    wish = {"sign_name": "小二", "template": "T", "phone": phone, "params": {}, "request_id": "r1"}
    assert len(set(all_at_once(lambda: sandbox.world.sms.send(wish)))) == 1
    assert len(sandbox.world.sms.inbox(phone)) == 1


def test_a_fault_strikes_as_often_as_was_asked(sandbox: Sandbox) -> None:
    faults = sandbox.world.faults
    faults.put({"path": "/x", "kind": "http_500", "times": 3})
    assert sum(each is not None for each in all_at_once(lambda: faults.take("/x"))) == 3


def test_a_person_follows_once(sandbox: Sandbox) -> None:
    followers = sandbox.world.followers
    got = all_at_once(lambda: followers.follow(appid=SHOP["appid"], person_id=PERSON))
    assert got.count(True) == 1

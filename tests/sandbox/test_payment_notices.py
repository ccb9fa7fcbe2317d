"""Notices of payments: repeats, and faults that drop, repeat, delay and reorder them."""

from typing import Any

import pytest

from sandbox.payment_notices import NoticeTarget, PaymentNotices
from tests.support.sandbox_client import Sandbox, Webhook


def send(sandbox: Sandbox, webhook: Webhook, name: str = "first") -> None:
    """Send a notice whose body is its name."""
    target = NoticeTarget("wechat_pay", "1900000001", name, "payment", webhook.url)

    def build(content: str) -> tuple[dict[str, str], bytes]:
        return {"Content-Type": "text/plain"}, f"{name}{content}".encode()

    notices(sandbox).send(target, build, lambda status, body: status == 200, notice_id=name)


def notices(sandbox: Sandbox) -> PaymentNotices:
    return sandbox.state.payment_notices


def bodies(sandbox: Sandbox, webhook: Webhook) -> list[str]:
    assert notices(sandbox).wait_until_idle(30)
    return [request["body"] for request in webhook.requests]


def fault(sandbox: Sandbox, kind: str, **options: Any) -> None:
    response = sandbox.client.put(
        "/sandbox/faults", json={"path": "notice", "kind": kind, "times": 1, **options}
    )
    assert response.status_code == 200, response.json


def states(sandbox: Sandbox) -> list[str]:
    return [row["state"] for row in sandbox.get("/sandbox/notices")["list"]]


def test_notice_is_delivered_once(sandbox: Sandbox, webhook: Webhook) -> None:
    send(sandbox, webhook)
    assert bodies(sandbox, webhook) == ["first"]
    assert states(sandbox) == ["delivered"]


def test_notice_that_is_not_accepted_is_repeated(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.client.put("/sandbox/notices", json={"retry_gaps_s": [0, 0, 0]})
    webhook.answer = lambda request: (500 if len(webhook.requests) < 3 else 200, "")
    send(sandbox, webhook)
    assert bodies(sandbox, webhook) == ["first"] * 3
    assert states(sandbox) == ["delivered"]


def test_notice_that_is_never_accepted_has_failed(sandbox: Sandbox, webhook: Webhook) -> None:
    sandbox.client.put("/sandbox/notices", json={"retry_gaps_s": [0]})
    webhook.set_answer("", 500)
    send(sandbox, webhook)
    assert len(bodies(sandbox, webhook)) == 2
    assert states(sandbox) == ["failed"]


def test_dropped_notice_comes_when_it_is_repeated(sandbox: Sandbox, webhook: Webhook) -> None:
    fault(sandbox, "drop")
    send(sandbox, webhook)
    assert bodies(sandbox, webhook) == []
    assert states(sandbox) == ["dropped"]
    sandbox.client.post("/sandbox/notices/first/deliveries", json={"copies": 3, "parallel": True})
    assert bodies(sandbox, webhook) == ["first"] * 3


def test_duplicated_notice_comes_as_often_as_is_set(sandbox: Sandbox, webhook: Webhook) -> None:
    fault(sandbox, "duplicate", copies=4)
    send(sandbox, webhook)
    assert bodies(sandbox, webhook) == ["first"] * 4


@pytest.mark.parametrize(("kind", "delay_s"), [("reorder", 10), ("delay", 1)])
def test_notice_comes_after_a_later_one(sandbox: Sandbox, webhook: Webhook, kind: str, delay_s: int) -> None:
    fault(sandbox, kind, delay_s=delay_s)
    send(sandbox, webhook)
    send(sandbox, webhook, "second")
    assert bodies(sandbox, webhook) == ["second", "first"]


def test_shuffled_notices_all_come_once(sandbox: Sandbox, webhook: Webhook) -> None:
    fault(sandbox, "shuffle", delay_s=0.2, times=6)
    for name in "abcdef":
        send(sandbox, webhook, name)
    assert sorted(bodies(sandbox, webhook)) == list("abcdef")


@pytest.mark.parametrize("kind", ["wrong_amount", "forged", "old"])
def test_fault_of_the_content_reaches_the_platform_and_is_not_repeated(
    sandbox: Sandbox, webhook: Webhook, kind: str
) -> None:
    webhook.set_answer("", 500)
    fault(sandbox, kind)
    send(sandbox, webhook)
    assert bodies(sandbox, webhook) == [f"first{kind}"]


def test_notice_leaves_this_machine_never(sandbox: Sandbox, webhook: Webhook) -> None:
    notices(sandbox).retry_gaps_s = ()
    webhook.url = "http://192.0.2.1/notices"
    send(sandbox, webhook)
    assert bodies(sandbox, webhook) == []
    assert "不在本机" in sandbox.get("/sandbox/notices")["list"][0]["deliveries"][0]["error"]


def test_reset_ends_repeats(sandbox: Sandbox, webhook: Webhook) -> None:
    webhook.set_answer("", 500)
    send(sandbox, webhook)
    sandbox.client.post("/sandbox/reset")
    assert notices(sandbox).wait_until_idle(30)
    assert states(sandbox) == []


@pytest.mark.parametrize("payload", [{"copies": 0}, {"copies": 21}, {"copies": "2"}, {"content": "x"}])
def test_wrong_repeat_is_rejected(sandbox: Sandbox, webhook: Webhook, payload: dict[str, Any]) -> None:
    send(sandbox, webhook)
    response = sandbox.client.post("/sandbox/notices/first/deliveries", json=payload)
    assert response.status_code == 400
    assert sandbox.client.post("/sandbox/notices/none/deliveries", json={}).status_code == 404
    assert bodies(sandbox, webhook) == ["first"]

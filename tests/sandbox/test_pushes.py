"""Pushes: how the platform brings a message, again and again if it must, and what the person sees."""

import threading
import time
from typing import Any

import pytest

from sandbox import crypto, message_xml
from sandbox.pushes import SERVICE_UNAVAILABLE
from tests.support.sandbox_client import SHOP, Sandbox, Webhook, reply_xml

HELLO = "<MsgType>text</MsgType><Content>您好</Content>"


@pytest.fixture
def follower(shop: Sandbox, webhook: Webhook) -> Sandbox:
    shop.do_action("follow")
    webhook.requests.clear()
    return shop


def fields(request: dict[str, Any]) -> dict[str, Any]:
    return message_xml.parse(request["body"])


def fault(sandbox: Sandbox, kind: str, **more: object) -> None:
    sandbox.client.put("/sandbox/faults", json={"path": "push", "kind": kind, "times": 1, **more})


def notes(sandbox: Sandbox) -> list[str]:
    return [line["content"]["Content"] for line in sandbox.list_messages("note") if line["kind"] == "fault"]


def test_push_is_signed_with_the_accounts_token(follower: Sandbox, webhook: Webhook) -> None:
    follower.do_action("text", content="你好")
    query = webhook.requests[0]["query"]
    assert query["signature"] == crypto.compute_signature(SHOP["token"], query["timestamp"], query["nonce"])
    assert query["openid"] == follower.openid()


def test_answer_is_shown(follower: Sandbox, webhook: Webhook) -> None:
    webhook.answer = lambda request: (200, reply_xml(request, HELLO))
    push = follower.do_action("text", content="你好")["push"]
    assert (push["outcome"], len(push["attempts"])) == ("replied", 1)
    assert follower.list_messages()[-1]["content"] == {"Content": "您好"}
    assert (
        "<Content>您好</Content>" in follower.list_messages("out")[-1]["push"]["attempts"][0]["response_body"]
    )


def test_silence_shows_nothing(follower: Sandbox) -> None:
    assert follower.do_action("text", content="你好")["push"]["outcome"] == "silent"
    assert follower.list_messages() == []
    assert notes(follower) == []


@pytest.mark.parametrize(
    ("do", "more", "expected"),
    [
        ("text", {"content": " 你好 ]]> & "}, {"MsgType": "text", "Content": " 你好 ]]> & "}),
        ("image", {"media_id": "m1"}, {"MsgType": "image", "MediaId": "m1"}),
        ("voice", {"recognition": "附近"}, {"MsgType": "voice", "Format": "amr", "Recognition": "附近"}),
        (
            "location",
            {"lng": 116.3213, "lat": 39.8949, "label": "北京西站"},
            {
                "MsgType": "location",
                "Location_X": "39.894900",
                "Location_Y": "116.321300",
                "Label": "北京西站",
            },
        ),
        (
            "link",
            {"title": "文章", "url": "http://a.cn"},
            {"MsgType": "link", "Title": "文章", "Url": "http://a.cn"},
        ),
        ("click", {"key": "near"}, {"MsgType": "event", "Event": "CLICK", "EventKey": "near"}),
        ("view", {"url": "http://a.cn"}, {"MsgType": "event", "Event": "VIEW", "EventKey": "http://a.cn"}),
        (
            "location_event",
            {"lng": 116.3, "lat": 39.9},
            {"MsgType": "event", "Event": "LOCATION", "Latitude": "39.900000", "Longitude": "116.300000"},
        ),
        ("unfollow", {}, {"MsgType": "event", "Event": "unsubscribe", "EventKey": ""}),
    ],
)
def test_every_user_action_tells_the_account(
    follower: Sandbox, webhook: Webhook, do: str, more: dict, expected: dict
) -> None:
    follower.do_action(do, **more)
    result = fields(webhook.requests[0])
    assert {name: result.get(name) for name in expected} == expected
    assert result["FromUserName"] == follower.openid()
    assert result["CreateTime"].isdigit()
    assert ("MsgId" in result) is (result["MsgType"] != "event")


def test_messages_have_numbers_of_their_own(follower: Sandbox, webhook: Webhook) -> None:
    for _ in range(3):
        follower.do_action("text", content="你好")
    assert len({fields(request)["MsgId"] for request in webhook.requests}) == 3


def test_raw_push_goes_out_as_it_was_typed(follower: Sandbox, webhook: Webhook) -> None:
    follower.do_action("raw", xml="<xml><MsgType>event</MsgType><Event>poi_check_notify</Event></xml>")
    assert webhook.requests[0]["body"] == "<xml><MsgType>event</MsgType><Event>poi_check_notify</Event></xml>"


@pytest.mark.parametrize(
    ("do", "more", "error"),
    [
        ("dance", {}, "no_such_action"),
        ("follow", {}, "already_following"),
        ("text", {"content": " "}, "bad_action"),
        ("text", {}, "bad_action"),
        ("location", {"lng": 181, "lat": 0}, "bad_action"),
        ("location", {"lng": "116", "lat": 39}, "bad_action"),
        ("click", {"key": "k" * 129}, "bad_action"),
    ],
)
def test_impossible_user_action_pushes_nothing(
    follower: Sandbox, webhook: Webhook, do: str, more: dict, error: str
) -> None:
    assert follower.do_action(do, **more)["error"] == error
    assert webhook.requests == []


def test_who_does_not_follow_can_only_follow(shop: Sandbox, webhook: Webhook) -> None:
    for do, more in (("text", {"content": "hi"}), ("click", {"key": "k"}), ("unfollow", {})):
        assert shop.do_action(do, **more)["error"] == "not_following"
    assert webhook.requests == []


@pytest.mark.parametrize("status", [404, 500, 302])
def test_failed_push_comes_three_times_and_then_the_account_is_out_of_order(
    follower: Sandbox, webhook: Webhook, status: int
) -> None:
    webhook.set_answer("", status)
    push = follower.do_action("text", content="你好")["push"]
    assert [each["status"] for each in push["attempts"]] == [status] * 3
    assert len({fields(request)["MsgId"] for request in webhook.requests}) == 1
    assert len({request["query"]["nonce"] for request in webhook.requests}) == 3
    assert notes(follower) == [SERVICE_UNAVAILABLE]


def test_late_push_comes_again_and_the_later_answer_counts(follower: Sandbox, webhook: Webhook) -> None:
    def answer(request: dict) -> tuple[int, str]:
        if len(webhook.requests) == 1:
            time.sleep(0.6)
        return 200, reply_xml(request, HELLO)

    webhook.answer = answer
    push = follower.do_action("text", content="你好")["push"]
    assert [each["status"] for each in push["attempts"]] == [None, 200]
    assert 300 <= push["attempts"][0]["duration_ms"] < 600
    assert [line["kind"] for line in follower.list_messages()] == ["text"]


def test_unreachable_webhook_is_tried_three_times(follower: Sandbox) -> None:
    account = {**SHOP, "callback": "http://127.0.0.1:1/none"}
    follower.client.put(f"/sandbox/accounts/{SHOP['appid']}", json=account)
    push = follower.do_action("text", content="你好")["push"]
    assert len(push["attempts"]) == 3
    assert notes(follower) == [SERVICE_UNAVAILABLE]


def test_odd_answer_is_not_repeated_but_out_of_order(follower: Sandbox, webhook: Webhook) -> None:
    webhook.set_answer('{"text": "hi"}')
    assert len(follower.do_action("text", content="你好")["push"]["attempts"]) == 1
    assert notes(follower) == [SERVICE_UNAVAILABLE]


def test_messages_get_one_article_and_events_eight(follower: Sandbox, webhook: Webhook) -> None:
    item = "<item><Title>店</Title><Description>d</Description><PicUrl></PicUrl><Url></Url></item>"
    inner = f"<MsgType>news</MsgType><ArticleCount>9</ArticleCount><Articles>{item * 9}</Articles>"
    webhook.answer = lambda request: (200, reply_xml(request, inner))
    follower.do_action("text", content="附近")
    follower.do_action("click", key="near")
    assert [len(line["content"]["Articles"]) for line in follower.list_messages()] == [1, 8]


def test_duplicate_arrives_twice_and_is_answered_once(follower: Sandbox, webhook: Webhook) -> None:
    webhook.answer = lambda request: (200, reply_xml(request, HELLO))
    fault(follower, "duplicate")
    follower.do_action("text", content="你好")
    assert len({fields(request)["MsgId"] for request in webhook.requests}) == 1
    assert len(webhook.requests) == 2
    assert len(follower.list_messages()) == 1
    follower.do_action("text", content="再来")
    assert len(webhook.requests) == 3


def test_parallel_copies_are_there_at_the_same_time(follower: Sandbox, webhook: Webhook) -> None:
    follower.state.pushes.timeout_s = 5
    both = threading.Barrier(2, timeout=5)

    def answer(request: dict) -> tuple[int, str]:
        both.wait()  # passes only when two requests are here at once
        return 200, "success"

    webhook.answer = answer
    fault(follower, "parallel")
    push = follower.do_action("text", content="你好")["push"]
    assert [each["status"] for each in push["attempts"]] == [200, 200]


def test_lost_answer_brings_the_message_again(follower: Sandbox, webhook: Webhook) -> None:
    webhook.answer = lambda request: (200, reply_xml(request, HELLO))
    fault(follower, "drop_reply")
    push = follower.do_action("text", content="你好")["push"]
    assert (len(push["attempts"]), push["outcome"]) == (2, "replied")
    assert len(follower.list_messages()) == 1


def test_overtaken_push_arrives_second(follower: Sandbox, webhook: Webhook) -> None:
    fault(follower, "reorder", delay_s=5)
    slow = threading.Thread(target=follower.do_action, args=("text",), kwargs={"content": "先说的"})
    slow.start()
    while follower.get("/sandbox/faults")["faults"]:
        time.sleep(0.01)
    time.sleep(0.05)
    follower.do_action("text", content="后说的")
    slow.join()
    assert [fields(request)["Content"] for request in webhook.requests] == ["后说的", "先说的"]


def test_saved_address_must_echo(shop: Sandbox, webhook: Webhook) -> None:
    def verify() -> bool:
        return shop.client.post(f"/sandbox/accounts/{SHOP['appid']}/verifications").json["passed"]

    webhook.answer = lambda request: (200, request["query"].get("echostr", ""))
    assert verify() is True
    webhook.set_answer("success")
    assert verify() is False


def test_account_without_an_address_says_so(sandbox: Sandbox) -> None:
    assert sandbox.do_action("follow")["push"]["outcome"] == "no_callback"
    assert "没有填服务器地址" in sandbox.list_messages("note")[-1]["content"]["Content"]

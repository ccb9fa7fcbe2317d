"""Events of template and subscribe messages become results, in XML and JSON."""

import json

import pytest

from platforms.wechat.crypto import InvalidPushError
from platforms.wechat.template_results import MAX_RESULTS, TemplateResult
from platforms.wechat.webhook import verify_and_parse
from tests.platforms.wechat.samples import (
    ACCOUNT,
    NOW,
    PLAIN,
    SAFE,
    SHOPPER,
    encrypt_push,
    event,
    parse_push,
    query,
)


def entry(template_id: str, inner: str) -> str:
    return f"<List><TemplateId><![CDATA[{template_id}]]></TemplateId>{inner}</List>"


def answer(template_id: str, status: str) -> str:
    return entry(
        template_id, f"<SubscribeStatusString>{status}</SubscribeStatusString><PopupScene>2</PopupScene>"
    )


@pytest.mark.parametrize(
    ("status", "accepted"),
    [("success", True), ("failed:user block", False), ("failed: system failed", False)],
)
def test_template_message_reports_its_outcome(status, accepted):
    push = parse_push(event("TEMPLATESENDJOBFINISH", f"<MsgID>200163836</MsgID><Status>{status}</Status>"))
    assert push.kind == "template_result"
    assert push.results == (
        TemplateResult(template_id="", accepted=accepted, message_id="200163836", status=status),
    )


def test_answers_to_a_popup_are_read_one_or_several():
    one = parse_push(
        event(
            "subscribe_msg_popup_event",
            f"<SubscribeMsgPopupEvent>{answer('T1', 'accept')}</SubscribeMsgPopupEvent>",
        )
    )
    assert (one.kind, one.results) == ("subscribe_popup", (TemplateResult("T1", True, status="accept"),))
    two = parse_push(
        event(
            "subscribe_msg_popup_event",
            f"<SubscribeMsgPopupEvent>{answer('T1', 'accept')}{answer('T2', 'reject')}</SubscribeMsgPopupEvent>",
        )
    )
    assert [(each.template_id, each.accepted) for each in two.results] == [("T1", True), ("T2", False)]


def test_change_in_the_settings_is_read():
    push = parse_push(
        event(
            "subscribe_msg_change_event",
            f"<SubscribeMsgChangeEvent>{answer('T1', 'reject')}</SubscribeMsgChangeEvent>",
        )
    )
    assert (push.kind, push.results) == (
        "subscribe_change",
        (TemplateResult("T1", False, status="reject"),),
    )


@pytest.mark.parametrize(("code", "accepted"), [("0", True), ("43101", False)])
def test_outcome_of_a_subscribe_message_is_read(code, accepted):
    inner = f"<MsgID>17008</MsgID><ErrorCode>{code}</ErrorCode><ErrorStatus>text</ErrorStatus>"
    push = parse_push(
        event(
            "subscribe_msg_sent_event",
            f"<SubscribeMsgSentEvent>{entry('T1', inner)}</SubscribeMsgSentEvent>",
        )
    )
    assert (push.kind, push.results) == (
        "subscribe_sent",
        (TemplateResult("T1", accepted, message_id="17008", code=code, status="text"),),
    )


def test_json_form_is_read_plain_and_encrypted():
    message = {
        "ToUserName": ACCOUNT,
        "FromUserName": SHOPPER,
        "CreateTime": NOW,
        "MsgType": "event",
        "Event": "subscribe_msg_sent_event",
        "List": {"TemplateId": "T1", "MsgID": 17008, "ErrorCode": 0, "ErrorStatus": "success"},
    }
    expected = (TemplateResult("T1", True, message_id="17008", code="0", status="success"),)
    body = json.dumps(message).encode()
    assert parse_push(body).results == expected
    xml, asked = encrypt_push(body, nonce="json1")
    ciphertext = xml.decode().split("CDATA[")[1].split("]]")[0]
    outer = json.dumps({"ToUserName": ACCOUNT, "Encrypt": ciphertext}).encode()
    assert verify_and_parse(outer, asked, SAFE, NOW).results == expected


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"ToUserName": "a", "ToUserName": "b"}',
        b'{"a":' * 40_000,
        b'{"a": [[[[[[[[[[]]]]]]]]]]}',
        b'{"\xff": 1}',
        b'{"ToUserName": {"a": 1}, "FromUserName": [], "MsgType": 1}',
    ],
)
def test_invalid_json_is_rejected(body):
    with pytest.raises(InvalidPushError):
        verify_and_parse(body[:60_000], query(nonce=f"bad{len(body)}{body[2:4].hex()}"), PLAIN, NOW)


def test_entries_that_are_incomplete_or_too_many_are_left_out():
    entries = "".join(answer(f"T{number}", "accept") for number in range(MAX_RESULTS + 5))
    many = parse_push(
        event("subscribe_msg_popup_event", f"<SubscribeMsgPopupEvent>{entries}</SubscribeMsgPopupEvent>")
    )
    assert len(many.results) == MAX_RESULTS
    broken = "<List>text</List><List></List>" + answer("T" * 200, "accept") + answer("T1", "")
    none = parse_push(
        event("subscribe_msg_popup_event", f"<SubscribeMsgPopupEvent>{broken}</SubscribeMsgPopupEvent>")
    )
    assert none.results == ()
    assert parse_push(event("subscribe_msg_popup_event")).results == ()

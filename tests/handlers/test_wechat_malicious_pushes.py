"""Whatever is pushed at WeChat's route, it answers: with a reply that is whole, with `success`, or with a no."""

import base64

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers import wechat as handler
from platforms.wechat import webhook as wechat_webhook
from store.core import events
from tests.handlers import malicious_pushes
from tests.support.wechat_pushes import PushResponse, WechatAccount, event, location, push_xml, text

REFUSED = {400, 403, 413}
CORPUS = malicious_pushes.list_malicious_pushes()


def ensure_handled(answer: PushResponse) -> bool:
    """No fault, not even one behind the route; the elements of a reply were compared while it was read."""
    return answer.status in REFUSED or (
        answer.status == 200 and not answer.text.endswith(handler.BUSY_TEXT.removeprefix("{name}"))
    )


def test_corpus_is_a_corpus():
    assert len(CORPUS) >= 100
    assert len(set(CORPUS.values())) >= 100


def test_hostile_bodies_are_answered_or_refused(any_wechat: WechatAccount):
    answers = {name: any_wechat.push(body) for name, body in CORPUS.items()}
    assert {name: answer.status for name, answer in answers.items() if not ensure_handled(answer)} == {}
    for name in (
        "laughs",
        "external-file",
        "utf-16",
        "wrong-root",
        "deep",
        "lone-surrogate",
    ):
        assert answers[name].status == 400, name
    assert answers["sender-3"].fields["ToUserName"] == malicious_pushes.XML_ESCAPES[3]
    assert not any("root:" in answer.body for answer in answers.values())


def test_hostile_bodies_of_strangers_are_refused_and_change_nothing(any_wechat: WechatAccount):
    before = events.Event.select().count()
    for name, body in CORPUS.items():
        assert any_wechat.push(body, signature="0" * 40).status in REFUSED, name
        assert any_wechat.push(body, signature=None, msg_signature="0" * 40).status in REFUSED, name
    assert events.Event.select().count() == before


@pytest.mark.parametrize(
    "encrypted",
    [
        "",
        "=",
        "!",
        "AAAA",
        base64.b64encode(b"x" * 31).decode(),
        base64.b64encode(b"x" * 32).decode(),
        "你好",
    ],
)
def test_signed_garbage_in_place_of_a_ciphertext_is_refused(wechat: WechatAccount, encrypted: str):
    assert wechat.post(*wechat.wrap(encrypted)).status in REFUSED


def test_ciphertext_for_another_account_is_refused(wechat: WechatAccount):
    other = WechatAccount(wechat.web, wechat.key, "wxother", wechat.token, wechat.mode)
    assert other.push(push_xml("o1", **event("subscribe"))).status == 403


@pytest.mark.parametrize(
    "fields",
    [
        event("subscribe_msg_popup_event"),
        event("user_authorization_revoke"),
        event("PUBLISHJOBFINISH"),
        event("TEMPLATESENDJOBFINISH", MsgID="1", Status="failed:user block"),
        event("VIEW", "https://xiaoer.test/"),
    ],
)
def test_kinds_that_ask_nothing_of_us_end_in_success(any_wechat: WechatAccount, fields: dict):
    before = events.Event.select().count()
    assert any_wechat.send("o1", **fields).body == "success"
    assert events.Event.select().count() == before


def test_answer_of_ours_that_tries_to_leave_its_element_stays_text(any_wechat: WechatAccount):
    assert "<Evil>1</Evil>" in any_wechat.send("o1", **text("越狱")).text


words = st.text(max_size=40)
pushes = st.one_of(
    st.builds(text, words | st.sampled_from(["签到", "两条", "商城", "越狱"])),
    st.builds(
        event,
        st.sampled_from(["subscribe", "unsubscribe", "SCAN", "CLICK", "VIEW", "LOCATION"]) | words,
        words,
    ),
    st.builds(event, st.just("CLICK"), st.sampled_from(["CHECK_IN", "HELLO", "MEMBER"])),
    st.builds(location, st.floats() | words, st.floats() | words),
    st.dictionaries(st.sampled_from(["MsgType", "Event", "EventKey", "Content", "MsgId", "Ticket"]), words),
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(push=pushes, sender=st.sampled_from(["o1", "o2"]) | words, at=st.integers(0, 10**11))
def test_no_push_ends_in_a_fault(acme: str, wechat: WechatAccount, push: dict, sender: str, at: int):
    answer = wechat.push(push_xml(sender, **{"CreateTime": at, **push}).encode("utf-8", "surrogatepass"))
    assert ensure_handled(answer), answer


def test_fault_in_the_route_itself_would_be_seen(wechat: WechatAccount, monkeypatch: pytest.MonkeyPatch):
    """The control of all above: when the envelope lets anything through as it is, the corpus finds it."""
    monkeypatch.setattr(wechat_webhook, "InvalidXmlError", KeyError)
    assert not all(ensure_handled(wechat.push(body)) for body in CORPUS.values())

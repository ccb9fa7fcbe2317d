"""Who is let in at WeChat's door: only WeChat, about this account, now."""

import time
from collections.abc import Callable

import peewee
import pytest
from apiflask import APIFlask
from wechatpy.crypto import _get_signature

from platforms import wechat_inbound
from platforms.wechat_inbound import BODY_LIMIT_BYTES, WINDOW_S
from sandbox import crypto as sandbox_crypto
from store.company import channels
from store.kernel import events, recent
from tests import world
from tests.handlers.wechat_server import Wechat, event, letter, text


def no_trace() -> bool:
    """Whether nothing happened: whatever has an effect leaves an event."""
    return not events.Event.select().where(events.Event.kind != "menus.publish_asked").exists()


def test_url_check_echoes_what_wechat_signed(any_wechat: Wechat):
    asked = any_wechat.signed() | {"echostr": "<b>6154</b>"}
    answer = any_wechat.web.test_client().get(f"/wechat/{any_wechat.key}", query_string=asked)
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "<b>6154</b>", "text/plain")
    wrong = asked | {"signature": "0" * 40}
    refused = any_wechat.web.test_client().get(f"/wechat/{any_wechat.key}", query_string=wrong)
    assert (refused.status_code, "6154" in refused.text) == (403, False)


def test_every_mode_is_answered_in_its_own(any_wechat: Wechat):
    answer = any_wechat.say("o1", **event("CLICK", "HELLO"))
    assert answer.text == "您好，欢迎光临"
    assert (answer.fields["ToUserName"], answer.fields["FromUserName"]) == ("o1", "gh_shop")
    assert ("<Encrypt>" in answer.body) == (any_wechat.mode != "plain")


@pytest.mark.parametrize("mode", ["compatible", "safe"])
def test_letters_sealed_by_the_sandbox_are_opened_too(account: Callable[[str], Wechat], mode: str):
    wechat = account(mode)
    sealed = sandbox_crypto.encrypt(
        letter("o1", **event("CLICK", "HELLO")), key43=world.AES_KEY, appid=wechat.appid
    )
    assert wechat.post(*wechat.around(sealed)).text == "您好，欢迎光临"


def test_msg_signature_alone_lets_an_encrypted_push_in(wechat: Wechat):
    assert wechat.push(letter("o1", **event("subscribe")), signature=None).text.startswith("欢迎关注")


@pytest.mark.parametrize("signature", ["0" * 40, "", "签名", None])
def test_stranger_causes_nothing(any_wechat: Wechat, signature: str | None):
    push = letter("o1", **event("subscribe"))
    assert any_wechat.push(push, signature=signature, msg_signature="0" * 40).status == 403
    assert any_wechat.push(push, signature=signature, msg_signature=None).status == 403
    assert no_trace()


def test_stranger_with_another_companys_token_causes_nothing(wechat: Wechat):
    stranger = Wechat(wechat.web, wechat.key, wechat.appid, "rival-token", wechat.mode)
    assert stranger.say("o1", **event("subscribe")).status == 403
    assert no_trace()


@pytest.mark.parametrize("off_s", [-WINDOW_S - 5, WINDOW_S + 5, -(10**9)])
def test_push_of_another_time_causes_nothing(any_wechat: Wechat, off_s: int):
    body, at = letter("o1", **event("subscribe")).encode(), int(time.time()) + off_s
    plain = any_wechat.mode == "plain"
    sent = (body, any_wechat.signed(at=at)) if plain else any_wechat.sealed(body, at=at)
    assert any_wechat.post(*sent).status == 403
    assert no_trace()


def test_seen_signature_carries_no_other_body(account: Callable[[str], Wechat]):
    wechat = account("plain")
    asked = wechat.signed()
    assert wechat.post(letter("o1", **text("你好")).encode(), asked).status == 200
    assert wechat.post(letter("o1", **event("subscribe")).encode(), asked).status == 403
    assert no_trace()


@pytest.mark.parametrize("seen", [text("你好"), event("VIEW", "https://shop.test"), event("subscribe")])
def test_seen_signature_carries_no_other_body_to_another_process(
    account: Callable[[str], Wechat], monkeypatch: pytest.MonkeyPatch, seen: dict
):
    wechat = account("plain")
    asked = wechat.signed()
    assert wechat.post(letter("o1", **seen).encode(), asked).status == 200
    before = events.Event.select().count()
    monkeypatch.setattr(wechat_inbound, "_plain_pushes", wechat_inbound.NonceTable())
    assert wechat.post(letter("victim", **text("签到")).encode(), asked).body == "success"
    assert events.Event.select().count() == before


def test_push_repeated_to_another_process_gets_its_answer_again(
    account: Callable[[str], Wechat], monkeypatch: pytest.MonkeyPatch
):
    wechat = account("plain")
    asked, body = wechat.signed(), letter("o1", **text("签到")).encode()
    first = wechat.post(body, asked)
    monkeypatch.setattr(wechat_inbound, "_plain_pushes", wechat_inbound.NonceTable())
    assert wechat.post(body, asked).text == first.text


def test_seen_seal_signature_carries_no_other_body(wechat: Wechat):
    _, asked = wechat.sealed(letter("o1", **text("你好")).encode())
    other, _ = wechat.sealed(letter("o1", **event("subscribe")).encode())
    assert wechat.post(other, asked).status == 403
    assert no_trace()


def test_plain_push_to_a_safe_account_causes_nothing(wechat: Wechat):
    body = letter("o1", **event("subscribe")).encode()
    assert wechat.post(body, wechat.signed()).status == 403
    signature = _get_signature(wechat.token, "1", "n", "")
    assert wechat.post(body, wechat.signed() | {"msg_signature": signature}).status == 403
    assert no_trace()


@pytest.mark.parametrize("account_key", ["nobody", "acme-mini", "小二", "%00", "..%2f", "a" * 5000])
def test_account_that_takes_no_pushes_is_not_found(wechat: Wechat, account_key: str):
    client = wechat.web.test_client()
    for ask in (client.get, client.post):
        answer = ask(f"/wechat/{account_key}", query_string=wechat.signed())
        assert answer.status_code in (400, 404), answer.text


@pytest.mark.parametrize(
    "broken", [{"encoding_aes_key": None}, {"encoding_aes_key": "-" * 43}, {"token": None}, {"token": ""}]
)
def test_account_that_is_broken_in_the_records_takes_no_push(wechat: Wechat, broken: dict[str, str | None]):
    channels.Channel.update(broken).where(channels.Channel.key == wechat.key).execute()
    recent.forget()
    for signature in (None, "0" * 40, wechat.signed()["signature"]):
        assert wechat.push(letter("o1", **event("subscribe")), signature=signature).status == 403
    assert no_trace()


def test_account_whose_secrets_cannot_be_read_takes_no_push(wechat: Wechat):
    mine = channels.Channel.key == wechat.key
    unreadable = peewee.Value("k1.nonsense", converter=False)
    channels.Channel.update(encoding_aes_key=unreadable).where(mine).execute()
    recent.forget()
    assert wechat.say("o1", **event("subscribe")).status == 404
    asked = wechat.signed() | {"echostr": "6154"}
    assert wechat.web.test_client().get(f"/wechat/{wechat.key}", query_string=asked).status_code == 404
    assert no_trace()


def test_oversize_push_is_refused_unread(any_wechat: Wechat):
    body = letter("o1", **text("长" * BODY_LIMIT_BYTES))
    assert any_wechat.push(body).status == 413


def test_company_of_the_account_is_the_one_that_hears(wechat: Wechat, web: APIFlask):
    with world.tenants.using("rival"):
        rival = Wechat(web, "rival-mp", "wxrivalmp", "rival-token", "compatible")
        assert rival.say("o1", **event("subscribe")).status == 200
        assert not no_trace()
    assert no_trace()

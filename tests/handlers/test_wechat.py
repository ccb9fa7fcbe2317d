"""Who is let in at WeChat's route: only WeChat, about this account, now."""

import time
from collections.abc import Callable

import peewee
import pytest
from apiflask import APIFlask
from flask import Request
from wechatpy.crypto import _get_signature

from platforms.wechat import webhook as wechat_webhook
from platforms.wechat.webhook import MAX_BODY_BYTES, MAX_CLOCK_SKEW_S
from sandbox import crypto as sandbox_crypto
from store.core import cache, events
from store.tenants import channels
from tests.support import database
from tests.support.wechat_pushes import WechatAccount, event, push_xml, text


def has_no_effect() -> bool:
    """Whether nothing happened: whatever has an effect leaves an event."""
    return not events.Event.select().where(events.Event.kind != "menus.publication_requested").exists()


def test_url_check_echoes_what_wechat_signed(any_wechat: WechatAccount):
    asked = any_wechat.signed_query() | {"echostr": "<b>6154</b>"}
    answer = any_wechat.web.test_client().get(f"/wechat/{any_wechat.key}", query_string=asked)
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "<b>6154</b>", "text/plain")
    wrong = asked | {"signature": "0" * 40}
    refused = any_wechat.web.test_client().get(f"/wechat/{any_wechat.key}", query_string=wrong)
    assert (refused.status_code, "6154" in refused.text) == (403, False)


def forget_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next push reach a process that has seen no signature."""
    monkeypatch.setattr(wechat_webhook, "_replay_guard", wechat_webhook.ReplayGuard())


@pytest.mark.parametrize("first", ["encrypted", "address check"])
def test_a07_used_signature_opens_no_plain_push_in_any_process(
    account: Callable[[str], WechatAccount], monkeypatch: pytest.MonkeyPatch, first: str
):
    compatible = account("compatible")
    body, asked = compatible.encrypt(push_xml("o1", **text("天气")).encode())
    if first == "encrypted":
        assert compatible.post(body, asked).text.startswith("抱歉")
    else:
        check = {name: asked[name] for name in ("signature", "timestamp", "nonce")} | {"echostr": "1"}
        compatible.web.test_client().get(f"/wechat/{compatible.key}", query_string=check)
    forget_in_this_process(monkeypatch)
    assert compatible.post(push_xml("o2", **text("签到")).encode(), asked).body == "success"
    assert has_no_effect()


def test_every_mode_is_answered_in_its_own(any_wechat: WechatAccount):
    answer = any_wechat.send("o1", **event("CLICK", "HELLO"))
    assert answer.text == "您好，欢迎光临"
    assert (answer.fields["ToUserName"], answer.fields["FromUserName"]) == ("o1", "gh_shop")
    assert ("<Encrypt>" in answer.body) == (any_wechat.mode != "plain")


@pytest.mark.parametrize("mode", ["compatible", "safe"])
def test_messages_encrypted_by_the_sandbox_are_decrypted_too(
    account: Callable[[str], WechatAccount], mode: str
):
    wechat = account(mode)
    encrypted = sandbox_crypto.encrypt(
        push_xml("o1", **event("CLICK", "HELLO")), encoding_aes_key=database.AES_KEY, appid=wechat.appid
    )
    assert wechat.post(*wechat.wrap(encrypted)).text == "您好，欢迎光临"


def test_a04_query_signature_is_checked_before_the_body_is_read(
    any_wechat: WechatAccount, monkeypatch: pytest.MonkeyPatch
):
    def fail(request: Request, **_: object) -> bytes:
        raise AssertionError("the body was read before the signature was checked")

    monkeypatch.setattr(Request, "get_data", fail)
    query = any_wechat.signed_query() | {"signature": "0" * 40}
    answer = any_wechat.web.test_client().post(f"/wechat/{any_wechat.key}", query_string=query, data=b"x")
    assert answer.status_code == 403


def test_msg_signature_alone_lets_an_encrypted_push_in(wechat: WechatAccount):
    assert wechat.push(push_xml("o1", **event("subscribe")), signature=None).text.startswith("欢迎关注")


@pytest.mark.parametrize("signature", ["0" * 40, "", "签名", None])
def test_stranger_causes_nothing(any_wechat: WechatAccount, signature: str | None):
    push = push_xml("o1", **event("subscribe"))
    assert any_wechat.push(push, signature=signature, msg_signature="0" * 40).status == 403
    assert any_wechat.push(push, signature=signature, msg_signature=None).status == 403
    assert has_no_effect()


def test_stranger_with_another_companys_token_causes_nothing(wechat: WechatAccount):
    stranger = WechatAccount(wechat.web, wechat.key, wechat.appid, "rival-token", wechat.mode)
    assert stranger.send("o1", **event("subscribe")).status == 403
    assert has_no_effect()


@pytest.mark.parametrize("off_s", [-MAX_CLOCK_SKEW_S - 5, MAX_CLOCK_SKEW_S + 5, -(10**9)])
def test_push_of_another_time_causes_nothing(any_wechat: WechatAccount, off_s: int):
    body, at = push_xml("o1", **event("subscribe")).encode(), int(time.time()) + off_s
    plain = any_wechat.mode == "plain"
    sent = (body, any_wechat.signed_query(at=at)) if plain else any_wechat.encrypt(body, at=at)
    assert any_wechat.post(*sent).status == 403
    assert has_no_effect()


def test_seen_signature_carries_no_other_body(account: Callable[[str], WechatAccount]):
    wechat = account("plain")
    asked = wechat.signed_query()
    assert wechat.post(push_xml("o1", **text("你好")).encode(), asked).status == 200
    assert wechat.post(push_xml("o1", **event("subscribe")).encode(), asked).status == 403
    assert has_no_effect()


@pytest.mark.parametrize("seen", [text("你好"), event("VIEW", "https://shop.test"), event("subscribe")])
def test_seen_signature_carries_no_other_body_to_another_process(
    account: Callable[[str], WechatAccount], monkeypatch: pytest.MonkeyPatch, seen: dict
):
    wechat = account("plain")
    asked = wechat.signed_query()
    assert wechat.post(push_xml("o1", **seen).encode(), asked).status == 200
    before = events.Event.select().count()
    monkeypatch.setattr(wechat_webhook, "_replay_guard", wechat_webhook.ReplayGuard())
    assert wechat.post(push_xml("victim", **text("签到")).encode(), asked).body == "success"
    assert events.Event.select().count() == before


def test_push_repeated_to_another_process_gets_its_answer_again(
    account: Callable[[str], WechatAccount], monkeypatch: pytest.MonkeyPatch
):
    wechat = account("plain")
    asked, body = wechat.signed_query(), push_xml("o1", **text("签到")).encode()
    first = wechat.post(body, asked)
    monkeypatch.setattr(wechat_webhook, "_replay_guard", wechat_webhook.ReplayGuard())
    assert wechat.post(body, asked).text == first.text


def test_a_known_signature_covers_no_other_body(wechat: WechatAccount):
    _, asked = wechat.encrypt(push_xml("o1", **text("你好")).encode())
    other, _ = wechat.encrypt(push_xml("o1", **event("subscribe")).encode())
    assert wechat.post(other, asked).status == 403
    assert has_no_effect()


def test_plain_push_to_a_safe_account_causes_nothing(wechat: WechatAccount):
    body = push_xml("o1", **event("subscribe")).encode()
    assert wechat.post(body, wechat.signed_query()).status == 403
    signature = _get_signature(wechat.token, "1", "n", "")
    assert wechat.post(body, wechat.signed_query() | {"msg_signature": signature}).status == 403
    assert has_no_effect()


@pytest.mark.parametrize("account_key", ["unknown", "小二", "%00", "..%2f", "a" * 5000])
def test_account_that_takes_no_pushes_is_not_found(wechat: WechatAccount, account_key: str):
    client = wechat.web.test_client()
    for ask in (client.get, client.post):
        answer = ask(f"/wechat/{account_key}", query_string=wechat.signed_query())
        assert answer.status_code in (400, 404), answer.text


@pytest.mark.parametrize(
    "broken", [{"encoding_aes_key": None}, {"encoding_aes_key": "-" * 43}, {"token": None}, {"token": ""}]
)
def test_account_that_is_broken_in_the_records_takes_no_push(
    wechat: WechatAccount, broken: dict[str, str | None]
):
    channels.Channel.update(broken).where(channels.Channel.key == wechat.key).execute()
    cache.clear()
    for signature in (None, "0" * 40, wechat.signed_query()["signature"]):
        assert wechat.push(push_xml("o1", **event("subscribe")), signature=signature).status == 403
    assert has_no_effect()


def test_account_whose_secrets_cannot_be_read_takes_no_push(wechat: WechatAccount):
    mine = channels.Channel.key == wechat.key
    unreadable = peewee.Value("k1.nonsense", converter=False)
    channels.Channel.update(encoding_aes_key=unreadable).where(mine).execute()
    cache.clear()
    assert wechat.send("o1", **event("subscribe")).status == 404
    asked = wechat.signed_query() | {"echostr": "6154"}
    assert wechat.web.test_client().get(f"/wechat/{wechat.key}", query_string=asked).status_code == 404
    assert has_no_effect()


def test_oversize_push_is_refused_unread(any_wechat: WechatAccount):
    body = push_xml("o1", **text("长" * MAX_BODY_BYTES))
    assert any_wechat.push(body).status == 413


def test_tenant_of_the_account_is_the_one_that_hears(wechat: WechatAccount, web: APIFlask):
    with database.registry.use_tenant("rival"):
        rival = WechatAccount(web, "rival-mp", "wxrivalmp", "rival-token", "compatible")
        assert rival.send("o1", **event("subscribe")).status == 200
        assert not has_no_effect()
    assert has_no_effect()

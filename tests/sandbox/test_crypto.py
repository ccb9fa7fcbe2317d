"""Crypto: held against wechatpy, which was written by others."""

import pytest
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.replies import TextReply
from wechatpy.utils import check_signature

from sandbox import crypto, markup, replies
from sandbox.accounts import Account
from tests.sandbox.world import SHOP, STRANGER, Sandbox, Webhook, write_book

KEY, APPID, TOKEN = SHOP["encoding_aes_key"], SHOP["appid"], SHOP["token"]
THEIRS = WeChatCrypto(TOKEN, KEY, APPID)


@pytest.mark.parametrize("text", ["", "a", "小二" * 40, "x" * 31, "x" * 32, "x" * 33])
def test_what_we_seal_they_open(text: str) -> None:
    sealed = crypto.encrypt(text, key43=KEY, appid=APPID)
    signed = crypto.signature(TOKEN, "1", "n", sealed)
    assert THEIRS.decrypt_message({"Encrypt": sealed}, signed, "1", "n") == text


@pytest.mark.parametrize("text", ["<xml/>", "小二" * 40, "x" * 33])
def test_what_they_seal_we_open(text: str) -> None:
    fields = markup.read(THEIRS.encrypt_message(text, "nonce", "1800000000"))
    assert crypto.decrypt(fields["Encrypt"], key43=KEY, appid=APPID) == text
    signed = crypto.signature(TOKEN, fields["TimeStamp"], fields["Nonce"], fields["Encrypt"])
    assert signed == fields["MsgSignature"]


def test_plain_signature_is_theirs() -> None:
    check_signature(TOKEN, crypto.signature(TOKEN, "1", "n"), "1", "n")
    with pytest.raises(InvalidSignatureException):
        check_signature(TOKEN, crypto.signature(TOKEN, "2", "n"), "1", "n")


@pytest.mark.parametrize("bad", ["", "%%%", "YWJj", "A" * 64])
def test_what_is_no_envelope_is_refused(bad: str) -> None:
    with pytest.raises(crypto.BadEnvelope):
        crypto.decrypt(bad, key43=KEY, appid=APPID)


def test_envelope_for_somebody_else_is_refused() -> None:
    sealed = crypto.encrypt("hello", key43=KEY, appid=STRANGER["appid"])
    with pytest.raises(crypto.BadEnvelope):
        crypto.decrypt(sealed, key43=KEY, appid=APPID)


@pytest.mark.parametrize("mode", ["compatible", "safe"])
def test_encrypted_chat_works_with_their_receiver(shop: Sandbox, webhook: Webhook, mode: str) -> None:
    write_book(shop.folder, {**SHOP, "mode": mode, "callback": webhook.url})

    def answer(request: dict) -> tuple[int, str]:
        query = request["query"]
        check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])
        xml = THEIRS.decrypt_message(
            request["body"], query["msg_signature"], query["timestamp"], query["nonce"]
        )
        fields = markup.read(xml)
        content = fields.get("Content", "欢迎")
        reply = TextReply(content=content, target=fields["FromUserName"], source=fields["ToUserName"])
        return 200, THEIRS.encrypt_message(reply.render(), "nonce", "1800000000")

    webhook.answer = answer
    shop.act("follow")
    shop.act("text", content="你好 <b> &")
    assert [line["content"]["Content"] for line in shop.seen()] == ["欢迎", "你好 <b> &"]
    assert ("<Content>" in webhook.requests[-1]["body"]) is (mode == "compatible")


def test_safe_mode_refuses_what_is_not_sealed_rightly() -> None:
    account = Account.model_validate({**SHOP, "mode": "safe"})
    inner = f"<xml><ToUserName>o1</ToUserName><FromUserName>{account.original_id}</FromUserName>"
    inner += "<CreateTime>1</CreateTime><MsgType>text</MsgType><Content>hi</Content></xml>"
    sealed = THEIRS.encrypt_message(inner, "nonce", "1800000000")
    stranger = WeChatCrypto(TOKEN, KEY, STRANGER["appid"]).encrypt_message(inner, "nonce", "1800000000")

    def read(body: str) -> object:
        return replies.read(body, account=account, openid="o1", most_articles=1)

    assert read(sealed) == replies.Reply("text", {"Content": "hi"})
    for bad in (inner, sealed.replace("nonce", "other"), stranger):
        with pytest.raises(replies.BadReply):
            read(bad)

"""Crypto: held against wechatpy, which was written by others."""

import pytest
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.replies import TextReply
from wechatpy.utils import check_signature

from sandbox import crypto, message_xml, reply_parser
from sandbox.accounts import Account
from tests.support.sandbox_client import OTHER_SHOP, SHOP, Sandbox, Webhook, write_accounts

KEY, APPID, TOKEN = SHOP["encoding_aes_key"], SHOP["appid"], SHOP["token"]
REFERENCE_CRYPTO = WeChatCrypto(TOKEN, KEY, APPID)


@pytest.mark.parametrize("text", ["", "a", "小二" * 40, "x" * 31, "x" * 32, "x" * 33])
def test_what_we_encrypt_they_decrypt(text: str) -> None:
    encrypted = crypto.encrypt(text, encoding_aes_key=KEY, appid=APPID)
    signed = crypto.compute_signature(TOKEN, "1", "n", encrypted)
    assert REFERENCE_CRYPTO.decrypt_message({"Encrypt": encrypted}, signed, "1", "n") == text


@pytest.mark.parametrize("text", ["<xml/>", "小二" * 40, "x" * 33])
def test_what_they_encrypt_we_decrypt(text: str) -> None:
    fields = message_xml.parse(REFERENCE_CRYPTO.encrypt_message(text, "nonce", "1800000000"))
    assert crypto.decrypt(fields["Encrypt"], encoding_aes_key=KEY, appid=APPID) == text
    signed = crypto.compute_signature(TOKEN, fields["TimeStamp"], fields["Nonce"], fields["Encrypt"])
    assert signed == fields["MsgSignature"]


def test_plain_signature_is_theirs() -> None:
    check_signature(TOKEN, crypto.compute_signature(TOKEN, "1", "n"), "1", "n")
    with pytest.raises(InvalidSignatureException):
        check_signature(TOKEN, crypto.compute_signature(TOKEN, "2", "n"), "1", "n")


@pytest.mark.parametrize("bad", ["", "%%%", "YWJj", "A" * 64])
def test_what_is_no_envelope_is_refused(bad: str) -> None:
    with pytest.raises(crypto.DecryptionError):
        crypto.decrypt(bad, encoding_aes_key=KEY, appid=APPID)


def test_message_for_another_account_is_rejected() -> None:
    encrypted = crypto.encrypt("hello", encoding_aes_key=KEY, appid=OTHER_SHOP["appid"])
    with pytest.raises(crypto.DecryptionError):
        crypto.decrypt(encrypted, encoding_aes_key=KEY, appid=APPID)


@pytest.mark.parametrize("mode", ["compatible", "safe"])
def test_encrypted_chat_works_with_their_receiver(shop: Sandbox, webhook: Webhook, mode: str) -> None:
    write_accounts(shop.folder, {**SHOP, "mode": mode, "callback": webhook.url})

    def answer(request: dict) -> tuple[int, str]:
        query = request["query"]
        check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])
        xml = REFERENCE_CRYPTO.decrypt_message(
            request["body"], query["msg_signature"], query["timestamp"], query["nonce"]
        )
        fields = message_xml.parse(xml)
        content = fields.get("Content", "欢迎")
        reply = TextReply(content=content, target=fields["FromUserName"], source=fields["ToUserName"])
        return 200, REFERENCE_CRYPTO.encrypt_message(reply.render(), "nonce", "1800000000")

    webhook.answer = answer
    shop.do_action("follow")
    shop.do_action("text", content="你好 <b> &")
    assert [line["content"]["Content"] for line in shop.list_messages()] == ["欢迎", "你好 <b> &"]
    assert ("<Content>" in webhook.requests[-1]["body"]) is (mode == "compatible")


def test_safe_mode_rejects_what_is_not_encrypted_rightly() -> None:
    account = Account.model_validate({**SHOP, "mode": "safe"})
    inner = f"<xml><ToUserName>o1</ToUserName><FromUserName>{account.original_id}</FromUserName>"
    inner += "<CreateTime>1</CreateTime><MsgType>text</MsgType><Content>hi</Content></xml>"
    encrypted = REFERENCE_CRYPTO.encrypt_message(inner, "nonce", "1800000000")
    stranger = WeChatCrypto(TOKEN, KEY, OTHER_SHOP["appid"]).encrypt_message(inner, "nonce", "1800000000")

    def read(body: str) -> object:
        return reply_parser.parse(body, account=account, openid="o1", max_articles=1)

    assert read(encrypted) == reply_parser.Reply("text", {"Content": "hi"})
    for bad in (inner, encrypted.replace("nonce", "other"), stranger):
        with pytest.raises(reply_parser.InvalidReplyError):
            read(bad)

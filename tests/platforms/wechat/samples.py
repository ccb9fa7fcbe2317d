"""Pushes as WeChat sends them, for the tests: bodies, signed queries, ciphertexts."""

import base64

from wechatpy.crypto import PrpCrypto, _get_signature

from platforms.wechat.crypto import AccountKeys
from platforms.wechat.message import InboundMessage
from platforms.wechat.webhook import verify_and_parse

NOW = 1_790_000_000
APPID = "wx0123456789abcdef"
TOKEN = "token-of-the-teahouse"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ACCOUNT = "gh_teahouse"
SHOPPER = "oABCDEFGHIJKLMNOPQRSTUVWXYZ1"

PLAIN = AccountKeys(appid=APPID, token=TOKEN)
COMPATIBLE = AccountKeys(appid=APPID, token=TOKEN, encoding_aes_key=AES_KEY, mode="compatible")
SAFE = AccountKeys(appid=APPID, token=TOKEN, encoding_aes_key=AES_KEY, mode="safe", original_id=ACCOUNT)


def message_xml(inner: str, *, sender: str = SHOPPER, account: str = ACCOUNT, at: int = NOW) -> bytes:
    return (
        f"<xml><ToUserName><![CDATA[{account}]]></ToUserName>\n"
        f"<FromUserName><![CDATA[{sender}]]></FromUserName>\n"
        f"<CreateTime>{at}</CreateTime>\n{inner}\n</xml>"
    ).encode()


def text(content: str, *, msg_id: str = "23456789012345678") -> bytes:
    return message_xml(
        f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{content}]]></Content><MsgId>{msg_id}</MsgId>"
    )


def event(name: str, inner: str = "", **others) -> bytes:
    return message_xml(
        f"<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{name}]]></Event>{inner}", **others
    )


def query(*, nonce: str = "nonce1", at: int = NOW, token: str = TOKEN) -> dict[str, str]:
    return {
        "signature": _get_signature(token, str(at), nonce, ""),
        "timestamp": str(at),
        "nonce": nonce,
        "openid": SHOPPER,
    }


def encrypt_push(body: bytes, *, appid: str = APPID, nonce: str = "nonce1", copy: bytes = b"", at: int = NOW):
    """A body in safe mode (or compatible mode, with `copy` as its plain elements) and its query."""
    key = base64.b64decode(AES_KEY + "=")
    return with_ciphertext(PrpCrypto(key).encrypt(body, appid).decode(), nonce=nonce, copy=copy, at=at)


def with_ciphertext(ciphertext: str, *, nonce: str = "nonce1", copy: bytes = b"", at: int = NOW):
    plain = copy.removeprefix(b"<xml>").removesuffix(b"</xml>")
    body = b"<xml>%b<Encrypt><![CDATA[%b]]></Encrypt></xml>" % (plain, ciphertext.encode())
    asked = query(nonce=nonce, at=at) | {
        "msg_signature": _get_signature(TOKEN, str(at), nonce, ciphertext),
        "encrypt_type": "aes",
    }
    return body, asked


_counter = iter(range(10**9))


def parse_push(body: bytes, keys: AccountKeys = PLAIN) -> InboundMessage:
    """The push in a plain body, under a nonce that no other test used."""
    return verify_and_parse(body, query(nonce=f"once{next(_counter)}"), keys, NOW)

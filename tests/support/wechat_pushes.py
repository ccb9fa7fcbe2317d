"""WeChat's servers as the route meets them: letters signed and encrypted by wechatpy, answers read strictly."""

import base64
import itertools
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier
from typing import Any, TypeVar
from xml.etree import ElementTree

from apiflask import APIFlask
from wechatpy.crypto import PrpCrypto, WeChatCrypto, _get_signature

from tests.support import database

HEADER_FIELDS = ["xml", "ToUserName", "FromUserName", "CreateTime", "MsgType"]
REPLY_ELEMENTS = {
    "text": [*HEADER_FIELDS, "Content"],
    "news": [*HEADER_FIELDS, "ArticleCount", "Articles", "item", "Title", "Description", "PicUrl", "Url"],
    "image": [*HEADER_FIELDS, "Image", "MediaId"],
    "transfer_customer_service": HEADER_FIELDS,
}
T = TypeVar("T")
_numbers = itertools.count(1)


@dataclass(frozen=True)
class PushResponse:
    """What came back; `elements` are the names of the reply in order, none when it says nothing."""

    status: int
    body: str
    elements: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return self.fields.get("Content", "")


@dataclass
class WechatAccount:
    """One account at WeChat, and who pushes for it."""

    web: APIFlask
    key: str
    appid: str
    token: str
    mode: str
    aes_key: str = database.AES_KEY

    def send(self, sender: str, **fields: Any) -> PushResponse:
        """A letter of a shopper with these fields."""
        return self.push(push_xml(sender, **fields))

    def push(self, body: str | bytes, **query: str | None) -> PushResponse:
        """A body as this account's mode wants it; `query` changes what the address says, None leaves it out."""
        body = body.encode() if isinstance(body, str) else body
        sent, asked = (body, self.signed_query()) if self.mode == "plain" else self.encrypt(body)
        return self.post(sent, {**asked, **query})

    def post(self, body: bytes, query: dict[str, str | None]) -> PushResponse:
        asked = {name: value for name, value in query.items() if value is not None}
        response = self.web.test_client().post(f"/wechat/{self.key}", data=body, query_string=asked)
        return self.parse(response.status_code, response.get_data(as_text=True))

    def signed_query(self, *, at: int | None = None, nonce: str | None = None) -> dict[str, str]:
        stamp, nonce = str(at or int(time.time())), nonce or f"nonce{next(_numbers)}"
        return {
            "signature": _get_signature(self.token, stamp, nonce, ""),
            "timestamp": stamp,
            "nonce": nonce,
        }

    def encrypt(self, body: bytes, **when: Any) -> tuple[bytes, dict[str, str]]:
        """Body and query of an encrypted push; in compatible mode the clear elements stand beside it."""
        key = base64.b64decode(self.aes_key + "=")
        return self.wrap(PrpCrypto(key).encrypt(body, self.appid).decode(), clear=body, **when)

    def wrap(self, encrypted: str, *, clear: bytes = b"", **when: Any) -> tuple[bytes, dict[str, str]]:
        asked = self.signed_query(**when)
        signature = _get_signature(self.token, asked["timestamp"], asked["nonce"], encrypted)
        envelope = f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()
        if self.mode == "compatible" and clear.startswith(b"<xml>") and clear.endswith(b"</xml>"):
            envelope = clear.removesuffix(b"</xml>") + envelope.removeprefix(b"<xml>")
        return envelope, {**asked, "encrypt_type": "aes", "msg_signature": signature}

    def parse(self, status: int, body: str) -> PushResponse:
        """The answer; a reply that WeChat would not understand, or that says more than its kind may, fails."""
        if status != 200 or not body.startswith("<"):
            assert status != 200 or body in ("success", ""), body  # WeChat takes both for no reply
            return PushResponse(status, body)
        root = ElementTree.fromstring(self._decrypted(body))
        elements = [element.tag for element in root.iter()]
        fields = {element.tag: element.text or "" for element in root.iter() if not len(element)}
        assert elements == REPLY_ELEMENTS[fields["MsgType"]], elements
        return PushResponse(status, body, elements, fields)

    def _decrypted(self, body: str) -> str:
        if self.mode == "plain":
            return body
        crypto = WeChatCrypto(self.token, self.aes_key, self.appid)
        parts = {element.tag: element.text for element in ElementTree.fromstring(body)}
        assert set(parts) == {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"}
        opened = crypto.decrypt_message(body, parts["MsgSignature"], parts["TimeStamp"], parts["Nonce"])
        return opened if isinstance(opened, str) else opened.decode()


def push_concurrently(count: int, push: Callable[[int], T]) -> list[T]:
    """What `count` pushes that start together return; as at a real route, no tenant is active yet."""
    gate = Barrier(count)

    def one(number: int) -> T:
        gate.wait()
        return push(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def push_xml(sender: str, **fields: Any) -> str:
    """A push in XML; text with a `]]>` in it is split over two sections, as the platform does."""
    head = {"ToUserName": "gh_shop", "FromUserName": sender, "CreateTime": int(time.time())}
    return f"<xml>{''.join(_element(name, value) for name, value in {**head, **fields}.items())}</xml>"


def text(content: str, *, number: int | None = None) -> dict[str, Any]:
    return {"MsgType": "text", "Content": content, "MsgId": number or 7_000_000 + next(_numbers)}


def event(name: str, key: str = "", **fields: Any) -> dict[str, Any]:
    return {"MsgType": "event", "Event": name, "EventKey": key, **fields}


def location(lat: object, lng: object) -> dict[str, Any]:
    place = {"Location_X": lat, "Location_Y": lng, "Scale": 16, "Label": "这里"}
    return {"MsgType": "location", **place, "MsgId": 8_000_000 + next(_numbers)}


def _element(name: str, value: Any) -> str:
    if isinstance(value, int):
        return f"<{name}>{value}</{name}>"
    if isinstance(value, dict):
        return f"<{name}>{''.join(_element(*pair) for pair in value.items())}</{name}>"
    words = re.sub(r"\]\]>", "]]]]><![CDATA[>", str(value))
    return f"<{name}><![CDATA[{words}]]></{name}>"

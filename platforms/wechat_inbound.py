"""Pushes of WeChat: opened only when they are really from WeChat, ours and fresh."""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock

from .wechat_envelope import AccountKeys, BadPush, decrypt, signed
from .wechat_push import Push, push_from
from .wechat_reply import Article, Articles, Image, Nothing, Reply, Text, TransferToAgent, write_reply
from .wechat_xml import BadXml, read

__all__ = [
    "AccountKeys",
    "Article",
    "Articles",
    "BadPush",
    "Image",
    "Nothing",
    "Push",
    "Reply",
    "Text",
    "TransferToAgent",
    "check_url",
    "open_push",
    "write_reply",
]

BODY_LIMIT_BYTES = 64 * 1024
WINDOW_S = 300
REMEMBERED = 20_000  # pushes of plain accounts that one process remembers: about 5 MB

_TIMESTAMP = re.compile(r"[0-9]{1,11}")


class NonceTable:
    """Which body a plain push had: its signature covers only token, time and nonce, so whoever sees one
    signature could put another body under it. The body of the first is the only one that is believed.
    It speaks for this process alone; whoever acts on a push sees to it for all of them."""

    def __init__(self, *, size: int = REMEMBERED) -> None:
        self._size = size
        self._lock = Lock()
        self._bodies: OrderedDict[tuple[str, int, str], tuple[int, bytes]] = OrderedDict()

    def admits(self, *, keys: AccountKeys, timestamp: int, nonce: str, body: bytes, now: int) -> bool:
        digest = hashlib.sha256(body).digest()
        with self._lock:
            self._forget(before=now - 2 * WINDOW_S)
            _, first = self._bodies.setdefault((keys.appid, timestamp, nonce), (now, digest))
            return first == digest

    def _forget(self, *, before: int) -> None:
        # What is older than twice the window fails by its timestamp, so it need not be remembered.
        while self._bodies:
            oldest = next(iter(self._bodies))
            if len(self._bodies) < self._size and self._bodies[oldest][0] >= before:
                return
            del self._bodies[oldest]


_plain_pushes = NonceTable()


def check_url(token: str, signature: str, timestamp: str, nonce: str) -> bool:
    """Whether WeChat itself asks if this address is ours (the echostr handshake)."""
    return bool(token) and signed(signature, token, timestamp, nonce)


def open_push(body: bytes, query: Mapping[str, str], keys: AccountKeys, now: int) -> Push:
    """The push in a request to our address; raises BadPush, and nothing else, for everything hostile."""
    if len(body) > BODY_LIMIT_BYTES:
        raise BadPush(413, "body is too large")
    timestamp, nonce = _checked_query(query, keys=keys, now=now)
    # Only now, so that a stranger without any signature never reaches the parser.
    try:
        elements = read(body)
        encrypted = "Encrypt" in elements
        if encrypted:
            elements = read(_decrypted(elements["Encrypt"], query=query, keys=keys))
    except BadXml as wrong:
        raise BadPush(400, str(wrong)) from wrong
    if not encrypted:
        _check_plain(body, query=query, keys=keys, now=now)
    return push_from(elements, keys=keys, nonce=nonce, timestamp=timestamp, now=now, encrypted=encrypted)


def _checked_query(query: Mapping[str, str], *, keys: AccountKeys, now: int) -> tuple[int, str]:
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    # Some senders leave `signature` out where `msg_signature`, looked at later, covers the same and more.
    left_out = "signature" not in query and "msg_signature" in query
    if not left_out and not signed(query.get("signature", ""), keys.token, timestamp, nonce):
        raise BadPush(403, "signature is wrong")
    if not _TIMESTAMP.fullmatch(timestamp) or abs(now - int(timestamp)) > WINDOW_S:
        raise BadPush(403, "timestamp is not of now")
    return int(timestamp), nonce


def _decrypted(ciphertext: object, *, query: Mapping[str, str], keys: AccountKeys) -> bytes:
    # In compatible mode the plain copy beside the ciphertext is never looked at: nothing signs it.
    given = query.get("msg_signature", "")
    if not isinstance(ciphertext, str):
        raise BadPush(400, "ciphertext is damaged")
    if not signed(given, keys.token, query.get("timestamp", ""), query.get("nonce", ""), ciphertext):
        raise BadPush(403, "msg_signature is wrong")
    return decrypt(ciphertext, keys=keys)


def _check_plain(body: bytes, *, query: Mapping[str, str], keys: AccountKeys, now: int) -> None:
    if "signature" not in query:  # there was only a msg_signature, and nothing here for it to cover
        raise BadPush(403, "signature is wrong")
    if keys.mode == "safe":
        raise BadPush(403, "plain push, but this account is in safe mode")
    timestamp, nonce = int(query["timestamp"]), query["nonce"]
    if not _plain_pushes.admits(keys=keys, timestamp=timestamp, nonce=nonce, body=body, now=now):
        raise BadPush(403, "another body was seen under this signature")

"""Pushes of WeChat: opened only when they are really from WeChat, ours and fresh."""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock

from platforms.wechat.crypto import AccountKeys, InvalidPushError, decrypt, is_signature_valid
from platforms.wechat.message import InboundMessage, parse_message
from platforms.wechat.reply import (
    Article,
    Articles,
    EmptyReply,
    Image,
    Reply,
    Text,
    TransferToAgent,
    write_reply,
)
from platforms.wechat.xml import InvalidXmlError, parse_xml

__all__ = [
    "AccountKeys",
    "Article",
    "Articles",
    "EmptyReply",
    "Image",
    "InboundMessage",
    "InvalidPushError",
    "Reply",
    "Text",
    "TransferToAgent",
    "is_valid_handshake",
    "verify_and_parse",
    "write_reply",
]

MAX_BODY_BYTES = 64 * 1024
MAX_CLOCK_SKEW_S = 300
MAX_NONCES = 20_000  # pushes of plain accounts that one process remembers: about 5 MB

_TIMESTAMP = re.compile(r"[0-9]{1,11}")


class ReplayGuard:
    """Which body a plain push had: its signature covers only token, time and nonce, so whoever sees one
    signature could put another body under it. The body of the first is the only one that is believed.
    It speaks for this process alone; whoever acts on a push sees to it for all of them."""

    def __init__(self, *, max_size: int = MAX_NONCES) -> None:
        self._max_size = max_size
        self._lock = Lock()
        self._bodies: OrderedDict[tuple[str, int, str], tuple[int, bytes]] = OrderedDict()

    def accepts(self, *, keys: AccountKeys, timestamp: int, nonce: str, body: bytes, now: int) -> bool:
        digest = hashlib.sha256(body).digest()
        with self._lock:
            self._evict(before=now - 2 * MAX_CLOCK_SKEW_S)
            _, first = self._bodies.setdefault((keys.appid, timestamp, nonce), (now, digest))
            return first == digest

    def _evict(self, *, before: int) -> None:
        # What is older than twice the window fails by its timestamp, so it need not be remembered.
        while self._bodies:
            oldest = next(iter(self._bodies))
            if len(self._bodies) < self._max_size and self._bodies[oldest][0] >= before:
                return
            del self._bodies[oldest]


_replay_guard = ReplayGuard()


def is_valid_handshake(token: str, signature: str, timestamp: str, nonce: str) -> bool:
    """Whether WeChat itself asks if this address is ours (the echostr handshake)."""
    return bool(token) and is_signature_valid(signature, token, timestamp, nonce)


def verify_and_parse(body: bytes, query: Mapping[str, str], keys: AccountKeys, now: int) -> InboundMessage:
    """The push in a request to our address; raises InvalidPushError, and nothing else, for everything hostile."""
    if len(body) > MAX_BODY_BYTES:
        raise InvalidPushError(413, "body is too large")
    timestamp, nonce = _verify_query(query, keys=keys, now=now)
    # Only now, so that a stranger without any signature never reaches the parser.
    try:
        elements = parse_xml(body)
        encrypted = "Encrypt" in elements
        if encrypted:
            elements = parse_xml(_verify_and_decrypt(elements["Encrypt"], query=query, keys=keys))
    except InvalidXmlError as wrong:
        raise InvalidPushError(400, str(wrong)) from wrong
    if not encrypted:
        _verify_plain(body, query=query, keys=keys, now=now)
    return parse_message(elements, keys=keys, nonce=nonce, timestamp=timestamp, now=now, encrypted=encrypted)


def _verify_query(query: Mapping[str, str], *, keys: AccountKeys, now: int) -> tuple[int, str]:
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    # Some senders leave `signature` out where `msg_signature`, looked at later, covers the same and more.
    left_out = "signature" not in query and "msg_signature" in query
    if not left_out and not is_signature_valid(query.get("signature", ""), keys.token, timestamp, nonce):
        raise InvalidPushError(403, "signature is wrong")
    if not _TIMESTAMP.fullmatch(timestamp) or abs(now - int(timestamp)) > MAX_CLOCK_SKEW_S:
        raise InvalidPushError(403, "timestamp is not of now")
    return int(timestamp), nonce


def _verify_and_decrypt(ciphertext: object, *, query: Mapping[str, str], keys: AccountKeys) -> bytes:
    # In compatible mode the plain copy beside the ciphertext is never looked at: nothing signs it.
    given = query.get("msg_signature", "")
    if not isinstance(ciphertext, str):
        raise InvalidPushError(400, "ciphertext is damaged")
    if not is_signature_valid(
        given, keys.token, query.get("timestamp", ""), query.get("nonce", ""), ciphertext
    ):
        raise InvalidPushError(403, "msg_signature is wrong")
    return decrypt(ciphertext, keys=keys)


def _verify_plain(body: bytes, *, query: Mapping[str, str], keys: AccountKeys, now: int) -> None:
    if "signature" not in query:  # there was only a msg_signature, and nothing here for it to cover
        raise InvalidPushError(403, "signature is wrong")
    if keys.mode == "safe":
        raise InvalidPushError(403, "plain push, but this account is in safe mode")
    timestamp, nonce = int(query["timestamp"]), query["nonce"]
    if not _replay_guard.accepts(keys=keys, timestamp=timestamp, nonce=nonce, body=body, now=now):
        raise InvalidPushError(403, "another body was seen under this signature")

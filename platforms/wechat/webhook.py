"""Verification of webhook messages: they must be signed by WeChat, for our account and recent."""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import Any

from platforms.wechat.crypto import (
    AccountKeys,
    InvalidPushError,
    compute_signature,
    decrypt,
    is_signature_valid,
)
from platforms.wechat.json_body import InvalidJsonError, is_json, parse_json
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
from platforms.xml import InvalidXmlError, parse_xml

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
    "verify_query",
    "write_reply",
]

MAX_BODY_BYTES = 64 * 1024
MAX_CLOCK_SKEW_S = 300
MAX_NONCES = 20_000  # messages of plain accounts stored in one process: about 5 MB

_TIMESTAMP = re.compile(r"[0-9]{1,11}")


class ReplayGuard:
    """The guard against forged bodies under an observed signature.

    The signature of a plain message covers only token, timestamp and nonce. Without the guard an attacker could
    send another body with it, or a plain body with the signature of an encrypted message. Only the first body is
    accepted. The guard covers one process. The signatures that the conversation stores cover all processes.
    """

    def __init__(self, *, max_size: int = MAX_NONCES) -> None:
        self._max_size = max_size
        self._lock = Lock()
        self._bodies: OrderedDict[tuple[str, str], tuple[int, bytes]] = OrderedDict()

    def accepts(self, *, keys: AccountKeys, signature: str, body: bytes, now: int) -> bool:
        digest = hashlib.sha256(body).digest()
        with self._lock:
            self._evict(before=now - 2 * MAX_CLOCK_SKEW_S)
            _, first = self._bodies.setdefault((keys.appid, signature), (now, digest))
            return first == digest

    def _evict(self, *, before: int) -> None:
        # Messages older than twice the window fail by their timestamp, so their entries are not needed.
        while self._bodies:
            oldest = next(iter(self._bodies))
            if len(self._bodies) < self._max_size and self._bodies[oldest][0] >= before:
                return
            del self._bodies[oldest]


_replay_guard = ReplayGuard()


def is_valid_handshake(token: str, signature: str, timestamp: str, nonce: str) -> bool:
    """Return whether the echostr handshake of the webhook URL is signed by WeChat."""
    return bool(token) and is_signature_valid(signature, token, timestamp, nonce)


def verify_and_parse(body: bytes, query: Mapping[str, str], keys: AccountKeys, now: int) -> InboundMessage:
    """Verify a webhook request and return its message.

    Raises only InvalidPushError, also for malicious requests.
    """
    if len(body) > MAX_BODY_BYTES:
        raise InvalidPushError(413, "body is too large")
    timestamp, nonce = verify_query(query, keys=keys, now=now)
    # Parsed after the signature check. Otherwise unsigned requests would reach the parser.
    try:
        elements = _parse_body(body)
        encrypted = "Encrypt" in elements
        if encrypted:
            body = _verify_and_decrypt(elements["Encrypt"], query=query, keys=keys)
            elements = _parse_body(body)
    except (InvalidXmlError, InvalidJsonError) as error:
        raise InvalidPushError(400, str(error)) from error
    if not encrypted:
        _ensure_plain_allowed(query=query, keys=keys)
    # Not timestamp and nonce: other values of both can have the same signature, which joins them without a separator.
    signature = compute_signature(keys.token, timestamp, nonce)
    is_first = _replay_guard.accepts(keys=keys, signature=signature, body=body, now=now)
    if not is_first and not encrypted:  # the msg_signature covers an encrypted body
        raise InvalidPushError(403, "another body was seen under this signature")
    return parse_message(elements, keys=keys, signature=signature, now=now, encrypted=encrypted)


def _parse_body(body: bytes) -> dict[str, Any]:
    return parse_json(body) if is_json(body) else parse_xml(body)


def verify_query(query: Mapping[str, str], *, keys: AccountKeys, now: int) -> tuple[str, str]:
    """Check signature and time of the query, before the body is read. Raises InvalidPushError."""
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    # Some senders omit `signature` if there is a `msg_signature`. It covers more and is verified later.
    is_omitted = "signature" not in query and "msg_signature" in query
    if not is_omitted and not is_signature_valid(query.get("signature", ""), keys.token, timestamp, nonce):
        raise InvalidPushError(403, "signature is wrong")
    if not _TIMESTAMP.fullmatch(timestamp) or abs(now - int(timestamp)) > MAX_CLOCK_SKEW_S:
        raise InvalidPushError(403, "timestamp is not recent")
    return timestamp, nonce


def _verify_and_decrypt(ciphertext: object, *, query: Mapping[str, str], keys: AccountKeys) -> bytes:
    # In compatible mode the plain copy of the message is ignored, because it is not signed.
    signature = query.get("msg_signature", "")
    if not isinstance(ciphertext, str):
        raise InvalidPushError(400, "ciphertext is damaged")
    if not is_signature_valid(
        signature, keys.token, query.get("timestamp", ""), query.get("nonce", ""), ciphertext
    ):
        raise InvalidPushError(403, "msg_signature is wrong")
    return decrypt(ciphertext, keys=keys)


def _ensure_plain_allowed(*, query: Mapping[str, str], keys: AccountKeys) -> None:
    if "signature" not in query:  # a msg_signature alone does not cover a plain body
        raise InvalidPushError(403, "signature is wrong")
    if keys.mode == "safe":
        raise InvalidPushError(403, "plain push, but this account is in safe mode")

"""Signatures and AES encryption of the webhook messages of WeChat and of the replies."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Literal

from wechatpy.crypto.base import WeChatCipher

PADDING_BLOCK_BYTES = 32  # WeChat pads to 32 bytes, although AES itself works in 16


class InvalidPushError(Exception):
    """A webhook message that must be rejected. `status` is the status of the HTTP response."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True)
class AccountKeys:
    """The keys that an account shares with WeChat. Raises ValueError if they cannot work.

    `original_id` is the gh_… id in the ToUserName of messages. None skips that check.
    """

    appid: str
    token: str = field(repr=False)
    encoding_aes_key: str | None = field(default=None, repr=False)
    mode: Literal["plain", "compatible", "safe"] = "plain"
    original_id: str | None = None
    cipher: WeChatCipher | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.token:  # otherwise anyone could sign with the empty token
            raise ValueError("token is empty")
        if self.mode != "plain" and not self.encoding_aes_key:
            raise ValueError(f"{self.mode} mode needs the EncodingAESKey")
        cipher = _create_cipher(self.encoding_aes_key) if self.encoding_aes_key else None
        object.__setattr__(self, "cipher", cipher)


def _create_cipher(encoding_aes_key: str) -> WeChatCipher:
    # WeChatCrypto of wechatpy is not used: it compares signatures with !=, does not check the padding, takes its
    # random prefix from `random` and parses the body again. Only its cipher is safe.
    key = base64.b64decode(encoding_aes_key + "=", validate=True)
    if len(key) != 32:
        raise ValueError("EncodingAESKey must be 43 letters and digits")
    return WeChatCipher(key)


def compute_signature(*parts: str) -> str:
    """Return the signature of WeChat over the parts, which are the token and others in any order."""
    joined = "".join(sorted(parts)).encode("utf-8", "surrogatepass")
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def is_signature_valid(candidate: str, *parts: str) -> bool:
    """Return whether `candidate` is the signature of the parts, compared in constant time."""
    expected = compute_signature(*parts).encode()
    return hmac.compare_digest(expected, candidate.encode("utf-8", "surrogatepass"))


def decrypt(ciphertext: str, *, keys: AccountKeys) -> bytes:
    """Return the message in a ciphertext whose signature is valid.

    Raises InvalidPushError if it is damaged or for another appid.
    """
    if keys.cipher is None:
        raise InvalidPushError(400, "encrypted push, but this account has no EncodingAESKey")
    try:
        plain = keys.cipher.decrypt(base64.b64decode(ciphertext, validate=True))
    except ValueError as error:  # no base64, or incomplete AES blocks
        raise InvalidPushError(400, "ciphertext is damaged") from error
    content = _unpad(plain)
    length = int.from_bytes(content[16:20], "big")
    message, appid = content[20 : 20 + length], content[20 + length :]
    if not hmac.compare_digest(appid, keys.appid.encode()):
        raise InvalidPushError(403, "ciphertext is for another appid")
    return message


def _unpad(plain: bytes) -> bytes:
    count = plain[-1] if plain else 0
    if not 1 <= count <= PADDING_BLOCK_BYTES or plain[-count:] != bytes([count]) * count:
        raise InvalidPushError(400, "ciphertext is damaged")
    return plain[:-count]


def encrypt(message: str, *, keys: AccountKeys) -> str:
    """Return the base64 ciphertext of a reply with a new random prefix."""
    if keys.cipher is None:
        raise ValueError("this account has no EncodingAESKey")
    body = message.encode()
    content = secrets.token_bytes(16) + len(body).to_bytes(4, "big") + body + keys.appid.encode()
    count = PADDING_BLOCK_BYTES - len(content) % PADDING_BLOCK_BYTES
    return base64.b64encode(keys.cipher.encrypt(content + bytes([count]) * count)).decode()


def encrypt_and_sign(message: str, *, keys: AccountKeys, timestamp: int) -> str:
    """Return the encrypted and signed reply for safe and compatible mode."""
    ciphertext, nonce = encrypt(message, keys=keys), secrets.token_hex(8)
    signature = compute_signature(keys.token, str(timestamp), nonce, ciphertext)
    return (
        f"<xml><Encrypt><![CDATA[{ciphertext}]]></Encrypt>"
        f"<MsgSignature><![CDATA[{signature}]]></MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
    )

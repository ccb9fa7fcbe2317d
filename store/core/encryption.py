"""Encryption of personal data: AES-256-GCM columns and keyed hashes to find them.

A stored value is `<key id>.<base64 of nonce + ciphertext>`. The newest key encrypts, every known key decrypts, so a
key is replaced by adding a new one in front and re-encrypting (`flask encryption-keys rotate`). The index key is
separate and never rotated in place: blind indexes must stay equal for uniqueness to hold.
"""

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV


@dataclass(frozen=True, repr=False)
class Keys:
    """The keyring: `encryption` newest first as (id, 32 bytes), `index` 32 bytes."""

    encryption: tuple[tuple[str, bytes], ...]
    index: bytes

    def __post_init__(self) -> None:
        if any(not key_id or "." in key_id for key_id, _ in self.encryption):
            raise ValueError("a key id must not be empty or hold a dot: the first dot ends it")


class DecryptionError(Exception):
    """A stored value whose key is missing or whose bytes were altered."""


_ROW_ID_BYTES = 8
_keys: Keys | None = None
_row_id_cipher: AESSIV | None = None
_ciphers: dict[str, AESGCM] = {}


def load_keys(keys: Keys) -> None:
    """Set the keyring of this process."""
    global _keys, _row_id_cipher
    _keys = keys
    _row_id_cipher = AESSIV(hmac.new(keys.index, b"row ids", hashlib.sha256).digest())
    _ciphers.clear()
    _ciphers.update({key_id: AESGCM(key) for key_id, key in keys.encryption})


def encrypt(text: str, *, context: str) -> str:
    """Encrypt a text for one column. `context` is bound in, so values cannot move to another column."""
    key_id = current_key_id()
    nonce = os.urandom(12)
    payload = nonce + _ciphers[key_id].encrypt(nonce, text.encode(), context.encode())
    return f"{key_id}.{base64.b64encode(payload).decode()}"


def decrypt(stored: str, *, context: str) -> str:
    """Return the clear text of a stored value. Raises DecryptionError."""
    key_id, _, blob = stored.partition(".")
    try:
        payload = base64.b64decode(blob, validate=True)
        return _ciphers[key_id].decrypt(payload[:12], payload[12:], context.encode()).decode()
    except Exception as error:  # one answer for a missing key, broken base64 and a failed tag
        raise DecryptionError(f"{context}: stored under key {key_id!r}") from error


def blind_index(text: str, *, purpose: str) -> str:
    """Return the keyed hash by which an encrypted value is found: hex, 64 characters."""
    message = f"{purpose}\x00{text}".encode()
    return hmac.new(_keyring().index, message, hashlib.sha256).hexdigest()


def encode_row_id(row_id: int, *, purpose: str) -> str:
    """Return the public id of a row: 32 characters for a URL, always the same for one row.

    AES-SIV is deterministic and authenticated (RFC 5297), so ids can neither be counted nor forged. The key is derived
    from the index key, because ids that clients keep must stay equal when the encryption key is replaced.
    """
    payload = _siv().encrypt(row_id.to_bytes(_ROW_ID_BYTES, "big"), [purpose.encode()])
    return base64.urlsafe_b64encode(payload).decode()


def decode_row_id(public_id: str, *, purpose: str) -> int:
    """Return the row id of a public id. Raises DecryptionError if it is forged or of another purpose."""
    try:
        payload = base64.b64decode(public_id, altchars=b"-_", validate=True)
        return int.from_bytes(_siv().decrypt(payload, [purpose.encode()]), "big")
    except Exception as error:  # one answer for broken base64 and a failed tag
        raise DecryptionError(f"{purpose}: not a public id") from error


def current_key_id() -> str:
    """Return the id of the key that encrypts."""
    return _keyring().encryption[0][0]


def constant_time_equal(left: str, right: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())


def _siv() -> AESSIV:
    if _row_id_cipher is None:
        raise RuntimeError("no key ring is loaded: see config.py")
    return _row_id_cipher


def _keyring() -> Keys:
    if _keys is None:
        raise RuntimeError("no key ring is loaded: see config.py")
    return _keys

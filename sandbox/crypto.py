"""Signatures and AES encryption of messages and replies, written from the documentation of WeChat.

It shares no code with `platforms`. Otherwise both sides could have the same mistake and no test would find it.
"""

import base64
import hashlib
import hmac
import secrets
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PADDING_BLOCK_BYTES = 32  # the platform pads to 32 bytes although AES works on 16
RANDOM_PREFIX_BYTES = 16  # random bytes before the length


class DecryptionError(Exception):
    """A ciphertext that is damaged or for another account."""


def compute_signature(*parts: str) -> str:
    """Return the hex SHA-1 of the sorted parts: token, timestamp, nonce and, if encrypted, the ciphertext."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def equal_in_constant_time(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())


def encrypt(text: str, *, encoding_aes_key: str, appid: str) -> str:
    body = text.encode()
    plain = secrets.token_bytes(RANDOM_PREFIX_BYTES) + struct.pack(">I", len(body)) + body + appid.encode()
    padding = PADDING_BLOCK_BYTES - len(plain) % PADDING_BLOCK_BYTES
    encryptor = _create_cipher(encoding_aes_key).encryptor()
    return base64.b64encode(
        encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()
    ).decode()


def decrypt(cipher_text: str, *, encoding_aes_key: str, appid: str) -> str:
    """Return the decrypted text.

    Raises DecryptionError.
    """
    try:
        raw = base64.b64decode(cipher_text, validate=True)
        decryptor = _create_cipher(encoding_aes_key).decryptor()
        plain = _unpad(decryptor.update(raw) + decryptor.finalize())
        (length,) = struct.unpack(">I", plain[RANDOM_PREFIX_BYTES : RANDOM_PREFIX_BYTES + 4])
        body, owner = (
            plain[RANDOM_PREFIX_BYTES + 4 : RANDOM_PREFIX_BYTES + 4 + length],
            plain[RANDOM_PREFIX_BYTES + 4 + length :],
        )
        if len(body) != length or owner != appid.encode():
            raise DecryptionError("length or appid is wrong")
        return body.decode()
    except (ValueError, struct.error) as error:
        raise DecryptionError(str(error)) from error


def _unpad(plain: bytes) -> bytes:
    padding = plain[-1] if plain else 0
    if not 1 <= padding <= PADDING_BLOCK_BYTES or plain[-padding:] != bytes([padding]) * padding:
        raise DecryptionError("padding is wrong")
    return plain[:-padding]


def _create_cipher(encoding_aes_key: str) -> Cipher:
    key = base64.b64decode(encoding_aes_key + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))

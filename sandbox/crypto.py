"""Crypto: signatures and the AES envelope of pushes and replies, written from the platform's description.

It shares no code with the receiving side, so that a mistake there cannot hide here.
"""

import base64
import hashlib
import hmac
import secrets
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32  # the platform pads to 32 bytes although AES works on 16
HEAD = 16  # random bytes before the length


class BadEnvelope(Exception):
    """An encrypted text that is not one, or one that was meant for somebody else."""


def signature(*parts: str) -> str:
    """Hex SHA-1 over the sorted parts: token, timestamp, nonce and, in an envelope, the cipher text."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())


def encrypt(text: str, *, key43: str, appid: str) -> str:
    body = text.encode()
    plain = secrets.token_bytes(HEAD) + struct.pack(">I", len(body)) + body + appid.encode()
    padding = BLOCK - len(plain) % BLOCK
    encryptor = _cipher(key43).encryptor()
    return base64.b64encode(
        encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()
    ).decode()


def decrypt(cipher_text: str, *, key43: str, appid: str) -> str:
    """The text inside; raises BadEnvelope for anything that is not exactly right."""
    try:
        raw = base64.b64decode(cipher_text, validate=True)
        decryptor = _cipher(key43).decryptor()
        plain = _unpadded(decryptor.update(raw) + decryptor.finalize())
        (length,) = struct.unpack(">I", plain[HEAD : HEAD + 4])
        body, owner = plain[HEAD + 4 : HEAD + 4 + length], plain[HEAD + 4 + length :]
        if len(body) != length or owner != appid.encode():
            raise BadEnvelope("length or appid is wrong")
        return body.decode()
    except (ValueError, struct.error) as error:
        raise BadEnvelope(str(error)) from error


def _unpadded(plain: bytes) -> bytes:
    padding = plain[-1] if plain else 0
    if not 1 <= padding <= BLOCK or plain[-padding:] != bytes([padding]) * padding:
        raise BadEnvelope("padding is wrong")
    return plain[:-padding]


def _cipher(key43: str) -> Cipher:
    key = base64.b64decode(key43 + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))

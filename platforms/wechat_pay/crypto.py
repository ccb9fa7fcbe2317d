"""Signatures and encryption of API v3: RSA with SHA-256, and AES-256-GCM."""

import base64
import binascii
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

API_V3_KEY_BYTES = 32


class InvalidKeyError(Exception):
    """A key that is no RSA key in PEM format."""


@lru_cache(maxsize=256)
def load_private_key(pem: str) -> RSAPrivateKey:
    """Return the private key of a merchant. Raises InvalidKeyError."""
    try:
        key = load_pem_private_key(pem.strip().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InvalidKeyError from error
    if not isinstance(key, RSAPrivateKey):
        raise InvalidKeyError
    return key


@lru_cache(maxsize=256)
def load_public_key(pem: str) -> RSAPublicKey:
    """Return the public key of a PEM key or PEM certificate. Raises InvalidKeyError."""
    raw = pem.strip().encode()
    try:
        key = (
            load_pem_x509_certificate(raw).public_key()
            if b"BEGIN CERTIFICATE" in raw
            else load_pem_public_key(raw)
        )
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidKeyError from error
    if not isinstance(key, RSAPublicKey):
        raise InvalidKeyError
    return key


def sign(private_key_pem: str, *lines: str) -> str:
    """Return the signature of lines, each followed by a line feed, in base64. Raises InvalidKeyError."""
    signature = load_private_key(private_key_pem).sign(_join(lines), PKCS1v15(), SHA256())
    return base64.b64encode(signature).decode()


def is_signature_valid(public_key_pem: str, signature: str, *lines: str | bytes) -> bool:
    """Return whether the signature of lines is valid. An unreadable key or signature is not."""
    try:
        raw = base64.b64decode(signature, validate=True)
        load_public_key(public_key_pem).verify(raw, _join(lines), PKCS1v15(), SHA256())
    except (InvalidSignature, InvalidKeyError, binascii.Error, ValueError):
        return False
    return True


def decrypt(keys: tuple[str, ...], *, nonce: str, associated_data: str, ciphertext: str) -> bytes | None:
    """Return the plain text under the first key that fits, or None. Several keys are valid during a rotation."""
    try:
        raw = base64.b64decode(ciphertext, validate=True)
    except (binascii.Error, ValueError):
        return None
    for key in keys:
        if len(key.encode()) != API_V3_KEY_BYTES:
            continue
        try:
            return AESGCM(key.encode()).decrypt(nonce.encode(), raw, associated_data.encode())
        except (InvalidTag, ValueError):
            continue
    return None


def _join(lines: tuple[str | bytes, ...]) -> bytes:
    return b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines)

"""Cryptography of Alipay as the platform does it: keys and RSA2 signatures."""

import base64
import binascii
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def generate_private_key() -> str:
    """Return a new RSA key as PEM (PKCS #8)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def to_public_key(private_pem: str) -> str:
    """Return the public key of a private key as PEM."""
    public = _load(private_pem).public_key()
    return public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def sign(private_pem: str, text: str, *, charset: str = "utf-8") -> str:
    """Return the RSA2 signature of a text in base64."""
    signature = _load(private_pem).sign(text.encode(charset), padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode()


def is_signed_by(private_pem: str, text: str, signature: str) -> bool:
    """Return whether the RSA2 signature was made with this private key."""
    try:
        raw = base64.b64decode(signature, validate=True)
        _load(private_pem).public_key().verify(raw, text.encode(), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def join_parameters(parameters: dict[str, str], *, without: tuple[str, ...]) -> str:
    """Return the text that is signed: the parameters in the order of their names, without empty ones."""
    pairs = sorted((name, value) for name, value in parameters.items() if value and name not in without)
    return "&".join(f"{name}={value}" for name, value in pairs)


@lru_cache(maxsize=64)
def _load(private_pem: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(private_pem.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("not an RSA key")
    return key

"""Cryptography of WeChat Pay as the platform does it: keys, certificates, signatures and encryption."""

import base64
import binascii
import secrets
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID


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


def issue_certificate(private_pem: str, *, serial: str, name: str) -> str:
    """Return a self-signed certificate of five years as PEM."""
    key, subject = _load(private_pem), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(int(serial, 16))
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=5 * 365))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def generate_serial() -> str:
    """Return a serial of a certificate: 40 hexadecimal digits."""
    return "5" + secrets.token_hex(20).upper()[1:]


def sign(private_pem: str, text: str) -> str:
    """Return the signature of a text in base64."""
    signature = _load(private_pem).sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode()


def is_signed_by(private_pem: str, text: str, signature: str) -> bool:
    """Return whether the signature was made with this private key."""
    try:
        raw = base64.b64decode(signature, validate=True)
        _load(private_pem).public_key().verify(raw, text.encode(), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def encrypt(api_v3_key: str, text: str, *, associated_data: str) -> dict[str, str]:
    """Return an encrypted resource of a notice."""
    nonce = secrets.token_hex(6)
    raw = AESGCM(api_v3_key.encode()).encrypt(nonce.encode(), text.encode(), associated_data.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(raw).decode(),
        "nonce": nonce,
        "associated_data": associated_data,
    }


@lru_cache(maxsize=64)
def _load(private_pem: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(private_pem.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("not an RSA key")
    return key

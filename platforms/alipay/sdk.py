"""The SDK of Alipay with the corrections that a till needs.

Corrected are the time of requests (the SDK writes the local time of the machine), escaped JSON, the end of the signed
text (the SDK counts braces inside of strings), several public keys, and the configuration of logging at import.
"""

import base64
import binascii
import importlib
import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from types import ModuleType
from typing import Any

from Cryptodome.PublicKey import RSA
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

from platforms.alipay.amounts import to_beijing_text
from platforms.alipay.credentials import AlipayCredentials


class InvalidKeyError(Exception):
    """A key that cannot be read: `private_key` or `public_key`."""


def _import_sdk() -> Any:
    """Import the SDK without its logging module, which closes all handlers of the process when it is imported."""
    loggers: Any = ModuleType("alipay.loggers")
    loggers.logger = logging.getLogger("python-alipay-sdk")
    sys.modules.setdefault("alipay.loggers", loggers)
    return importlib.import_module("alipay")


_AliPay: Any = _import_sdk().AliPay


@lru_cache(maxsize=64)
def load_sdk(credentials: AlipayCredentials) -> "Sdk":
    """Return the SDK for these credentials. Raises InvalidKeyError."""
    return Sdk(credentials)


class Sdk(_AliPay):
    """The SDK for one app: it builds and signs requests, and verifies texts."""

    def __init__(self, credentials: AlipayCredentials) -> None:
        self._public_keys = [load_public_key(text) for text in credentials.public_keys]
        super().__init__(
            credentials.app_id,
            app_private_key_string=_to_pem_or_der(credentials.private_key_pem),
        )

    def __repr__(self) -> str:
        return f"Sdk({self._appid})"

    def sign_parameters(
        self, method: str, content: Mapping[str, Any], options: Mapping[str, str]
    ) -> dict[str, str]:
        """Return the parameters of a request with their signature over UTF-8."""
        data = self.build_body(method, dict(content), **options)
        # The SDK would escape Chinese characters. As text the content is signed exactly as it is sent.
        data["biz_content"] = json.dumps(data["biz_content"], ensure_ascii=False, separators=(",", ":"))
        if not content:
            del data["biz_content"]
        text = "&".join(f"{name}={value}" for name, value in sorted(data.items()))
        return {**data, "sign": self._sign(text)}

    def sign_text(self, text: str) -> str:
        """Return the RSA2 signature of a text of ASCII characters in base64."""
        return str(self._sign(text))

    def build_body(self, method: str, biz_content: Any = None, **kwargs: Any) -> dict[str, Any]:
        """Return the parameters of a request with the time of Beijing."""
        return super().build_body(
            method, biz_content, **{"timestamp": to_beijing_text(datetime.now(UTC)), **kwargs}
        )

    def is_signed(self, text: bytes, signature: object) -> bool:
        """Return whether one of the public keys made the RSA2 signature of these bytes."""
        try:
            raw = base64.b64decode(str(signature), validate=True)
        except (ValueError, binascii.Error):
            return False
        return any(_is_signed_by(key, text, raw) for key in self._public_keys)

    def _load_key(self) -> None:
        # Only the private key: the SDK knows one public key, here there may be several.
        try:
            self._app_private_key = RSA.import_key(self._app_private_key_string)
        except (ValueError, TypeError, IndexError):
            raise InvalidKeyError("private_key") from None
        if not self._app_private_key.has_private():
            raise InvalidKeyError("private_key")

    def _verify(self, raw_content: str, signature: str) -> bool:
        return self.is_signed(raw_content.encode(), signature)

    def _get_string_to_be_signed(self, raw_string: str, response_type: str) -> str:
        start, end = split_object(raw_string)[response_type]
        return raw_string[start:end]


def split_object(text: str) -> dict[str, tuple[int, int]]:
    """Return where each value of a JSON object begins and ends.

    Raises ValueError if it is none, or if a name is there twice: readers could choose different ones.
    """
    decoder, spans = json.JSONDecoder(), {}
    position = _skip(text, 0, "{")
    while True:
        name, position = decoder.raw_decode(text, position)
        if not isinstance(name, str) or name in spans:
            raise ValueError("a name is there twice")
        start = _skip(text, position, ":")
        _, end = decoder.raw_decode(text, start)
        spans[name] = (start, end)
        position = _skip(text, end, "")
        if text[position : position + 1] != ",":
            break
        position = _skip(text, position, ",")
    if text[position:].strip() != "}":
        raise ValueError("not an object")
    return spans


def _skip(text: str, position: int, sign: str) -> int:
    """Return the position after white space, this sign and further white space."""
    while text[position : position + 1].isspace():
        position += 1
    if not text.startswith(sign, position):
        raise ValueError(f"{sign} is missing")
    position += len(sign)
    while text[position : position + 1].isspace():
        position += 1
    return position


def load_public_key(text: str) -> rsa.RSAPublicKey:
    """Return a public key of PEM or bare base64. Raises InvalidKeyError."""
    content = _to_pem_or_der(text)
    try:
        key = (
            load_der_public_key(content)
            if isinstance(content, bytes)
            else load_pem_public_key(content.encode())
        )
    except ValueError:
        raise InvalidKeyError("public_key") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise InvalidKeyError("public_key")
    return key


def _to_pem_or_der(text: str) -> str | bytes:
    """Return a PEM unchanged, and the bytes of bare base64."""
    if "-----BEGIN" in text:
        return text.strip()
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (ValueError, binascii.Error):
        return text


def _is_signed_by(key: rsa.RSAPublicKey, text: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, text, padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True

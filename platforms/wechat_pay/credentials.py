"""Credentials of a WeChat Pay merchant. Several keys of a kind are valid during a rotation."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

PUBLIC_KEY_PREFIX = "PUB_KEY_ID_"
_MERCHANT_ID = re.compile(r"[0-9]{6,32}")
_SERIAL = re.compile(r"[0-9A-Fa-f]{1,64}")
_PUBLIC_KEY_ID = re.compile(r"(PUB_KEY_ID_)?[0-9A-Za-z_]{1,64}")


@dataclass(frozen=True)
class WeChatPayCredentials:
    """The keys of a merchant.

    `public_keys` maps the ids of public keys (`PUB_KEY_ID_…`) and the serials of platform certificates to PEM.
    """

    merchant_id: str
    private_key_pem: str = field(repr=False)
    certificate_serial: str
    api_v3_keys: tuple[str, ...] = field(repr=False)
    public_keys: Mapping[str, str] = field(repr=False)
    api_v2_key: str = field(default="", repr=False)  # of red packets, as the certificate
    client_certificate_pem: str = field(default="", repr=False)

    def find_public_key(self, serial: str) -> str | None:
        """Find the PEM of a key id or certificate serial. Letters of serials have either case."""
        for name, pem in self.public_keys.items():
            if name.upper() == serial.upper():
                return pem
        return None

    @property
    def preferred_serial(self) -> str | None:
        """The key with which responses are to be signed: a public key before a certificate."""
        serials = sorted(self.public_keys, key=lambda name: not name.startswith(PUBLIC_KEY_PREFIX))
        return serials[0] if serials else None

    def find_malformed_field(self) -> str | None:
        """Find the field whose text cannot be right: `merchant`, `serial` or `public_key_id`.

        These texts are sent in headers, where line breaks and Chinese characters would raise errors.
        """
        if not _MERCHANT_ID.fullmatch(self.merchant_id):
            return "merchant"
        if not _SERIAL.fullmatch(self.certificate_serial):
            return "serial"
        if not all(_PUBLIC_KEY_ID.fullmatch(name) for name in self.public_keys):
            return "public_key_id"
        return None

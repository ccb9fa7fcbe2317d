"""Credentials of a WeChat Pay merchant. Several keys of a kind are valid during a rotation."""

from collections.abc import Mapping
from dataclasses import dataclass, field

PUBLIC_KEY_PREFIX = "PUB_KEY_ID_"


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

"""Credentials of an Alipay app. Several public keys of Alipay are valid during a rotation."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class AlipayCredentials:
    """The keys of an app and the Alipay account (`seller_id`) that receives its money.

    Keys are PEM texts, or the bare base64 that Alipay's tools show.
    """

    app_id: str
    private_key_pem: str = field(repr=False)
    public_keys: tuple[str, ...] = field(repr=False)
    seller_id: str

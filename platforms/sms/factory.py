"""The SMS sender of a provider."""

from typing import Literal

from platforms.sms.base import SmsSender
from platforms.sms.sandbox import SandboxSms


def create_sender(
    *,
    provider: Literal["sandbox", "alibaba", "tencent"],
    sign_name: str,
    key_secret: str,
    key_id: str = "",
    app_id: str = "",
    base_url: str | None = None,
) -> SmsSender:
    """The sender of a provider; `base_url` leads to another host than the provider's own."""
    # Imported only here: Alibaba's SDK takes 0.2 s and 28 MB, and most processes send no messages at all.
    if provider == "alibaba":
        from platforms.sms.alibaba import AlibabaSms

        return AlibabaSms(key_id=key_id, key_secret=key_secret, sign_name=sign_name, base_url=base_url)
    if provider == "tencent":
        from platforms.sms.tencent import TencentSms

        return TencentSms(
            key_id=key_id, key_secret=key_secret, app_id=app_id, sign_name=sign_name, base_url=base_url
        )
    if base_url is None:
        raise ValueError("the sandbox needs its base_url")
    return SandboxSms(base_url, key_secret, sign_name=sign_name)

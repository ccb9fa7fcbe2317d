"""The factory of SMS senders."""

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
    """Create the sender of a provider. `base_url` replaces the host of the provider."""
    # Imported here, because the SDK of Alibaba takes 0.2 s and 28 MB, and most processes send no messages.
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

"""Notices that a test writes itself, signed and encrypted with the keys of the sandbox's merchants."""

import json
import time
from typing import Any
from urllib.parse import urlencode

from sandbox import alipay_crypto, wechat_pay_crypto
from sandbox.alipay_apps import App
from sandbox.alipay_trades import to_text
from sandbox.wechat_pay_merchants import Merchant
from sandbox.wechat_pay_notices import sign_message

Headers = dict[str, str]
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


def sign_wechat(merchant: Merchant, body: str, *, age_s: int = 0, serial: str = "") -> Headers:
    """The headers that sign a body as WeChat Pay does."""
    stamp = int(time.time()) - age_s
    return sign_message(merchant, body, serial=serial or merchant.public_key_id, timestamp=stamp)


def wechat_body(merchant: Merchant, value: Any, *, notice_id: str, event: str, **changes: Any) -> str:
    """The body of a notice with an encrypted resource, altered where `changes` says so."""
    text = value if isinstance(value, str) else json.dumps(value)
    resource = wechat_pay_crypto.encrypt(merchant.api_v3_key, text, associated_data="transaction")
    notice = {
        "id": notice_id,
        "create_time": "2026-11-28T10:00:00+08:00",
        "event_type": event,
        "resource_type": "encrypt-resource",
        "resource": {"original_type": "transaction", **resource},
    }
    return json.dumps(notice | changes)


def alipay_body(
    app: App, form: dict[str, Any], *, age_s: int = 0, sign_type: str = "RSA2", key: str = ""
) -> str:
    """The body of a notice of Alipay with its signature. Empty fields are signed as the receiver reads them."""
    shown = {"notify_time": to_text(time.time() - age_s), **form}
    text = "&".join(f"{name}={value}" for name, value in sorted(shown.items()))
    sign = alipay_crypto.sign(key or app.platform_private_key_pem, text)
    return urlencode({**shown, "sign_type": sign_type, "sign": sign})

"""Text messages: one way to send them, whoever carries them."""

from collections.abc import Mapping
from typing import Literal, Protocol

from .errors import Refused, Unknown
from .http import Http

CHINA = "+86"


class SmsSender(Protocol):
    def send(self, phone_e164: str, template: str, params: Mapping[str, str], request_id: str) -> str:
        """The carrier's number of the message, accepted but not yet delivered.

        `params` stand in the order of the template's variables, because Tencent knows them by order only.
        Raises Refused, or Unknown when it may have gone out: the real carriers send a repeated
        `request_id` again, they only show it in their reports.
        """


def sender(
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
        from .sms_alibaba import AlibabaSms

        return AlibabaSms(key_id=key_id, key_secret=key_secret, sign_name=sign_name, base_url=base_url)
    if provider == "tencent":
        from .sms_tencent import TencentSms

        return TencentSms(
            key_id=key_id, key_secret=key_secret, app_id=app_id, sign_name=sign_name, base_url=base_url
        )
    if base_url is None:
        raise ValueError("the sandbox needs its base_url")
    return SandboxSms(base_url, key_secret, sign_name=sign_name)


class SandboxSms:
    """The carrier of trials: messages end in the sandbox's own inbox."""

    def __init__(self, base_url: str, key: str, *, sign_name: str = "小二", http: Http | None = None) -> None:
        self._url = f"{base_url.rstrip('/')}/sms/messages"
        self._key = key
        self._sign_name = sign_name
        self._http = http or Http()

    def __repr__(self) -> str:
        return f"SandboxSms({self._url})"

    def send(self, phone_e164: str, template: str, params: Mapping[str, str], request_id: str) -> str:
        body = {
            "sign_name": self._sign_name,
            "template": template,
            "phone": domestic(phone_e164),
            "params": dict(params),
            "request_id": request_id,
        }
        authorization = {"Authorization": f"Bearer {self._key}"}
        try:
            answer = self._http.ask("POST", self._url, platform="sms", body=body, headers=authorization)
        except Unknown as doubt:
            if str(doubt.code).startswith("http-4"):
                raise Refused("sms", doubt.code, "短信沙箱拒绝了这条短信") from None
            raise
        return message_id(answer.get("message_id"))


def domestic(phone_e164: str) -> str:
    """The number as Chinese carriers write it: 11 digits at home, country code and number abroad."""
    return phone_e164.removeprefix(CHINA).removeprefix("+")


def message_id(given: object) -> str:
    """The message number of an accepted message, which must be there."""
    if not isinstance(given, str) or not given:
        raise Unknown("sms", "unreadable", "短信平台应答里没有短信编号")
    return given

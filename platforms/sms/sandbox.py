"""The SMS provider of the sandbox, for development and tests."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from platforms.http import PlatformSession
from platforms.sms.base import SmsReport, require_message_id, to_national_format
from platforms.sms.reports import read_sandbox_report

UNKNOWN_MESSAGE = "http-404"


class SandboxSms:
    """A sender whose messages go to the inbox of the sandbox."""

    def __init__(
        self, base_url: str, key: str, *, sign_name: str, http: PlatformSession | None = None
    ) -> None:
        self._url = f"{base_url.rstrip('/')}/sms/messages"
        self._key = key
        self._sign_name = sign_name
        self._http = http or PlatformSession()

    def __repr__(self) -> str:
        return f"SandboxSms({self._url})"

    def send(self, phone_e164: str, template: str, params: Mapping[str, str], request_id: str) -> str:
        body = {
            "sign_name": self._sign_name,
            "template": template,
            "phone": to_national_format(phone_e164),
            "params": dict(params),
            "request_id": request_id,
        }
        response = self._call("POST", body=body)
        return require_message_id(response.get("message_id"))

    def find_message(self, phone_e164: str, request_id: str, day: date) -> SmsReport | None:
        try:
            return read_sandbox_report(self._call("GET", params={"request_id": request_id}))
        except PlatformRejectedError as error:
            if error.code == UNKNOWN_MESSAGE:
                return None
            raise
        except ValueError:
            raise OutcomeUnknownError("sms", "unreadable", "短信沙箱应答无法识别") from None

    def _call(self, method: str, **parts: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._key}"}
        try:
            return self._http.request_json(method, self._url, platform="sms", headers=headers, **parts)
        except OutcomeUnknownError as error:
            if str(error.code).startswith("http-4"):
                raise PlatformRejectedError("sms", error.code, "短信沙箱拒绝了这条短信") from None
            raise

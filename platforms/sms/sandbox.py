"""The SMS provider of the sandbox, for development and tests."""

from collections.abc import Mapping

from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from platforms.http import PlatformSession
from platforms.sms.base import require_message_id, to_national_format


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
        authorization = {"Authorization": f"Bearer {self._key}"}
        try:
            response = self._http.request_json(
                "POST", self._url, platform="sms", body=body, headers=authorization
            )
        except OutcomeUnknownError as error:
            if str(error.code).startswith("http-4"):
                raise PlatformRejectedError("sms", error.code, "短信沙箱拒绝了这条短信") from None
            raise
        return require_message_id(response.get("message_id"))

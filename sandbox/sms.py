"""SMS messages by phone number, with status reports. They are only in memory, and numbers are never logged."""

import re
import secrets
import threading
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.clock import Clock
from sandbox.errors import SandboxError
from sandbox.people import FOREIGN_PHONE_PATTERN, ensure_valid_phone
from sandbox.sms_reports import SmsReports

MAX_PER_PHONE = 100
MAX_REPLY_LENGTH = 500
PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class Message:
    id: str
    sent_at: int
    sign_name: str
    template: str
    params: dict[str, Any]
    text: str
    request_id: str
    state: str  # delivered or failed


class Sms:
    def __init__(self, *, clock: Clock, reports: SmsReports) -> None:
        self._clock = clock
        self._reports = reports
        self._lock = threading.Lock()
        self.reset()

    def send(self, payload: dict[str, Any]) -> str:
        """Send a message and return its id. Idempotent by `request_id`.

        Raises SandboxError.
        """
        _check_complete(payload)
        if not FOREIGN_PHONE_PATTERN.fullmatch(payload["phone"]):
            ensure_valid_phone(payload["phone"])
        with self._lock:
            if payload["request_id"] in self._by_request:
                return self._by_request[payload["request_id"]]["message_id"]
            message = self._build_message(payload)
            if message.state == "delivered":
                inbox = self._inboxes.setdefault(payload["phone"], [])
                inbox.insert(0, message)
                del inbox[MAX_PER_PHONE:]
            report = self._by_request[payload["request_id"]] = _to_report(message, phone=payload["phone"])
        self._reports.send_report(report)
        return message.id

    def find_report(self, request_id: str) -> dict[str, Any] | None:
        """Return the report of the message of a request, or None."""
        return self._by_request.get(request_id)

    def set_unreachable(self, phones: object) -> list[str]:
        """Set the phones that get no message. Raises SandboxError."""
        if not isinstance(phones, list):
            raise SandboxError("bad_phone", "phones 应是手机号的列表")
        for phone in phones:
            ensure_valid_phone(phone)
        self._unreachable = set(phones)
        return sorted(self._unreachable)

    def reply(self, phone: str, text: object) -> None:
        """Send a text message of a person to the uplink address. Raises SandboxError."""
        if not isinstance(text, str) or not 1 <= len(text.strip()) <= MAX_REPLY_LENGTH:
            raise SandboxError("bad_text", f"回复要 1 到 {MAX_REPLY_LENGTH} 个字")
        self._reports.send_uplink({"phone": phone, "text": text, "at": self._clock.wall_time()})

    def list_inbox(self, phone: str) -> list[dict]:
        """Return the messages of a phone, the newest first."""
        return [asdict(message) for message in self._inboxes.get(phone, [])]

    def reset(self) -> None:
        self._inboxes: dict[str, list[Message]] = {}
        self._by_request: dict[str, dict[str, Any]] = {}
        self._unreachable: set[str] = set()

    def _build_message(self, payload: dict[str, Any]) -> Message:
        return Message(
            id="sms_" + secrets.token_hex(12),
            sent_at=self._clock.wall_time(),
            sign_name=payload["sign_name"],
            template=payload["template"],
            params=payload["params"],
            text=_render_text(payload),
            request_id=payload["request_id"],
            state="failed" if payload["phone"] in self._unreachable else "delivered",
        )


def _to_report(message: Message, *, phone: str) -> dict[str, Any]:
    return {
        "message_id": message.id,
        "request_id": message.request_id,
        "phone": phone,
        "state": message.state,
        "code": "DELIVRD" if message.state == "delivered" else "UNDELIV",
        "at": message.sent_at,
    }


def _check_complete(payload: dict[str, Any]) -> None:
    for name in ("sign_name", "template", "phone", "request_id"):
        if not isinstance(payload.get(name), str) or not payload[name]:
            raise SandboxError("bad_request", f"缺少 {name}")
    if not isinstance(payload.get("params"), dict):
        raise SandboxError("bad_request", "params 应是对象")


def _render_text(payload: dict[str, Any]) -> str:
    """Return the text of the message. Placeholders `${name}` are filled in.

    If the template is only a code, the text lists the parameters.
    """
    template, params = payload["template"], payload["params"]
    if PLACEHOLDER.search(template):
        body = PLACEHOLDER.sub(lambda match: str(params.get(match[1], match[0])), template)
    else:
        body = f"{template}　" + "，".join(f"{name}：{value}" for name, value in params.items())
    return f"【{payload['sign_name']}】{body}"

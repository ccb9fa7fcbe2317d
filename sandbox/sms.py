"""SMS messages by phone number. They are only in memory, and numbers are never logged."""

import re
import secrets
import threading
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.clock import Clock
from sandbox.errors import SandboxError
from sandbox.people import FOREIGN_PHONE_PATTERN, ensure_valid_phone

MAX_PER_PHONE = 100
PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class Message:
    id: str
    sent_at: int
    sign_name: str
    template: str
    params: dict[str, Any]
    text: str


class Sms:
    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
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
                return self._by_request[payload["request_id"]]
            message = self._build_message(payload)
            inbox = self._inboxes.setdefault(payload["phone"], [])
            inbox.insert(0, message)
            del inbox[MAX_PER_PHONE:]
            self._by_request[payload["request_id"]] = message.id
        return message.id

    def list_inbox(self, phone: str) -> list[dict]:
        """Return the messages of a phone, the newest first."""
        return [asdict(message) for message in self._inboxes.get(phone, [])]

    def reset(self) -> None:
        self._inboxes: dict[str, list[Message]] = {}
        self._by_request: dict[str, str] = {}

    def _build_message(self, payload: dict[str, Any]) -> Message:
        return Message(
            id="sms_" + secrets.token_hex(12),
            sent_at=self._clock.wall_time(),
            sign_name=payload["sign_name"],
            template=payload["template"],
            params=payload["params"],
            text=_render_text(payload),
        )


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

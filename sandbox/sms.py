"""SMS: text messages by phone number. In memory only; a number is never written or logged."""

import re
import secrets
import threading
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.clock import Clock
from sandbox.errors import Refused
from sandbox.people import ABROAD, refuse_bad_phone

KEPT_A_PHONE = 100
PLACE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class Message:
    id: str
    at: int
    sign_name: str
    template: str
    params: dict[str, Any]
    text: str


class Sms:
    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.reset()

    def send(self, wish: dict[str, Any]) -> str:
        """The message id. The same request id again gives the same message, sent once."""
        _refuse_incomplete(wish)
        if not ABROAD.fullmatch(wish["phone"]):
            refuse_bad_phone(wish["phone"])
        with self._lock:
            if wish["request_id"] in self._by_request:
                return self._by_request[wish["request_id"]]
            message = self._written(wish)
            inbox = self._inboxes.setdefault(wish["phone"], [])
            inbox.insert(0, message)
            del inbox[KEPT_A_PHONE:]
            self._by_request[wish["request_id"]] = message.id
        return message.id

    def inbox(self, phone: str) -> list[dict]:
        """The newest first."""
        return [asdict(each) for each in self._inboxes.get(phone, [])]

    def reset(self) -> None:
        self._inboxes: dict[str, list[Message]] = {}
        self._by_request: dict[str, str] = {}

    def _written(self, wish: dict[str, Any]) -> Message:
        return Message(
            id="sms_" + secrets.token_hex(12),
            at=self._clock.wall(),
            sign_name=wish["sign_name"],
            template=wish["template"],
            params=wish["params"],
            text=_text(wish),
        )


def _refuse_incomplete(wish: dict[str, Any]) -> None:
    for name in ("sign_name", "template", "phone", "request_id"):
        if not isinstance(wish.get(name), str) or not wish[name]:
            raise Refused("bad_request", f"缺少 {name}")
    if not isinstance(wish.get("params"), dict):
        raise Refused("bad_request", "params 应是对象")


def _text(wish: dict[str, Any]) -> str:
    """The text on the phone: `${name}` in a template is filled in, a mere template code lists its values."""
    template, params = wish["template"], wish["params"]
    if PLACE.search(template):
        body = PLACE.sub(lambda match: str(params.get(match[1], match[0])), template)
    else:
        body = f"{template}　" + "，".join(f"{name}：{value}" for name, value in params.items())
    return f"【{wish['sign_name']}】{body}"

"""Links that one person passes on to another, in memory."""

import threading
from collections import defaultdict, deque
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from sandbox.clock import Clock
from sandbox.errors import SandboxError
from sandbox.people import Person

MAX_LINKS = 50
MAX_URL_LENGTH = 2000


@dataclass(frozen=True)
class SharedLink:
    url: str
    sender_id: str
    sender_name: str
    sent_at: int


class SharedLinks:
    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.reset()

    def share(self, url: object, *, sender: Person, receiver: Person) -> None:
        """Pass a web address on. Raises SandboxError."""
        if sender.id == receiver.id:
            raise SandboxError("own_phone", "发给另一个人")
        link = SharedLink(_require_web_address(url), sender.id, sender.name, self._clock.wall_time())
        with self._lock:
            self._by_receiver[receiver.id].appendleft(link)

    def list_received(self, person: Person) -> list[dict[str, Any]]:
        """Return the links that a person received, the newest first."""
        return [asdict(link) for link in list(self._by_receiver[person.id])]

    def reset(self) -> None:
        self._by_receiver: dict[str, deque[SharedLink]] = defaultdict(lambda: deque(maxlen=MAX_LINKS))


def _require_web_address(url: object) -> str:
    text = url.strip() if isinstance(url, str) else ""
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    has_space = any(letter.isspace() for letter in text)
    if parts.scheme not in {"http", "https"} or not parts.netloc or has_space or len(text) > MAX_URL_LENGTH:
        raise SandboxError("bad_url", "网址不对")
    return text

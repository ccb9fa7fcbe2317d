"""E-mails by address. They are only in memory, and addresses are never logged."""

import re
import threading
from dataclasses import asdict, dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html.parser import HTMLParser

from sandbox.clock import Clock

MAX_PER_ADDRESS = 100
HIDDEN_TAGS = {"script", "style", "title"}
BLANK_LINES = re.compile(r"\n\s*\n+")


@dataclass(frozen=True)
class Mail:
    message_id: str
    received_at: int
    sender: str
    recipient: str
    subject: str
    text: str  # without markup
    has_html: bool
    headers: dict[str, str]


class Mails:
    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.reset()

    def receive(self, content: bytes, *, recipient: str) -> None:
        """Add a message to the inbox of an address."""
        message = BytesParser(policy=policy.default).parsebytes(content)
        mail = Mail(
            message_id=message.get("Message-ID", ""),
            received_at=self._clock.wall_time(),
            sender=str(message.get("From", "")),
            recipient=recipient,
            subject=str(message.get("Subject", "")),
            text=_read_text(message),
            has_html=message.get_body(("html",)) is not None,
            headers={name: str(value) for name, value in message.items()},
        )
        with self._lock:
            inbox = self._inboxes.setdefault(recipient.lower(), [])
            inbox.insert(0, mail)
            del inbox[MAX_PER_ADDRESS:]

    def list_inbox(self, address: str) -> list[dict]:
        """Return the mails to an address, the newest first."""
        with self._lock:
            return [asdict(mail) for mail in self._inboxes.get(address.lower(), [])]

    def reset(self) -> None:
        self._inboxes: dict[str, list[Mail]] = {}


def _read_text(message: EmailMessage) -> str:
    """Return the plain text of a message, or else the text of its HTML."""
    plain = message.get_body(("plain",))
    if plain is not None:
        return plain.get_content().replace("\r\n", "\n").strip()
    html = message.get_body(("html",))
    if html is None:
        return ""
    reader = _TextReader()
    reader.feed(html.get_content())
    return BLANK_LINES.sub("\n", "".join(reader.parts)).strip()


class _TextReader(HTMLParser):
    """The text of an HTML page, without what a reader does not see."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in HIDDEN_TAGS:
            self._hidden += 1
        elif tag in {"p", "br", "div", "tr", "li", "h1", "h2", "h3"}:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in HIDDEN_TAGS:
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)

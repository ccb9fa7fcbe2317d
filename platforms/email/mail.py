"""E-mails: the headers and parts of a message, encoded for SMTP."""

import re
import unicodedata
from dataclasses import dataclass, field
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate

MAX_HEADER_LENGTH = 255
MAX_ADDRESS_LENGTH = 254
MAX_LOCAL_PART_LENGTH = 64
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]+")
MESSAGE_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
WEB_ADDRESS = re.compile(r"https?://[!-;=?-~]{1,900}")  # ASCII without spaces and angle brackets
# Not every server takes eight-bit lines, so the parts are base64 or quoted-printable.
POLICY = policy.SMTP.clone(cte_type="7bit")


@dataclass(frozen=True)
class Mail:
    """An e-mail to one recipient. `number` is our number, which becomes the Message-ID at the sender's domain.

    Raises ValueError for an invalid address or number, and for control characters in a header.
    """

    number: str
    sender_address: str = field(repr=False)
    recipient: str = field(repr=False)
    sender_name: str
    subject: str
    text: str = field(repr=False)
    html: str | None = field(default=None, repr=False)
    list_unsubscribe: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name in ("sender_address", "recipient"):
            if not is_address(getattr(self, name)):
                raise ValueError(f"{name} is not an e-mail address")
        for name in ("sender_name", "subject"):
            _ensure_header(name, getattr(self, name))
        if not self.subject.strip():
            raise ValueError("subject is empty")
        if not MESSAGE_NUMBER.fullmatch(self.number):
            raise ValueError(
                "the number of the message has other characters than letters, digits, '.', '_', '-'"
            )
        if self.list_unsubscribe is not None and not WEB_ADDRESS.fullmatch(self.list_unsubscribe):
            raise ValueError("list_unsubscribe is not a web address")

    @property
    def message_id(self) -> str:
        """Return the Message-ID with its angle brackets."""
        return f"<{self.number}@{self.sender_address.rpartition('@')[2]}>"

    def to_bytes(self) -> bytes:
        """Return the message as it is sent, with CRLF line ends and ASCII only."""
        message = EmailMessage(policy=POLICY)
        message["From"] = Address(display_name=self.sender_name, addr_spec=self.sender_address)
        message["To"] = Address(addr_spec=self.recipient)
        message["Subject"] = self.subject
        message["Date"] = formatdate()
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self.text)
        if self.html is not None:
            message.add_alternative(self.html, subtype="html")
        return self._long_headers() + message.as_bytes()

    def _long_headers(self) -> bytes:
        """Return the headers that are written as they are: folding would break a long one into encoded words."""
        headers = {"Message-ID": self.message_id}
        if self.list_unsubscribe is not None:
            headers["List-Unsubscribe"] = f"<{self.list_unsubscribe}>"
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("ascii")


def is_address(text: str) -> bool:
    """Return whether the text is an e-mail address in ASCII, without a name."""
    if len(text) > MAX_ADDRESS_LENGTH or len(text.partition("@")[0]) > MAX_LOCAL_PART_LENGTH:
        return False
    return ADDRESS.fullmatch(text) is not None


def _ensure_header(name: str, value: str) -> None:
    """Raise ValueError for a line break or another control character, which could begin a header of its own."""
    if len(value) > MAX_HEADER_LENGTH:
        raise ValueError(f"{name} is longer than {MAX_HEADER_LENGTH} characters")
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in value):
        raise ValueError(f"{name} has a line break or another control character")

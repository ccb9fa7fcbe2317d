"""The answer of a platform that has created a QR code with a scene."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QrTicket:
    """A QR code. `url` is the content of its image. A permanent code has no `expires_s`."""

    ticket: str
    url: str
    expires_s: int | None

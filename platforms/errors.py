"""How a call to a platform can fail: it said no, nobody knows, or we did not ask."""

import re
from datetime import datetime

# Tokens, secrets, openids and phone numbers: long runs of letters and digits. Platforms like to echo them.
_SENSITIVE = re.compile(r"[A-Za-z0-9_\-+/=]{20,}|\+?\d{7,}")


class PlatformError(Exception):
    """`code` is the platform's own code; the message is fit for a log and for staff."""

    def __init__(self, platform: str, code: int | str, message: str) -> None:
        self.platform = platform
        self.code = code
        self.message = _SENSITIVE.sub("…", message)
        super().__init__(f"{platform} {code}: {self.message}")


class PlatformRejectedError(PlatformError):
    """The platform said no, so nothing happened there."""


class OutcomeUnknownError(PlatformError):
    """Timeout, cut connection or unreadable answer: it may have happened, so repeat under the same number."""


class CircuitOpenError(PlatformError):
    """Our breaker is open until the given time."""

    def __init__(self, platform: str, code: int | str, message: str, *, until: datetime) -> None:
        super().__init__(platform, code, message)
        self.until = until

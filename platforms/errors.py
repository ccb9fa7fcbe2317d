"""Errors of platform calls: rejected, outcome unknown, or not sent."""

import re
from datetime import datetime

# Tokens, secrets, openids and phone numbers. Platforms echo them, and without the filter logs would contain them.
_SENSITIVE = re.compile(r"[A-Za-z0-9_\-+/=]{20,}|\+?\d{7,}")


class PlatformError(Exception):
    """An error of a platform call. `code` is the code of the platform. The message may be logged and shown to staff."""

    def __init__(self, platform: str, code: int | str, message: str) -> None:
        self.platform = platform
        self.code = code
        self.message = _SENSITIVE.sub("…", message)
        super().__init__(f"{platform} {code}: {self.message}")


class PlatformRejectedError(PlatformError):
    """The platform rejected the call and did nothing."""


class OutcomeUnknownError(PlatformError):
    """Timeout, broken connection or unreadable response.

    With `perhaps_sent` the platform may have executed the call, so repeat it only with the same request id. Without
    it the request was not written, or the platform says that it did nothing.
    """

    def __init__(self, platform: str, code: int | str, message: str, *, perhaps_sent: bool = True) -> None:
        super().__init__(platform, code, message)
        self.perhaps_sent = perhaps_sent


class CircuitOpenError(PlatformError):
    """The circuit breaker is open until the given time, so the call was not sent."""

    def __init__(self, platform: str, code: int | str, message: str, *, until: datetime) -> None:
        super().__init__(platform, code, message)
        self.until = until

"""A rejection: the one way in which a verb says no."""

from typing import Any


class DomainError(Exception):
    """What was asked cannot be done, and why, in a sentence that the person can read.

    `code` is stable and part of the API; `message` is Chinese and may change;
    `status` is the HTTP status that fits; `facts` are machine-readable details.
    """

    def __init__(self, code: str, message: str, status: int = 409, **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.details = details

    def __repr__(self) -> str:
        return f"DomainError({self.code!r}, {self.message!r}, {self.status})"


def invalid(field: str, reason: str, **details: Any) -> DomainError:
    """A value that cannot be accepted: names the field and the reason."""
    return DomainError("invalid", f"{field}：{reason}", 422, field=field, reason=reason, **details)


def not_found(subject: str) -> DomainError:
    """Nothing of that name in sight: the same answer for absent and for somebody else's."""
    return DomainError("not_found", f"没有找到{subject}", 404, subject=subject)


def busy() -> DomainError:
    """The records are taken for longer than we wait; the same request may be repeated."""
    return DomainError("busy", "系统正忙，请稍后再试", 503, retry_after_s=2)


def storage_full() -> DomainError:
    """The disk is full: nothing can be written until there is room, while everything can be read."""
    return DomainError("storage_full", "系统存储空间不足，暂时无法保存，请稍后再试", 503, retry_after_s=10)


def rate_limited(message: str, retry_after_s: int) -> DomainError:
    """Asked too often."""
    return DomainError("too_many", message, 429, retry_after_s=retry_after_s)

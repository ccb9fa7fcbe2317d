"""Domain errors: the one way in which an operation rejects a request."""

from typing import Any


class DomainError(Exception):
    """A request that the rules reject, with a message that the person can read.

    `code` is stable and part of the API; `message` is Chinese and may change; `status` is the HTTP status;
    `details` are machine-readable.
    """

    def __init__(self, code: str, message: str, status: int = 409, **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.details = details

    @property
    def operator_message(self) -> str:
        """Return the message for operators, who know fields by their names in code."""
        field = self.details.get("field") if self.code == "invalid" else None
        return f"{field}：{self.message}" if field else self.message

    def __str__(self) -> str:
        return self.operator_message

    def __repr__(self) -> str:
        return f"DomainError({self.code!r}, {self.message!r}, {self.status})"


def invalid(field: str, reason: str, **details: Any) -> DomainError:
    """Return the error of an invalid value with its field and reason."""
    return DomainError("invalid", reason, 422, field=field, reason=reason, **details)


def not_found(subject: str) -> DomainError:
    """Return the error of a missing row, which is the same for rows of another owner."""
    return DomainError("not_found", f"没有找到{subject}", 404, subject=subject)


def busy() -> DomainError:
    """Return the error of a database that stayed locked. The request may be repeated."""
    return DomainError("busy", "系统正忙，请稍后再试", 503, retry_after_s=2)


def storage_full() -> DomainError:
    """Return the error of a full disk: nothing can be written, everything can be read."""
    return DomainError("storage_full", "系统存储空间不足，暂时无法保存，请稍后再试", 503, retry_after_s=10)


def rate_limited(message: str, retry_after_s: int) -> DomainError:
    """Return the error of a reached rate limit."""
    return DomainError("too_many", message, 429, retry_after_s=retry_after_s)


def ensure_equal(subject: str, *facts: tuple[str, str, Any, Any]) -> None:
    """Raise DomainError(already_exists) if a repeated call differs from what exists.

    Each fact is field, label, existing value and given value.
    """
    for field, label, existing, given in facts:
        if existing != given:
            raise DomainError("already_exists", f"{subject}已存在，{label}为“{existing}”", 409, field=field)

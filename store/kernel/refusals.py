"""A refusal: the one way in which a verb says no."""

from typing import Any


class Refused(Exception):
    """What was asked cannot be done, and why, in a sentence that the person can read.

    `code` is stable and part of the API; `message` is Chinese and may change;
    `status` is the HTTP status that fits; `facts` are machine-readable details.
    """

    def __init__(self, code: str, message: str, status: int = 409, **facts: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.facts = facts

    def __repr__(self) -> str:
        return f"Refused({self.code!r}, {self.message!r}, {self.status})"


def invalid(field: str, reason: str, **facts: Any) -> Refused:
    """A value that cannot be accepted: names the field and the reason."""
    return Refused("invalid", f"{field}：{reason}", 422, field=field, reason=reason, **facts)


def not_found(what: str) -> Refused:
    """Nothing of that name in sight: the same answer for absent and for somebody else's."""
    return Refused("not_found", f"没有找到{what}", 404, what=what)


def busy() -> Refused:
    """The records are taken for longer than we wait; the same request may be repeated."""
    return Refused("busy", "系统正忙，请稍后再试", 503, retry_after_s=2)


def no_room() -> Refused:
    """The disk is full: nothing can be written until there is room, while everything can be read."""
    return Refused("no_room", "系统存储空间不足，暂时无法保存，请稍后再试", 503, retry_after_s=10)


def too_many(message: str, retry_after_s: int) -> Refused:
    """Asked too often."""
    return Refused("too_many", message, 429, retry_after_s=retry_after_s)

"""Diagnoses: the states of parts of the installation, with advice if there is a problem."""

from dataclasses import dataclass
from typing import Literal

MARKS = {"ok": "✓", "warning": "!", "error": "✗"}


@dataclass(frozen=True)
class Diagnosis:
    """The state of one part. With `warning` the application still works, with `error` it does not work correctly."""

    state: Literal["ok", "warning", "error"]
    subject: str
    message: str

    def __str__(self) -> str:
        return f"{MARKS[self.state]} {self.subject}：{self.message}"


def ok(subject: str, message: str) -> Diagnosis:
    """Return a diagnosis without a problem."""
    return Diagnosis("ok", subject, message)


def warning(subject: str, message: str) -> Diagnosis:
    """Return a diagnosis that needs attention later."""
    return Diagnosis("warning", subject, message)


def problem(subject: str, message: str) -> Diagnosis:
    """Return a diagnosis that needs attention now."""
    return Diagnosis("error", subject, message)

"""A diagnosis: how one part of the house is, and what to do where it is not well."""

from dataclasses import dataclass
from typing import Literal

MARKS = {"ok": "✓", "warning": "!", "error": "✗"}


@dataclass(frozen=True)
class Diagnosis:
    """`look` wants attention but lets the house run; `ill` keeps it from serving rightly."""

    state: Literal["ok", "warning", "error"]
    subject: str
    message: str

    def __str__(self) -> str:
        return f"{MARKS[self.state]} {self.subject}：{self.message}"


def ok(subject: str, message: str) -> Diagnosis:
    """Nothing to do."""
    return Diagnosis("ok", subject, message)


def warning(subject: str, message: str) -> Diagnosis:
    """Something to do some time."""
    return Diagnosis("warning", subject, message)


def problem(subject: str, message: str) -> Diagnosis:
    """Something to do now."""
    return Diagnosis("error", subject, message)

"""A diagnosis: how one part of the house is, and what to do where it is not well."""

from dataclasses import dataclass
from typing import Literal

MARKS = {"well": "✓", "look": "!", "ill": "✗"}


@dataclass(frozen=True)
class Diagnosis:
    """`look` wants attention but lets the house run; `ill` keeps it from serving rightly."""

    state: Literal["well", "look", "ill"]
    subject: str
    sentence: str

    def __str__(self) -> str:
        return f"{MARKS[self.state]} {self.subject}：{self.sentence}"


def well(subject: str, sentence: str) -> Diagnosis:
    """Nothing to do."""
    return Diagnosis("well", subject, sentence)


def look(subject: str, sentence: str) -> Diagnosis:
    """Something to do some time."""
    return Diagnosis("look", subject, sentence)


def ill(subject: str, sentence: str) -> Diagnosis:
    """Something to do now."""
    return Diagnosis("ill", subject, sentence)

"""Checks: an invariant of the rows, and the query that returns the rows which violate it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

Rows = Iterable[Any]  # of tuples whose first column is an id

MAX_VIOLATIONS = 100  # rows of one check: a broken ledger shall not fill the screen


@dataclass(frozen=True)
class Check:
    """`find_violations` returns rows, whose columns fill `message`.

    With `is_warning` a violation needs attention, but the rows are valid.
    """

    name: str
    invariant: str
    message: str
    find_violations: Callable[[], Rows]
    is_warning: bool = False

    def list_violations(self) -> Iterator["Violation"]:
        """Yield the violations, at most the first hundred."""
        for row in islice(self.find_violations(), MAX_VIOLATIONS):
            yield Violation(
                check=self.name, id=row[0], message=self.message.format(*row), is_warning=self.is_warning
            )


@dataclass(frozen=True)
class Violation:
    """One row that violates an invariant, with a message in Chinese."""

    check: str
    id: int | str
    message: str
    is_warning: bool

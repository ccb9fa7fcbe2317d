"""A check: a promise that the records keep, and the one query that returns the rows which break it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

Rows = Iterable[Any]  # of tuples whose first column is an id

MAX_VIOLATIONS = 100  # rows of one check: a broken ledger shall not fill the screen


@dataclass(frozen=True)
class Check:
    """`broken` finds the rows, and `sentence` is filled with their columns.

    `warns` marks what wants a look but leaves the records right.
    """

    name: str
    invariant: str
    message: str
    find_violations: Callable[[], Rows]
    is_warning: bool = False

    def list_violations(self) -> Iterator["Violation"]:
        """The rows that break the promise, the first hundred of them."""
        for row in islice(self.find_violations(), MAX_VIOLATIONS):
            yield Violation(
                check=self.name, id=row[0], message=self.message.format(*row), is_warning=self.is_warning
            )


@dataclass(frozen=True)
class Violation:
    """One row that breaks a promise, and what is wrong with it in Chinese."""

    check: str
    id: int | str
    message: str
    is_warning: bool

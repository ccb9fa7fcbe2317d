"""A check: a promise that the records keep, and the one query that returns the rows which break it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

Rows = Iterable[Any]  # of tuples whose first column is an id

SHOWN = 100  # rows of one check: a broken ledger shall not fill the screen


@dataclass(frozen=True)
class Check:
    """`broken` finds the rows, and `sentence` is filled with their columns.

    `warns` marks what wants a look but leaves the records right.
    """

    name: str
    promise: str
    sentence: str
    broken: Callable[[], Rows]
    warns: bool = False

    def findings(self) -> Iterator["Finding"]:
        """The rows that break the promise, the first hundred of them."""
        for row in islice(self.broken(), SHOWN):
            yield Finding(check=self.name, id=row[0], sentence=self.sentence.format(*row), warning=self.warns)


@dataclass(frozen=True)
class Finding:
    """One row that breaks a promise, and what is wrong with it in Chinese."""

    check: str
    id: int | str
    sentence: str
    warning: bool

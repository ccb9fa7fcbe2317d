"""The form of a kind of exports: its title, right, columns and filters, and what yields its rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints

ShopIds = frozenset[int] | None
Cells = tuple[Any, ...]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$")]


class ExportFilters(BaseModel):
    """The filters of a list, as its page sends them."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class ExportKind:
    """A list that can be exported. `columns` are pairs of title and width in characters.

    `count` and `rows` are called with the filters and with the shops that the account sees, None for all.
    """

    title: str
    right: str
    columns: tuple[tuple[str, int], ...]
    filters: type[ExportFilters]
    count: Callable[[Any, ShopIds], int]
    rows: Callable[[Any, ShopIds], Iterator[Cells]]

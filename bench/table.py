"""What a bench hands back: one row a measurement, against a baseline of the same run and a bar."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`ratio` is what the bar is held against; a row without a baseline measures itself against the bar."""

    name: str
    measured: float
    baseline: float | None
    ratio: float | None
    bar: str
    passed: bool
    unit: str
    note: str = ""


def print_table(rows: Sequence[Row]) -> None:
    """The rows as a table for a terminal."""
    cells = [("", "name", "measured", "baseline", "ratio", "bar", "unit", "note"), *map(_cells, rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    for line in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _cells(row: Row) -> tuple[str, ...]:
    numbers = [_number(value) for value in (row.measured, row.baseline, row.ratio)]
    return ("ok" if row.passed else "MISSED", row.name, *numbers, row.bar, row.unit, row.note)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.4g}"

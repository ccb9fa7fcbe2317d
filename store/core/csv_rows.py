"""Rows of a CSV file that an operator imports, each with its line number."""

import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from store.core.errors import invalid


@dataclass(frozen=True)
class CsvRow:
    """One row with its cells by column; `number` is its line in the file, `error` why it cannot be used."""

    number: int
    cells: dict[str, str]
    error: str = ""


@dataclass(frozen=True)
class CsvFile:
    """The columns of a file and its rows; rows without any text are left out."""

    columns: list[str]
    rows: list[CsvRow]


def parse(text: str, *, columns: list[str] | None = None) -> CsvFile:
    """Parse a CSV file. Its first row names the columns unless `columns` is given.

    A row with more cells than columns has an `error`, because no cell may be dropped silently. Raises
    DomainError(invalid) for a file that is not CSV.
    """
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    lines = _iterate_lines(reader)
    if columns is None:
        _, header = next(lines, (1, []))
        columns = _validate_header(header)
    return CsvFile(columns, [_to_row(number, cells, columns) for number, cells in lines])


def parse_labelled(
    text: str, *, labels: Mapping[str, str], required: Sequence[str], ignored: Collection[str], max_rows: int
) -> list[CsvRow]:
    """Parse a CSV file that names its columns by name or label, and return the rows with their cells by name.

    Raises DomainError(invalid) for a column that is missing, repeated or neither of `labels` nor `ignored`.
    """
    file = parse(text)
    by_label = {label: name for name, label in labels.items()}
    names = [by_label.get(name, name) for name in file.columns if name not in ignored]
    for name in names:
        if names.count(name) > 1:
            raise invalid(name, "此列重复")
        if name not in labels:
            raise invalid(name, f"不认识的列；可用的有 {'、'.join(labels.values())}")
    for name in required:
        if name not in names:
            raise invalid(name, f"缺少此列；可用的有 {'、'.join(labels.values())}")
    if not 1 <= len(file.rows) <= max_rows:
        raise invalid("file", f"应有 1–{max_rows} 行")
    return [
        replace(row, cells={by_label.get(name, name): cell for name, cell in row.cells.items()})
        for row in file.rows
    ]


def _iterate_lines(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not empty with the number of its first line."""
    number = 1
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield number, stripped
            number = reader.line_num + 1
    except csv.Error as error:
        raise invalid("file", f"第 {reader.line_num} 行不是有效的 CSV：{error}") from None


def _validate_header(names: list[str]) -> list[str]:
    while names and not names[-1]:  # spreadsheets add empty columns at the end
        names.pop()
    for index, name in enumerate(names):
        if not name:
            raise invalid("file", f"第 {index + 1} 列没有列名")
        if name in names[:index]:
            raise invalid(name, "此列重复")
    return names


def _to_row(number: int, cells: list[str], columns: list[str]) -> CsvRow:
    extra = [cell for cell in cells[len(columns) :] if cell]
    named = dict(zip(columns, [*cells, *[""] * len(columns)], strict=False))
    return CsvRow(number, named, f"多出 {len(extra)} 格：{'、'.join(extra)[:60]}" if extra else "")

"""CSV files for spreadsheets, with cells that are not run as formulas."""

import csv
import io
import unicodedata
from collections.abc import Iterable
from typing import Any

_FORMULA_PREFIXES = ("=", "+", "-", "@")
_INVISIBLE_CATEGORIES = {"Cc", "Cf", "Cn", "Co", "Mn", "Zl", "Zp", "Zs"}
_INVISIBLE_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"  # fillers and the empty Braille pattern


def to_csv(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterable[str]:
    """Yield the lines of a CSV file. Only texts are escaped.

    The first line begins with the byte order mark by which spreadsheets detect UTF-8.
    """
    yield "\ufeff" + to_csv_line(columns)
    yield from map(to_csv_line, rows)


def to_csv_line(cells: Iterable[Any]) -> str:
    """Return one line of a CSV file with its line end."""
    text = io.StringIO()
    csv.writer(text).writerow([escape_formula(cell) if isinstance(cell, str) else cell for cell in cells])
    return text.getvalue()


def escape_formula(text: str) -> str:
    """Return a cell that spreadsheets show and do not run.

    The first visible character decides, in its NFKC form: programs skip what is before it, and read `＝` as `=`.
    """
    for character in text:
        if unicodedata.category(character) in _INVISIBLE_CATEGORIES or character in _INVISIBLE_LETTERS:
            continue
        is_formula = unicodedata.normalize("NFKC", character).startswith(_FORMULA_PREFIXES)
        return f"'{text}" if is_formula else text
    return text

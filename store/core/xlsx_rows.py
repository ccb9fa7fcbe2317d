"""Rows of an Excel file (.xlsx) as CSV text, with limits that keep a crafted file from filling the memory.

Only the cells that are there are read: a library that makes a rectangle of them would allocate gigabytes for one far
cell. Cells are texts and numbers; formulas give the value that Excel has stored.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from store.core.errors import DomainError, invalid

SIGNATURE = b"PK\x03\x04"  # of a zip file, which every .xlsx is
MAX_ROWS, MAX_COLUMNS = 50_000, 50
MAX_UNZIPPED_BYTES = 60_000_000
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def to_csv_text(data: bytes) -> str:
    """Return the first sheet as CSV text, each row on the line of its number. Raises DomainError(invalid)."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNZIPPED_BYTES:
                raise invalid("file", "文件过大，请分成几份")
            texts = _read_shared_texts(archive)
            return _to_text(_read_cells(archive, texts))
    except (zipfile.BadZipFile, KeyError, ParseError, DefusedXmlException, ValueError, IndexError):
        raise _not_excel_error() from None


def _to_text(cells: Iterator[tuple[int, int, str]]) -> str:
    text, written, row = io.StringIO(), 0, [""] * MAX_COLUMNS
    writer, current = csv.writer(text), 0

    def flush() -> None:
        nonlocal written, row
        text.write("\n" * (current - written - 1))  # empty rows, so that the line is the number of the row
        writer.writerow(row[: max((place for place, cell in enumerate(row, 1) if cell), default=1)])
        written, row = current, [""] * MAX_COLUMNS

    for number, column, value in cells:
        if number > MAX_ROWS:
            raise invalid("file", f"不能超过 {MAX_ROWS} 行")
        if number != current:
            if number < current:
                raise _not_excel_error()
            if current:
                flush()
            current = number
        if column < MAX_COLUMNS:
            row[column] = re.sub(r"[\r\n]+", " ", value)
    if current:
        flush()
    return text.getvalue()


def _read_cells(archive: zipfile.ZipFile, texts: list[str]) -> Iterator[tuple[int, int, str]]:
    """Yield the row from 1 on, the column from 0 on, and the text of each cell."""
    with archive.open(_find_first_sheet(archive)) as source:
        for _, element in ElementTree.iterparse(source):
            if element.tag != f"{_MAIN}c":
                continue
            match = _REFERENCE.fullmatch(element.get("r", ""))
            if match is None:
                raise _not_excel_error()
            value = _read_value(element, texts)
            if value.strip():
                yield int(match[2]), _to_column(match[1]), value
            element.clear()


def _read_value(cell: Any, texts: list[str]) -> str:
    if cell.get("t") == "inlineStr":
        return "".join(part.text or "" for part in cell.iter(f"{_MAIN}t"))
    value = cell.findtext(f"{_MAIN}v") or ""
    return texts[int(value)] if cell.get("t") == "s" and value else value


def _read_shared_texts(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    with archive.open("xl/sharedStrings.xml") as source:
        entries = ElementTree.parse(source).getroot().iter(f"{_MAIN}si")
        return ["".join(part.text or "" for part in entry.iter(f"{_MAIN}t")) for entry in entries]


def _find_first_sheet(archive: zipfile.ZipFile) -> str:
    sheets = [name for name in archive.namelist() if re.fullmatch(r"xl/worksheets/sheet[0-9]+\.xml", name)]
    return min(sheets, key=lambda name: int(re.sub(r"\D", "", name)))


def _to_column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _not_excel_error() -> DomainError:
    return invalid("file", "不是可读取的 Excel 文件（.xlsx）")

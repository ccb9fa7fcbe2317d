"""Excel files (.xlsx) that people upload, read as the text of a CSV file, and templates that they download."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import xlsxwriter

from store.core.errors import DomainError, invalid

MAX_UNZIPPED_BYTES = 50_000_000
MAX_LINES = 50_000
MAX_COLUMNS = 100
MAX_DIGITS = 15  # Excel keeps no more of a number
_SIGNATURE = b"PK\x03\x04"
_OLD_SIGNATURE = b"\xd0\xcf\x11\xe0"


def is_excel(data: bytes) -> bool:
    """Return whether the bytes begin like an Excel file, the format before 2007 included."""
    return data.startswith((_SIGNATURE, _OLD_SIGNATURE))


def to_csv_text(data: bytes) -> str:
    """Return the first sheet as the text of a CSV file, whose lines have the numbers of the rows.

    Raises DomainError(invalid) for a file that cannot be read, or a number that Excel has cut to 15 digits.
    """
    if data.startswith(_OLD_SIGNATURE):
        raise invalid("file", "不支持 .xls 文件，请另存为 .xlsx 或 CSV")
    text = io.StringIO()
    writer = csv.writer(text)
    try:
        for cells in _iterate_rows(data):
            writer.writerow(cells)
    except DomainError:
        raise
    except Exception as error:  # a damaged file fails anywhere in the library, with any class
        raise invalid("file", "无法读取该 Excel 文件，请另存为新的 .xlsx 文件再试") from error
    return text.getvalue()


def write_template(columns: Iterable[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a file with these columns and rows, all as text, so that Excel cuts no digits."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        plain, heading = (
            book.add_format({"num_format": "@"}),
            book.add_format({"num_format": "@", "bold": True}),
        )
        titles = list(columns)
        sheet.set_column(0, len(titles) - 1, 16, plain)
        for number, cells in enumerate([titles, *rows]):
            for place, cell in enumerate(cells):
                sheet.write_string(number, place, cell, plain if number else heading)
        sheet.freeze_panes(1, 0)
    return file.getvalue()


def _iterate_rows(data: bytes) -> Iterator[list[str]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(part.file_size for part in archive.infolist()) > MAX_UNZIPPED_BYTES:
            raise invalid("file", "文件内容过多，请分成几份")
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    try:
        sheet: Any = book.worksheets[0]
        sheet.reset_dimensions()  # some programs write a wrong one, which would cut the rows
        for number, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True), start=1):
            if number > MAX_LINES:
                raise invalid("file", f"最多 {MAX_LINES} 行，请分成几份")
            texts = [_to_text(cell, number) for cell in cells]
            while texts and not texts[-1]:
                texts.pop()
            yield texts
    finally:
        book.close()


def _to_text(cell: Any, number: int) -> str:
    """Return a cell as people type it. A line break becomes a space, so that lines keep their numbers."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, int | float):
        if abs(cell) >= 10**MAX_DIGITS:
            raise invalid(
                "file", f"第 {number} 行有超过 {MAX_DIGITS} 位的数字，请把该列设为文本格式后重新填写"
            )
        return f"{Decimal(f'{cell:.{MAX_DIGITS}g}'):f}"
    if isinstance(cell, datetime):
        return (
            cell.date().isoformat()
            if not (cell.hour or cell.minute or cell.second)
            else f"{cell:%Y-%m-%d %H:%M}"
        )
    return cell.isoformat() if isinstance(cell, date) else " ".join(str(cell).split())

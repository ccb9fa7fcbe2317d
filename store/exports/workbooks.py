"""Excel files of exports, written row by row, so that the memory does not grow with their number."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

PROGRESS_EVERY = 500


class StoppedError(Exception):
    """The writing was stopped by its `on_progress`."""


def write(
    path: Path,
    *,
    columns: Sequence[tuple[str, int]],
    rows: Iterable[Sequence[Any]],
    on_progress: Callable[[int], bool],
) -> int:
    """Write a workbook of one sheet and return its number of rows. `columns` are pairs of title and width.

    `on_progress` is called with the number of rows every 500 rows. If it returns False the file is removed and
    StoppedError raised. Text is never a formula or a link, whatever it begins with.
    """
    options = {
        "constant_memory": True, "tmpdir": str(path.parent), "strings_to_formulas": False, "strings_to_urls": False,
        "strings_to_numbers": False,
    }  # fmt: skip
    book = xlsxwriter.Workbook(str(path), options)
    try:
        count = _write_sheet(book, columns, rows, on_progress)
    except BaseException:
        book.fileclosed = True  # without it the destructor would write the incomplete file
        for sheet in book.worksheets():
            sheet.row_data_fh.close()
            Path(sheet.row_data_filename).unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        raise
    book.close()
    return count


def _write_sheet(
    book: xlsxwriter.Workbook,
    columns: Sequence[tuple[str, int]],
    rows: Iterable[Sequence[Any]],
    on_progress: Callable[[int], bool],
) -> int:
    sheet = book.add_worksheet()
    heading = book.add_format({"bold": True})
    for index, (title, width) in enumerate(columns):
        sheet.set_column(index, index, width)
        sheet.write_string(0, index, title, heading)
    sheet.freeze_panes(1, 0)
    number = 0
    for number, cells in enumerate(rows, start=1):
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                sheet.write_string(number, column, cell[:32_000])
            elif cell is not None:
                sheet.write_number(number, column, cell)
        if number % PROGRESS_EVERY == 0 and not on_progress(number):
            raise StoppedError
    return number

"""Tables that the browser sends as an Excel file or as CSV."""

from flask import request

from console.csv_files import read_csv_text
from store.core import xlsx_rows
from store.core.errors import invalid


def read_text(field: str = "file") -> str:
    """Return the table of the form as CSV text. Raises DomainError(invalid) without a file, or for another one."""
    given = request.files.get(field)
    if given is None:
        raise invalid(field, "请选择文件")
    signature = given.stream.read(len(xlsx_rows.SIGNATURE))
    given.stream.seek(0)
    return xlsx_rows.to_csv_text(given.read()) if signature == xlsx_rows.SIGNATURE else read_csv_text(field)

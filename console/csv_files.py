"""CSV and Excel files that the browser sends, templates of them, and what the dry run of an import answers."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from flask import Response, request

from store.core import excel_files, spreadsheets
from store.core.errors import invalid
from web.responses import file_response
from web.schemas import RequestModel

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class TemplateQuery(RequestModel):
    """The form of a template."""

    form: Literal["xlsx", "csv"] = "xlsx"


def read_csv_text(field: str = "file") -> str:
    """Return a file of the form as the text of a CSV file.

    It is an Excel file, or CSV in UTF-8 or in the encoding in which spreadsheets save it in China. Raises
    DomainError(invalid) without a file, or for one that is neither.
    """
    given = request.files.get(field)
    if given is None:
        raise invalid(field, "请选择文件")
    data = given.read()
    if excel_files.is_excel(data):
        return excel_files.to_csv_text(data)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise invalid(field, "不是 Excel（.xlsx）或 CSV 文件")


def describe_errors(errors: list[tuple[int, str]], labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the errors of lines, each with the label of the column that it begins with."""
    return [{"line": number, "message": _to_labels(message, labels)} for number, message in errors]


def template_response(
    columns: Iterable[str], rows: Iterable[Sequence[str]], *, form: str, name: str
) -> Response:
    """Return a template of an import as a file of the form `xlsx` or `csv`."""
    if form == "csv":
        lines = "".join(spreadsheets.to_csv(columns, rows))
        return file_response(lines, mimetype="text/csv", filename=f"{name}.csv")
    content = excel_files.write_template(columns, rows)
    return file_response(content, mimetype=XLSX, filename=f"{name}.xlsx")


def hash_outcome(outcome: object) -> str:
    """Return the version of a dry run, which another outcome would not have."""
    return hashlib.sha256(repr(outcome).encode()).hexdigest()


def _to_labels(message: str, labels: Mapping[str, str]) -> str:
    field, separator, reason = message.partition("：")
    names = [part.removesuffix("_fen") for part in field.split(".")]
    label = next((labels[name] for name in names if name in labels), None)
    return f"{label}：{reason}" if label and separator else message

"""CSV files that the browser sends, and what the dry run of an import answers."""

import hashlib
from collections.abc import Mapping
from typing import Any

from flask import request

from store.core.errors import invalid


def read_csv_text(field: str = "file") -> str:
    """Return a file of the form as text, in UTF-8 or in the encoding in which spreadsheets save CSV in China.

    Raises DomainError(invalid) without a file, or for one that is no text.
    """
    given = request.files.get(field)
    if given is None:
        raise invalid(field, "请选择文件")
    data = given.read()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise invalid(field, "不是 CSV 文件；Excel 文件请另存为 CSV")


def describe_errors(errors: list[tuple[int, str]], labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the errors of lines, each with the label of the column that it begins with."""
    return [{"line": number, "message": _to_labels(message, labels)} for number, message in errors]


def hash_outcome(outcome: object) -> str:
    """Return the version of a dry run, which another outcome would not have."""
    return hashlib.sha256(repr(outcome).encode()).hexdigest()


def _to_labels(message: str, labels: Mapping[str, str]) -> str:
    field, separator, reason = message.partition("：")
    names = [part.removesuffix("_fen") for part in field.split(".")]
    label = next((labels[name] for name in names if name in labels), None)
    return f"{label}：{reason}" if label and separator else message

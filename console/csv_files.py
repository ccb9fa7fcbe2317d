"""CSV files that the browser sends."""

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

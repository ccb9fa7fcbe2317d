"""Excel files: read as CSV with every digit, and nothing of a damaged or swollen one."""

import csv
import io
import zipfile
from datetime import date

import openpyxl
import pytest

from store.core import excel_files
from store.core.errors import DomainError


def make_file(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read(data):
    return list(csv.reader(io.StringIO(excel_files.to_csv_text(data))))


def test_cells_are_read_as_people_type_them():
    data = make_file(
        ["条形码", "价格", "日期", "说明"],
        [6901234567892, 3.5, date(2026, 1, 31), "两\n行"],
        [],
        ["007", 0.1 + 0.2],
    )
    rows = read(data)
    assert rows[1] == ["6901234567892", "3.5", "2026-01-31", "两 行"]
    assert (rows[2], rows[3][:2]) == ([], ["007", "0.3"])


def test_xls_1_every_digit_of_a_template_comes_back():
    data = excel_files.write_template(["单号", "码"], [["7495396815497821", "351030001351351000"]])
    assert excel_files.is_excel(data)
    assert read(data) == [["单号", "码"], ["7495396815497821", "351030001351351000"]]
    with pytest.raises(DomainError, match="第 2 行有超过 15 位的数字"):
        read(make_file(["码"], [351030001351351000]))


def test_a_damaged_old_or_swollen_file_is_refused(monkeypatch):
    good = make_file(["a"], ["b"])
    for data, reason in (
        (good[:200], "无法读取"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 50, "另存为"),
        (b"PK\x03\x04nothing", "无法读取"),
    ):
        with pytest.raises(DomainError, match=reason):
            excel_files.to_csv_text(data)
    swollen = io.BytesIO()
    with zipfile.ZipFile(swollen, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (excel_files.MAX_UNZIPPED_BYTES + 1))
    with pytest.raises(DomainError, match="过多"):
        excel_files.to_csv_text(swollen.getvalue())
    far = openpyxl.Workbook()
    far.active.cell(1, 1, "a")
    far.active.cell(200_000, 2_000, "far")
    file = io.BytesIO()
    far.save(file)
    with pytest.raises(DomainError, match="最多"):
        excel_files.to_csv_text(file.getvalue())

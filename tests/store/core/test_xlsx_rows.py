"""Excel files are read cell by cell: texts and numbers, rows by their numbers, and no crafted file fills the memory."""

import io
import zipfile

import pytest
import xlsxwriter

from store.core import xlsx_rows
from store.core.errors import DomainError

SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'


def write(*rows: tuple[int, list]) -> bytes:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, cells in rows:
            sheet.write_row(number, 0, cells)
    return data.getvalue()


def pack(cells: str, head: str = "") -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", head + SHEET.format(cells))
    return data.getvalue()


def test_rows_keep_their_numbers_and_texts_their_zeros():
    text = xlsx_rows.to_csv_text(write((0, ["卡号", "激活码"]), (3, ["00012", 34, 'a "b", c'])))
    assert text == '卡号,激活码\r\n\n\n00012,34,"a ""b"", c"\r\n'


def test_a_far_cell_costs_nothing_and_too_many_rows_are_rejected():
    assert xlsx_rows.to_csv_text(pack('<c r="XFD1" t="inlineStr"><is><t>x</t></is></c>')) == '""\r\n'
    with pytest.raises(DomainError, match="不能超过"):
        xlsx_rows.to_csv_text(pack('<c r="A1000000" t="inlineStr"><is><t>x</t></is></c>'))


@pytest.mark.parametrize(
    "data",
    [
        b"", b"PK\x03\x04", pack("<c"), pack('<c r="?"><v>1</v></c>'), pack('<c r="A1" t="s"><v>7</v></c>'),
        pack("<c/>", head='<!DOCTYPE a [<!ENTITY b "c">]>'),
    ],
)  # fmt: skip
def test_what_is_no_excel_file_is_rejected(data):
    with pytest.raises(DomainError) as no:
        xlsx_rows.to_csv_text(data)
    assert no.value.code == "invalid"


def test_a_file_that_unpacks_to_too_much_is_rejected(monkeypatch):
    monkeypatch.setattr(xlsx_rows, "MAX_UNZIPPED_BYTES", 100)
    with pytest.raises(DomainError, match="过大"):
        xlsx_rows.to_csv_text(write((0, ["卡号"])))

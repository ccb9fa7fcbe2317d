"""Rows of imported CSV files: line numbers, extra cells, empty rows."""

import pytest

from store.core import csv_rows
from store.core.errors import DomainError


def test_f10_a_cell_too_many_is_an_error_of_its_row():
    rows = csv_rows.parse("code,name\nS1,a,b\nS2,c\nS3,d,\n").rows
    assert [(row.number, row.error) for row in rows] == [(2, "多出 1 格：b"), (3, ""), (4, "")]


def test_f10_rows_without_text_are_left_out_and_counted_as_lines():
    rows = csv_rows.parse('code,name\n,,,,\n\nS1,"two\nlines"\n, \nS2,b\n').rows
    assert [(row.number, row.cells["code"]) for row in rows] == [(4, "S1"), (7, "S2")]


def test_a_row_that_is_too_short_has_empty_cells():
    assert csv_rows.parse("code,name,city\nS1\n").rows[0].cells == {"code": "S1", "name": "", "city": ""}


def test_empty_columns_at_the_end_of_the_header_are_left_out():
    assert csv_rows.parse("code,name,,\nS1,a,,\n").columns == ["code", "name"]


@pytest.mark.parametrize("text", ["code,code\n", "code,,name\nS1,a,b\n", 'code\n"S1\n'])
def test_a_file_that_is_not_clear_is_rejected(text):
    with pytest.raises(DomainError):
        csv_rows.parse(text)


def parse_labelled(text):
    labels = {"code": "编码", "name": "名称"}
    return csv_rows.parse_labelled(text, labels=labels, required=("code",), ignored=("状态",), max_rows=2)


def test_columns_are_named_by_name_or_label():
    assert parse_labelled("编码,name,状态\nS1,a,开\n")[0].cells == {"code": "S1", "name": "a", "状态": "开"}


@pytest.mark.parametrize(
    ("text", "field"),
    [("名称\na\n", "code"), ("code,编码\na,b\n", "code"), ("编码,城市\na,b\n", "城市"), ("编码\n", "file"),
     ("编码\n1\n2\n3\n", "file")],
)  # fmt: skip
def test_a_file_with_other_columns_or_too_many_rows_is_rejected(text, field):
    with pytest.raises(DomainError) as rejected:
        parse_labelled(text)
    assert (rejected.value.code, rejected.value.details["field"]) == ("invalid", field)

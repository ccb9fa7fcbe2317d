"""Money is read and written without losing a fen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.core import money
from store.core.errors import DomainError


@given(st.integers(0, 99_999_999_999_999))
def test_what_is_written_reads_back_as_the_same(fen):
    assert money.fen(money.yuan(fen)) == fen


@pytest.mark.parametrize(
    ("text", "fen"), [("0", 0), ("12", 1200), ("12.3", 1230), (" 12.34 ", 1234), ("007", 700)]
)
def test_amounts_are_read_as_people_write_them(text, fen):
    assert money.fen(text) == fen


def test_a_debt_keeps_its_sign():
    assert money.yuan(-5) == "-0.05"
    assert money.yuan(-12345) == "-123.45"


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "1.234", "1e3", ".5", "1.", "1,000", "NaN", "1" * 13, "1\n2", "¥1"]
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(DomainError) as refused:
        money.fen(text, field="price")
    assert refused.value.details["field"] == "price"
    assert refused.value.status == 422

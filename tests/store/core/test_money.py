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


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=12), st.data())
def test_a_split_sums_to_the_amount_and_no_part_is_above_its_weight(weights, data):
    amount = data.draw(st.integers(0, sum(weights)))
    parts = money.split(amount, weights)
    assert sum(parts) == amount
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (1, [5, 5, 5], [1, 0, 0]),  # on a tie the earlier part gets the fen
        (500, [1000, 1000, 1000], [167, 167, 166]),
        (100, [1, 0, 2], [33, 0, 67]),
        (7, [0, 0], [0, 0]),
    ],
)
def test_a_split_is_by_largest_remainder(amount, weights, parts):
    assert money.split(amount, weights) == parts

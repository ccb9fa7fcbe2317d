"""Bounds: what no column could keep is refused with the name of the field."""

from datetime import date

import pytest

from store.core import input_limits
from store.core.errors import DomainError


@pytest.mark.parametrize("text", ["r-1", "收据 1", "k" * 100])
def test_a_key_is_kept_as_it_is(text):
    assert input_limits.check_key(text) == text


@pytest.mark.parametrize("text", ["", "  ", "k" * 101, "k\x00", "k\ud800"])
def test_a_key_that_names_nothing_or_cannot_be_read_is_refused(text):
    with pytest.raises(DomainError, check=lambda no: no.details["field"] == "receipt"):
        input_limits.check_key(text, field="receipt")


def test_a_line_may_be_empty_and_not_too_long():
    assert input_limits.check_line("", field="order", max_length=3) == ""
    for text in ("abcd", "a\x00"):
        with pytest.raises(DomainError):
            input_limits.check_line(text, field="order", max_length=3)


@pytest.mark.parametrize("value", [0, -1, 2**63, 10**25, 0.5])
def test_a_number_fits_its_column(value):
    with pytest.raises(DomainError):
        input_limits.check_id(value, field="rule_id")
    assert input_limits.check_id(2**63 - 1, field="rule_id") == 2**63 - 1


@pytest.mark.parametrize(
    "value", [date(1, 1, 1), date(1969, 12, 31), date(3000, 1, 1), date.max, "2026-01-31"]
)
def test_a_day_is_one_that_can_be_counted_from(value):
    with pytest.raises(DomainError):
        input_limits.check_day(value, field="day")
    assert input_limits.check_day(date(2026, 1, 31), field="day") == date(2026, 1, 31)

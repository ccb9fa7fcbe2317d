"""How long things last, day by day."""

from datetime import date

import pytest
from pydantic import ValidationError

from store.tiers.validity import UNLIMITED, Validity

START = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("valid", "last"),
    [
        (UNLIMITED, None),
        (Validity(days=365), date(2027, 11, 22)),
        (Validity(years=1, month=3, day=31), date(2027, 3, 31)),
        (Validity(years=0, month=12, day=31), date(2026, 12, 31)),
        (Validity(years=0, month=11, day=22), date(2027, 11, 22)),
        (Validity(years=0, month=1, day=1), date(2027, 1, 1)),
        (Validity(years=1, month=2, day=29), date(2027, 2, 28)),
        (Validity(years=2, month=2, day=29), date(2028, 2, 29)),
    ],
)
def test_the_last_day(valid, last):
    assert valid.last_day(START) == last


@pytest.mark.parametrize("wrong", [{"days": 0}, {"years": 1}, {"days": 1, "years": 1, "month": 1, "day": 1}])
def test_half_a_validity_is_refused(wrong):
    with pytest.raises(ValidationError):
        Validity(**wrong)

"""Weekdays in texts: ranges from three days on."""

import pytest

from store.core import weekdays


@pytest.mark.parametrize(
    ("days", "text"),
    [
        ([1, 2, 3, 4, 5], "周一至周五"), ([7, 6], "周六、周日"), ([1, 3, 5], "周一、周三、周五"),
        ([1, 2, 3, 5], "周一至周三、周五"), (range(1, 8), "每天"), ([4, 4], "周四"), ([], ""),
        ([1, 2, 4, 5, 6], "周一、周二、周四至周六"),
    ],
)  # fmt: skip
def test_n22_days_that_follow_each_other_are_a_range(days, text):
    assert weekdays.format_weekdays(days) == text

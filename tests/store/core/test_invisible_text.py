"""Invisible characters are removed, and emoji that are joined by one stay whole."""

import pytest

from store.core.invisible_text import remove_invisible


@pytest.mark.parametrize("text", ["\u200b", "\ufeff", "\u2800", "\u3164", "\u202e", "\u200d"])
def test_f14_nothing_is_left_of_invisible_characters(text):
    assert remove_invisible(text) == ""
    assert remove_invisible(f"张{text}三") == "张三"


@pytest.mark.parametrize("text", ["👨\u200d👩\u200d👧", "❤\ufe0f", "张 三", "a\tb"])
def test_visible_texts_stay_as_they_are(text):
    assert remove_invisible(text) == text

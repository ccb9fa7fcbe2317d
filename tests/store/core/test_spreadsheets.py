"""No cell of a CSV file is read as a formula, whatever is before its first visible character."""

import unicodedata

import pytest

from store.core.spreadsheets import escape_formula

FORMULA = "=1+1"
INVISIBLE = [
    "",
    " ",
    "\n",
    "\r\n",
    "\t",
    "\u3000",
    "\u00a0",
    "\u200b",
    "\ufeff",
    "\u2800",
    "\u3164",
    "\u202e",
    "\u00ad",
]


@pytest.mark.parametrize("before", INVISIBLE)
@pytest.mark.parametrize("sign", "=+-@＝＋－＠﹦﹢﹣﹫⁺₌")
def test_f19_formulas_are_escaped_behind_invisible_characters(before: str, sign: str):
    cell = f"{before}{sign}1+1"
    assert escape_formula(cell) == f"'{cell}"


@pytest.mark.parametrize("text", ["", " ", "张三", "1-2", "a=b", "'=1", "\u200b张三", "1@2", "（=）"])
def test_f19_other_texts_stay(text: str):
    assert escape_formula(text) == text


def test_f19_every_character_that_is_a_formula_sign_in_nfkc_is_escaped():
    signs = [
        chr(code) for code in range(0x110000) if unicodedata.normalize("NFKC", chr(code))[:1] in set("=+-@")
    ]
    assert len(signs) > 10
    assert all(escape_formula(sign).startswith("'") for sign in signs)

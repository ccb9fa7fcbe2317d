"""Cells of CSV files that spreadsheets must not run as formulas."""

import unicodedata

_FORMULA_PREFIXES = ("=", "+", "-", "@")
_INVISIBLE_CATEGORIES = {"Cc", "Cf", "Cn", "Co", "Mn", "Zl", "Zp", "Zs"}
_INVISIBLE_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"  # fillers and the empty Braille pattern


def escape_formula(text: str) -> str:
    """Return a cell that spreadsheets show and do not run.

    The first visible character decides, in its NFKC form: programs skip what is before it, and read `＝` as `=`.
    """
    for character in text:
        if unicodedata.category(character) in _INVISIBLE_CATEGORIES or character in _INVISIBLE_LETTERS:
            continue
        is_formula = unicodedata.normalize("NFKC", character).startswith(_FORMULA_PREFIXES)
        return f"'{text}" if is_formula else text
    return text

"""Invisible characters in texts that people enter: zero-width characters, direction marks, fillers."""

import unicodedata

_ZERO_WIDTH_JOINER = "\u200d"
_FILLERS = "\u034f\u115f\u1160\u2800\u3164\uffa0"  # letters and the empty Braille pattern, drawn as nothing


def remove_invisible(text: str) -> str:
    """Return a text without invisible characters. A joiner between two emoji stays, because it makes one of them."""
    return "".join(
        character
        for place, character in enumerate(text)
        if not is_invisible(character) or _joins_emoji(text, place)
    )


def is_invisible(character: str) -> bool:
    """Return whether a character is drawn as nothing and is neither a space nor a control character."""
    return unicodedata.category(character) == "Cf" or character in _FILLERS


def _joins_emoji(text: str, place: int) -> bool:
    around = text[place - 1 : place] if place else "", text[place + 1 : place + 2]
    return (
        text[place] == _ZERO_WIDTH_JOINER
        and all(unicodedata.category(one) in ("So", "Mn", "Sk") for one in around if one)
        and all(around)
    )

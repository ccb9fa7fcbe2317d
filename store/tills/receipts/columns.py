"""Columns of receipt paper: a Chinese character is two wide, and text is wrapped and justified by columns.

Printers of 58 mm have 32 columns, those of 80 mm have 48.
"""

import unicodedata
from collections.abc import Iterator

YEN, FULLWIDTH_YEN = "\u00a5", "\uffe5"


def clean(text: str) -> str:
    """Return a text as a printer can take it.

    U+00A5 is not in GBK, so the money sign is U+FFE5, two columns wide. Control characters are dropped: in a name
    they would be commands of the printer, such as the one that opens the cash drawer.
    """
    composed = unicodedata.normalize("NFC", text).replace(YEN, FULLWIDTH_YEN)
    printable = "".join(" " if letter in "\t\r\n\u3000" else letter for letter in composed)
    return "".join(letter for letter in printable if unicodedata.category(letter) not in ("Cc", "Cf", "Cs"))


def width(text: str) -> int:
    """Return the number of columns of a text."""
    return sum(map(_letter_width, text))


def wrap(text: str, columns: int) -> list[str]:
    """Split a text into lines of at most so many columns, at spaces where there are some.

    An empty text is one empty line.
    """
    lines: list[str] = []
    line = ""
    for word in _split_words(text, columns):
        if line and width(line) + width(word) > columns:
            lines.append(line.rstrip())
            line = ""
        line += word if line or not word.isspace() else ""
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def justify(left: str, right: str, columns: int) -> list[str]:
    """Format two texts at the edges of one line. A long left text wraps, the right one ends the last line."""
    if width(left) + 1 + width(right) <= columns:
        return [left + " " * (columns - width(left) - width(right)) + right]
    lines = wrap(left, columns)
    if width(lines[-1]) + 1 + width(right) > columns:
        lines.append("")
    first, *others = wrap(right, columns)
    last = lines.pop()
    return [
        *lines, last + " " * (columns - width(last) - width(first)) + first,
        *(" " * (columns - width(line)) + line for line in others),
    ]  # fmt: skip


def center(text: str, columns: int) -> list[str]:
    """Format a text in the middle of one or more lines."""
    return [" " * ((columns - width(line)) // 2) + line for line in wrap(text, columns)]


def _split_words(text: str, columns: int) -> Iterator[str]:
    """Yield what stays together on a line: Latin words and numbers, single wide characters, and spaces."""
    word = ""
    for letter in text:
        if letter.isspace() or _letter_width(letter) == 2:
            if word:
                yield from _cut(word, columns)
            word = ""
            yield letter
        else:
            word += letter
    if word:
        yield from _cut(word, columns)


def _cut(word: str, columns: int) -> Iterator[str]:
    for start in range(0, len(word), columns):
        yield word[start : start + columns]


def _letter_width(letter: str) -> int:
    """Return the columns of a character: what has two bytes in GBK is printed two columns wide."""
    if letter.isascii():
        return 1
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    try:
        return len(letter.encode("gbk"))
    except UnicodeEncodeError:
        return 2 if unicodedata.east_asian_width(letter) in "WFA" else 1

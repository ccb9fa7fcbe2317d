"""The language of the project: no coined words.

`coined_words.txt` lists the words.
"""

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXEMPT = ("CHANGELOG.md", "docs/glossary.md", "static/vendor/", "tests/coined_words.txt")
BINARY_SUFFIXES = {".png", ".ico", ".svg", ".csv", ".jpg"}


@cache
def coined_words() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    """Read the patterns, each with the word that must be in a text that it matches, and the standard term."""
    lines = (ROOT / "tests" / "coined_words.txt").read_text().splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return tuple((_compile(pattern), _required_word(pattern), term) for pattern, term in rows)


def _compile(pattern: str) -> re.Pattern[str]:
    spaced = pattern.replace("_", r"[\s_-]+")
    return re.compile(rf"(?<![a-z])(?:{spaced})(?![a-z])", re.IGNORECASE)


def _required_word(pattern: str) -> str:
    """Return the last word of a phrase if it is always the same, else nothing."""
    last = pattern.rpartition("_")[2]
    return last if "_" in pattern and last.isalpha() else ""


def find_coined_words(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield line number, word and standard term of every coined word.

    The different words of a text are searched first, because most texts have no coined word.
    """
    words = set(re.findall("[a-z]+", text.lower()))
    listed = " ".join(words)
    for pattern, required, term in coined_words():
        if (required in words) if required else pattern.search(text if "s_-" in pattern.pattern else listed):
            for match in pattern.finditer(text):
                yield text.count("\n", 0, match.start()) + 1, match[0], term


def tracked_text_files() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [
        name
        for name in listed.splitlines()
        if not name.startswith(EXEMPT) and Path(name).suffix not in BINARY_SUFFIXES and (ROOT / name).exists()
    ]


def test_no_coined_word_is_used() -> None:
    found = [
        f"{name}:{line}: {word!r}, write: {term}"
        for name in tracked_text_files()
        for line, word, term in find_coined_words((ROOT / name).read_text())
    ]
    assert not found, "\n".join(found)


def test_a_coined_word_would_be_found() -> None:
    pattern, _, _ = coined_words()[0]
    word = pattern.pattern.split("(?:")[1].split(")")[0]
    assert [found for _, found, _ in find_coined_words(f"def f():\n    the_{word} = 1\n")] == [word]

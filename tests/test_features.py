"""docs/features.md is honest in what a machine can check: every row is there, every named test exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = {"P": 25, "L": 27, "C": 22, "S": 24, "M": 13, "K": 11, "I": 20, "O": 15}
ROW = re.compile(r"^\| ([A-Z]\d+) \| ([^|]+) \| (\w+) \| ([^|]*) \| ([^|]*) \|$", re.M)

FEATURES_TEXT = (ROOT / "docs" / "features.md").read_text()
ROWS = {row[0]: row for row in ROW.findall(FEATURES_TEXT)}
DELIVERED = [row for row in ROWS.values() if row[2] != "open"]


def test_every_row_of_the_pages_is_here_once() -> None:
    wanted = [f"{page}{number}" for page, count in PAGES.items() for number in range(1, count + 1)]
    assert sorted(ROWS) == sorted(wanted)
    assert len(ROW.findall(FEATURES_TEXT)) == len(wanted)


def test_states_are_words_we_use_and_their_sum_is_reported() -> None:
    states = [row[2] for row in ROWS.values()]
    assert set(states) <= {"done", "part", "open"}
    done, part, left = (states.count(state) for state in ("done", "part", "open"))
    assert f"{done} done, {part} in part, {left} open, of {len(states)}." in FEATURES_TEXT


@pytest.mark.parametrize("row", DELIVERED, ids=[row[0] for row in DELIVERED])
def test_what_is_delivered_names_tests_that_exist(row: tuple[str, ...]) -> None:
    named = re.findall(r"`(tests/[^`]+)`", row[4])
    assert named, f"{row[0]} names no test"
    assert row[2] == "done" or row[3].strip(), f"{row[0]} is there in part: which part?"
    for name in named:
        path, _, function = name.partition("::")
        assert (ROOT / path).exists(), path
        if function:
            assert re.search(rf"^def {function}\b", (ROOT / path).read_text(), re.M), name


def test_open_rows_name_no_tests() -> None:
    assert not [row[0] for row in ROWS.values() if row[2] == "open" and row[4].strip()]


def test_parts_of_the_readme_name_tests_that_exist() -> None:
    named = re.findall(r"\[`(\w+)`\]\(\.\./(tests/[^)]+)\)", FEATURES_TEXT)
    assert len(named) == 12
    for function, path in named:
        assert re.search(rf"^def {function}\b", (ROOT / path).read_text(), re.M), function

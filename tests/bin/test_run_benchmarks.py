"""bin/bench runs what it is asked for and fails on a missed bar."""

import pytest

from bench.report import Row
from bin import run_benchmarks


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    """What the benchmark `nearby` hands back."""
    handed: list[Row] = []
    monkeypatch.setattr("bench.nearby.run", lambda: handed)
    return handed


def row(*, passed: bool) -> Row:
    return Row("search", 2.0, 1.0, 2.0, "≤ 5", passed, "ms")


def test_met_bars_pass(rows: list[Row], capsys: pytest.CaptureFixture[str]):
    rows.append(row(passed=True))
    assert run_benchmarks.main("nearby") == 0
    assert "search" in capsys.readouterr().out


def test_one_missed_bar_fails(rows: list[Row]):
    rows += [row(passed=True), row(passed=False)]
    assert run_benchmarks.main("nearby") == 1


def test_unknown_name_is_reported_with_those_there_are(capsys: pytest.CaptureFixture[str]):
    assert run_benchmarks.main("nosuch") == 1
    said = capsys.readouterr().err
    assert said.startswith("There is no benchmark nosuch, only ")
    assert "nearby" in said

"""The table that every benchmark fills: measured, baseline of the same run, ratio, bar."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line. `passed` says whether the bar was met; rows without a bar are for information."""

    name: str
    measured: float
    baseline: float | None
    ratio: float | None
    target: str
    passed: bool
    unit: str
    note: str = ""


def print_table(rows: list[Row]) -> None:
    """Print the rows as a table in Markdown, so that it can stand in docs/performance.md as it is."""
    print("| what | measured | baseline | ratio | target | met | note |")
    print("|---|---:|---:|---:|---|---|---|")
    for row in rows:
        cells = [
            row.name,
            f"{row.measured:,.4g} {row.unit}",
            "" if row.baseline is None else f"{row.baseline:,.4g} {row.unit}",
            "" if row.ratio is None else f"{row.ratio:.2f}",
            row.target,
            "yes" if row.passed else "NO",
            row.note,
        ]
        print("| " + " | ".join(cells) + " |")

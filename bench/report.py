"""The result table of the benchmarks: measured value, baseline of the same run, ratio, target."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A row of the table. `passed` is whether the target was met. Rows without a target are for information."""

    name: str
    measured: float
    baseline: float | None
    ratio: float | None
    target: str
    passed: bool
    unit: str
    note: str = ""


def print_table(rows: list[Row]) -> None:
    """Print the rows as a table in Markdown, in the form of docs/performance.md."""
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

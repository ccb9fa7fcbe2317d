"""The benchmarks: files of bench/ with a `run()` that hands back rows, each held against its bar."""

import importlib
import sys

from bench.table import print_table
from bin import place
from bin.obstacles import Obstacle, told

MARK = "\ndef run() -> "


@told
def main(*names: str) -> int:
    """Run the named benchmarks, or all; 1 when a bar is missed."""
    known = _all()
    if unknown := sorted(set(names) - set(known)):
        raise Obstacle(
            f"There is no benchmark {', '.join(unknown)}, only {', '.join(known)}.", "没有这个基准测试。"
        )
    rows = []
    for name in names or known:
        print(f"bench {name} …", file=sys.stderr, flush=True)
        rows += importlib.import_module(f"bench.{name}").run()
    print_table(rows)
    return 0 if all(row.passed for row in rows) else 1


def _all() -> list[str]:
    """Told by their text: what stands beside them may be a program that cannot be imported."""
    files = sorted((place.ROOT / "bench").glob("*.py"))
    return [file.stem for file in files if MARK in file.read_text()]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

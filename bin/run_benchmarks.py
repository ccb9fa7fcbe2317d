"""The benchmarks: modules of bench/ with a `run()` that returns rows with targets."""

import importlib
import sys

from bench.report import print_table
from bin import state_dir
from bin.startup_errors import StartupError, report_startup_errors

RUN_SIGNATURE = "\ndef run() -> "


@report_startup_errors
def main(*names: str) -> int:
    """Run the named benchmarks or all, and return 1 if a target is missed, else 0."""
    known = _list_benchmarks()
    if unknown := sorted(set(names) - set(known)):
        raise StartupError(
            f"There is no benchmark {', '.join(unknown)}, only {', '.join(known)}.", "没有这个基准测试。"
        )
    rows = []
    for name in names or known:
        print(f"bench {name} …", file=sys.stderr, flush=True)
        rows += importlib.import_module(f"bench.{name}").run()
    print_table(rows)
    return 0 if all(row.passed for row in rows) else 1


def _list_benchmarks() -> list[str]:
    """Return the names of the modules whose text has a `run()`.

    Other modules of the folder need settings and cannot be imported.
    """
    files = sorted((state_dir.ROOT / "bench").glob("*.py"))
    return [file.stem for file in files if RUN_SIGNATURE in file.read_text()]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

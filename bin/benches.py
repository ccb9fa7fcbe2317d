"""The benchmarks: modules of bench/ with a `run()` that hands back rows, each held against its bar."""

import importlib
import pkgutil
import sys
from types import ModuleType

import bench
from bench.table import print_table
from bin.obstacles import Obstacle, told


@told
def main(*names: str) -> int:
    """Run the named benchmarks, or all; 1 when a bar is missed."""
    found = _all()
    if unknown := set(names) - set(found):
        raise Obstacle(
            f"No benchmark is called {', '.join(sorted(unknown))}: there are {', '.join(found)}.",
            "没有这个基准测试。",
        )
    rows = []
    for name in names or found:
        print(f"bench {name} …", file=sys.stderr, flush=True)
        rows += found[name].run()
    print_table(rows)
    return 0 if all(row.passed for row in rows) else 1


def _all() -> dict[str, ModuleType]:
    modules = {
        info.name: importlib.import_module(f"bench.{info.name}")
        for info in pkgutil.iter_modules(bench.__path__)
    }
    return {name: module for name, module in sorted(modules.items()) if hasattr(module, "run")}


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""The checks that a change must pass, in one readable list, and a short account of them at the end."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bin import chromium

NO_TESTS = 5  # pytest's exit status when it found none
STATE_BY_EXIT_CODE = {0: "ok", NO_TESTS: "no tests"}
MEMORY_DIR, MIN_FREE_BYTES = Path("/dev/shm"), 4 * 2**30  # noqa: S108 - tests wait for no disk there; nobody pulls their plug


@dataclass
class Outcome:
    """How a check went; `counts` holds the passed, failed and skipped tests."""

    name: str
    state: str
    seconds: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)


def main(*arguments: str) -> int:
    """Run all checks, the later ones also after a failure; with other arguments than `--deep` only tests."""
    outcomes = []
    if set(arguments) <= {"--deep"}:
        outcomes.append(_run_check("lint", "ruff", "check", "."))
        outcomes.append(_run_check("format", "ruff", "format", "--check", "."))
        outcomes.append(_run_check("types", "mypy"))
    outcomes.append(_run_browser_tests(arguments))
    outcomes.append(_run_tests("sqlite", "--database", "sqlite", "-m", "not browser", *arguments))
    outcomes.append(_run_tests("postgresql", "--database", "postgresql", "-m", "not browser", *arguments))
    return _print_summary(outcomes)


def _run_check(name: str, *command: str, **environ: str) -> Outcome:
    print(f"\n── {name}: {' '.join(command)}", flush=True)
    started = time.monotonic()
    status = subprocess.run([sys.executable, "-m", *command], env={**os.environ, **environ}).returncode
    return Outcome(name, STATE_BY_EXIT_CODE.get(status, "FAILED"), time.monotonic() - started)


def _run_browser_tests(arguments: tuple[str, ...]) -> Outcome:
    """On one database only: a page does not know on which it stands."""
    if chromium.find_or_install() is None:
        print("\n── NO CHROMIUM: THE BROWSER TESTS ARE LEFT OUT. Install chromium to run them.", flush=True)
        return Outcome("browser", "LEFT OUT: no Chromium")
    return _run_tests("browser", "-m", "browser", *arguments)


def _run_tests(name: str, *options: str) -> Outcome:
    """In one process more than there are cores, as many tests wait for the disk or for other processes.

    A file stays in one of them, so what its tests share is made once.
    """
    with tempfile.TemporaryDirectory(dir=_find_memory_dir()) as folder:
        report = Path(folder) / "report.xml"
        outcome = _run_check(
            name, "pytest", "-q", "-n", "3", "--dist", "loadfile", "--no-loadscope-reorder",
            f"--junitxml={report}", *options, TMPDIR=folder,
        )  # fmt: skip
        if report.exists():
            outcome.counts = _parse_counts(report)
    return outcome


def _find_memory_dir() -> Path | None:
    """Memory, where there is enough of it; None is the usual place for temporary files."""
    roomy = (
        MEMORY_DIR.is_dir()
        and os.access(MEMORY_DIR, os.W_OK)
        and shutil.disk_usage(MEMORY_DIR).free > MIN_FREE_BYTES
    )
    return MEMORY_DIR if roomy else None


def _parse_counts(report: Path) -> Counter[str]:
    counts: Counter[str] = Counter()
    for suite in ElementTree.parse(report).iter("testsuite"):  # noqa: S314 - pytest has just written it
        tests, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        counts.update(passed=tests - failed - skipped, failed=failed, skipped=skipped)
    return counts


def _print_summary(outcomes: list[Outcome]) -> int:
    """Print how it went; 1 when a check failed or no test passed at all."""
    print("\n── bin/test")
    for outcome in outcomes:
        words = ", ".join(f"{number} {word}" for word, number in outcome.counts.items() if number)
        print(f"{outcome.name:<11} {outcome.state:<10} {outcome.seconds:6.1f} s  {words}".rstrip())
    total = sum((outcome.counts for outcome in outcomes), Counter())
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped", flush=True)
    return int(not total["passed"] or any(outcome.state == "FAILED" for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

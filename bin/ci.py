"""The checks that a change must pass, with a summary of their results at the end."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bin import chromium

NO_TESTS = 5  # pytest's exit status when it found none
STATE_BY_EXIT_CODE = {0: "ok", NO_TESTS: "no tests"}
MEMORY_DIR, MIN_FREE_BYTES = Path("/dev/shm"), 4 * 2**30  # noqa: S108 - faster, and tests need no durability


@dataclass
class Outcome:
    """The result of a check. `counts` has the numbers of passed, failed and skipped tests."""

    name: str
    state: str
    seconds: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)


def main(*arguments: str) -> int:
    """Run all checks, also after a failure.

    With other arguments than `--deep` only tests are run.
    """
    outcomes = []
    if set(arguments) <= {"--deep"}:
        with _compile_tests():
            outcomes.append(_run_check("lint", "ruff", "check", "."))
            outcomes.append(_run_check("format", "ruff", "format", "--check", "."))
            outcomes.append(_run_check("types", "mypy"))
    outcomes.extend(_run_tests(arguments))
    return _print_summary(outcomes)


@contextmanager
def _compile_tests() -> Iterator[None]:
    """Let pytest write its compiled files during the block. Otherwise each process of the tests compiles all."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        yield


def _run_check(name: str, *command: str) -> Outcome:
    print(f"\n── {name}: {' '.join(command)}", flush=True)
    started = time.monotonic()
    status = subprocess.run([sys.executable, "-m", *command]).returncode
    return Outcome(name, STATE_BY_EXIT_CODE.get(status, "FAILED"), time.monotonic() - started)


def _run_tests(arguments: tuple[str, ...]) -> Iterator[Outcome]:
    """Run the tests on both databases at the same time, because many tests wait for the disk or for processes.

    The browser tests run on SQLite only, because pages do not depend on the database.
    """
    has_chromium = chromium.find_or_install() is not None
    if not has_chromium:
        print("\n── NO CHROMIUM: THE BROWSER TESTS ARE LEFT OUT. Install chromium to run them.", flush=True)
        yield Outcome("browser", "LEFT OUT: no Chromium")
    with tempfile.TemporaryDirectory(dir=_find_memory_dir()) as folder:
        runs = [
            _TestRun("sqlite", 4, Path(folder), () if has_chromium else ("-m", "not browser"), arguments),
            _TestRun("postgresql", 2, Path(folder), ("-m", "not browser"), arguments),
        ]
        for run in runs:
            yield run.finish()


class _TestRun:
    """A run of pytest on one database, in processes that each take whole groups of tests (`tests/conftest.py`).

    There are more processes than cores, because many tests wait for other processes. SQLite needs three times the
    processor time of PostgreSQL, but half of it is used by Chromium and the applications of its tests beside its own
    processes. With four and two of them both runs end at about the same time; with five and one the one of PostgreSQL
    is alone at the end, and a core is idle.
    """

    def __init__(
        self,
        database: str,
        processes: int,
        folder: Path,
        options: tuple[str, ...],
        arguments: tuple[str, ...],
    ) -> None:
        self._name, self._started = database, time.monotonic()
        self._report, self._output = folder / f"{database}.xml", folder / f"{database}.txt"
        (folder / database).mkdir()
        command = [
            "pytest", "-q", "-n", str(processes), "--dist", "loadscope", "--no-loadscope-reorder", "--durations=15",
            f"--junitxml={self._report}", "--database", database, *options, *arguments,
        ]  # fmt: skip
        print(f"\n── {database}: {' '.join(command)}", flush=True)
        with self._output.open("w") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *command],
                stdout=output, stderr=output, env={**os.environ, "TMPDIR": str(folder / database)},
            )  # fmt: skip

    def finish(self) -> Outcome:
        """Wait for the end, print the output and return the result."""
        status = self._process.wait()
        seconds = time.monotonic() - self._started
        print(f"\n── {self._name}\n{self._output.read_text()}", flush=True)
        counts = _parse_counts(self._report) if self._report.exists() else Counter()
        return Outcome(self._name, STATE_BY_EXIT_CODE.get(status, "FAILED"), seconds, counts)


def _find_memory_dir() -> Path | None:
    """Return the folder in memory, or None if it is missing or too small."""
    is_usable = (
        MEMORY_DIR.is_dir()
        and os.access(MEMORY_DIR, os.W_OK)
        and shutil.disk_usage(MEMORY_DIR).free > MIN_FREE_BYTES
    )
    return MEMORY_DIR if is_usable else None


def _parse_counts(report: Path) -> Counter[str]:
    counts: Counter[str] = Counter()
    for suite in ElementTree.parse(report).iter("testsuite"):  # noqa: S314 - pytest has just written it
        tests, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        counts.update(passed=tests - failed - skipped, failed=failed, skipped=skipped)
    return counts


def _print_summary(outcomes: list[Outcome]) -> int:
    """Print the results and return 1 if a check failed or no test passed, else 0."""
    print("\n── bin/test")
    for outcome in outcomes:
        counts = ", ".join(f"{number} {label}" for label, number in outcome.counts.items() if number)
        print(f"{outcome.name:<11} {outcome.state:<10} {outcome.seconds:6.1f} s  {counts}".rstrip())
    total = sum((outcome.counts for outcome in outcomes), Counter())
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped", flush=True)
    return int(not total["passed"] or any(outcome.state == "FAILED" for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

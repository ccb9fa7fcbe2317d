"""bin/keep alone: it starts again with growing pauses and leaves nothing when it ends."""

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.bin.running import ROOT, wait_for

pytestmark = pytest.mark.story


@contextmanager
def kept(script: str, folder: Path) -> Iterator[subprocess.Popen]:
    keeper = subprocess.Popen(
        [sys.executable, ROOT / "bin" / "keep", "sh", "-c", script], cwd=folder, stderr=subprocess.DEVNULL
    )
    try:
        yield keeper
    finally:
        keeper.terminate()
        keeper.wait(timeout=10)


def test_pauses_between_starts_grow(tmp_path: Path):
    with kept("date +%s%N >> starts; exit 1", tmp_path):
        wait_for(lambda: len(_lines(tmp_path / "starts")) >= 4, "four starts")
    starts = [int(line) / 1e9 for line in _lines(tmp_path / "starts")]
    pauses = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert pauses[0] >= 0.5
    assert pauses[1] >= 1.0
    assert pauses[2] >= 2.0


def test_command_that_ignores_the_end_is_killed_with_its_children(tmp_path: Path):
    with kept("trap '' TERM; sleep 60 & echo $! $$ > pids; wait; wait", tmp_path) as keeper:
        wait_for(lambda: _lines(tmp_path / "pids"), "the pids")
        keeper.send_signal(signal.SIGTERM)
        keeper.wait(timeout=8)
    assert not any(_lives(int(pid)) for pid in _lines(tmp_path / "pids")[0].split())


def test_orphan_in_a_session_of_its_own_is_ended_too(tmp_path: Path):
    with kept("setsid sleep 60 & echo $! > pids; wait", tmp_path) as keeper:
        wait_for(lambda: _lines(tmp_path / "pids"), "the pid")
        keeper.terminate()
        keeper.wait(timeout=8)
    assert not _lives(int(_lines(tmp_path / "pids")[0]))


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True

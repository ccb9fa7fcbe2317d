"""bin/supervise alone: it starts again with growing pauses and leaves nothing when it ends."""

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.app_process import ROOT, wait_for

pytestmark = pytest.mark.end_to_end


@contextmanager
def supervise(script: str, folder: Path) -> Iterator[subprocess.Popen]:
    supervisor = subprocess.Popen(
        [sys.executable, ROOT / "bin" / "supervise", "sh", "-c", script],
        cwd=folder,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield supervisor
    finally:
        supervisor.terminate()
        supervisor.wait(timeout=10)


def test_pauses_between_starts_grow(tmp_path: Path):
    with supervise("date +%s%N >> starts; exit 1", tmp_path):
        wait_for(lambda: len(_lines(tmp_path / "starts")) >= 4, "four starts")
    starts = [int(line) / 1e9 for line in _lines(tmp_path / "starts")]
    pauses = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert pauses[0] >= 0.5
    assert pauses[1] >= 1.0
    assert pauses[2] >= 2.0


def test_command_that_ignores_the_end_is_killed_with_its_children(tmp_path: Path):
    with supervise("trap '' TERM; sleep 60 & echo $! $$ > pids; wait; wait", tmp_path) as supervisor:
        wait_for(lambda: _lines(tmp_path / "pids"), "the pids")
        supervisor.send_signal(signal.SIGTERM)
        supervisor.wait(timeout=8)
    assert not any(_is_alive(int(pid)) for pid in _lines(tmp_path / "pids")[0].split())


def test_orphan_in_a_session_of_its_own_is_ended_too(tmp_path: Path):
    with supervise("setsid sleep 60 & echo $! > pids; wait", tmp_path) as supervisor:
        wait_for(lambda: _lines(tmp_path / "pids"), "the pid")
        supervisor.terminate()
        supervisor.wait(timeout=8)
    assert not _is_alive(int(_lines(tmp_path / "pids")[0]))


def test_the_message_names_command_status_and_pause(tmp_path: Path):
    supervisor = subprocess.Popen(
        [sys.executable, ROOT / "bin" / "supervise", "sh", "-c", "exit 3"],
        cwd=tmp_path, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert supervisor.stderr is not None
        assert supervisor.stderr.readline() == "supervise: sh -c ended (3), again in 0.5 s\n"
    finally:
        supervisor.terminate()
        supervisor.communicate(timeout=10)


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True

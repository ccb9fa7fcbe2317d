"""A supervisor: runs a command, restarts it when it ends, and stops it on SIGTERM or SIGINT."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

INITIAL_BACKOFF_S = 0.5
MAX_BACKOFF_S = 5.0
STABLE_AFTER_S = 30.0  # after a run of this length the pause is the initial one again
GRACE_S = 4.0  # honcho kills a supervisor after 5 s, which would orphan its command

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36  # PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER of prctl(2)


class Supervisor:
    """A command and the process that currently runs it.

    The command runs in its own session. Without it a signal to the process group would reach the command twice.
    On Linux the supervisor adopts and kills the processes that the command leaves behind.
    """

    def __init__(
        self, command: Sequence[str], *, env: Mapping[str, str] | None = None, grace_s: float = GRACE_S
    ) -> None:
        self._command, self._env, self._grace_s = command, env, grace_s
        self._child: subprocess.Popen | None = None
        self._stop_requested = threading.Event()
        self._signal = signal.SIGTERM

    def run(self) -> None:
        """Run the command again and again until SIGTERM or SIGINT arrives."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        pause_s = INITIAL_BACKOFF_S
        while not self._stop_requested.is_set():
            started = time.monotonic()
            status = self._run_once()
            if self._stop_requested.is_set():
                break
            if time.monotonic() - started >= STABLE_AFTER_S:
                pause_s = INITIAL_BACKOFF_S
            message = f"supervise: {' '.join(self._command[:2])} ended ({status})"
            print(f"{message}, again in {pause_s:g} s", file=sys.stderr, flush=True)
            self._stop_requested.wait(pause_s)
            pause_s = min(pause_s * 2, MAX_BACKOFF_S)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Stop the command and let `run` return. After the grace period its process group is killed."""
        self._signal = signal.Signals(number)
        self._stop_requested.set()
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(self._signal)
            timer = threading.Timer(self._grace_s, _kill_group, [self._child.pid])
            timer.daemon = True
            timer.start()

    def _run_once(self) -> int:
        self._child = subprocess.Popen(
            self._command, env=self._env, start_new_session=True, preexec_fn=_end_with_parent
        )
        # A stop during the start found no process. Without this check the new one would run on.
        if self._stop_requested.is_set():
            self.stop(self._signal)
        status = self._child.wait()
        _kill_group(self._child.pid)
        _kill_orphans()
        return status

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stop(number)


def _end_with_parent() -> None:
    """Let the kernel send SIGTERM to the child process if the supervisor is killed."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        _LIBC.prctl(option, value, 0, 0, 0)


_LIBC = ctypes.CDLL(None)  # loaded here, because a child between fork and exec must not import


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # the usual case: the group has ended
        os.killpg(group, signal.SIGKILL)


def _kill_orphans() -> None:
    """Kill the orphans of the command until there are none.

    The kernel makes the children of a killed orphan children of this process.
    """
    while orphans := _child_pids():
        for pid in orphans:
            os.kill(pid, signal.SIGKILL)  # a child, even an ended one, exists until waitpid
            os.waitpid(pid, 0)


def _child_pids() -> list[int]:
    """Return the process ids of our children. Linux only, because other systems do not adopt orphans."""
    pids = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, _, rest = stat.read_text().partition(" ")
        except OSError:
            continue  # the process has ended meanwhile
        if int(rest.rpartition(")")[2].split()[1]) == os.getpid():
            pids.append(int(pid))
    return pids

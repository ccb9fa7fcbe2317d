"""A supervisor: runs one command, starts it again whenever it ends, and ends with it when told to stop."""

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
STABLE_AFTER_S = 30.0  # a command that lived this long has its pauses start anew
GRACE_S = 4.0  # below the 5 s after which honcho kills a supervisor and could orphan what it keeps

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36  # PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER of prctl(2)


class Supervisor:
    """One command and the process that runs it now.

    The command gets a session of its own, so that a signal for a whole group reaches it once, through
    its supervisor. On Linux nothing it started outlives it: the supervisor adopts orphans and ends them.
    """

    def __init__(
        self, command: Sequence[str], *, env: Mapping[str, str] | None = None, grace_s: float = GRACE_S
    ) -> None:
        self._command, self._env, self._grace_s = command, env, grace_s
        self._child: subprocess.Popen | None = None
        self._stop_requested = threading.Event()
        self._signal = signal.SIGTERM

    def run(self) -> None:
        """Keep the command running until SIGTERM or SIGINT comes."""
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
            ended = f"supervise: {' '.join(self._command[:2])} ended ({status})"
            print(f"{ended}, again in {pause_s:g} s", file=sys.stderr, flush=True)
            self._stop_requested.wait(pause_s)
            pause_s = min(pause_s * 2, MAX_BACKOFF_S)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End the command and with it `run`; what does not end in time is killed."""
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
        if (
            self._stop_requested.is_set()
        ):  # told while it was being started, when there was nobody to pass it on to
            self.stop(self._signal)
        status = self._child.wait()
        _kill_group(self._child.pid)
        _kill_orphans()
        return status

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stop(number)


def _end_with_parent() -> None:
    """In the child: be told to stop when the supervisor is killed and can no longer tell."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        _LIBC.prctl(option, value, 0, 0, 0)


_LIBC = ctypes.CDLL(None)  # loaded here, as a child between fork and exec must not import


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # the usual case: nobody is left in it
        os.killpg(group, signal.SIGKILL)


def _kill_orphans() -> None:
    """Kill what the command left behind, generation by generation, as each death hands its children to us."""
    while orphans := _child_pids():
        for pid in orphans:
            os.kill(pid, signal.SIGKILL)  # a child, even an ended one, stays until we have waited for it
            os.waitpid(pid, 0)


def _child_pids() -> list[int]:
    """The processes whose parent we are; Linux only, elsewhere orphans are not adopted."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, _, rest = stat.read_text().partition(" ")
        except OSError:
            continue  # ended while we were reading
        if int(rest.rpartition(")")[2].split()[1]) == os.getpid():
            found.append(int(pid))
    return found

"""A running_app that a test starts with bin/run, in a folder and on ports of its own."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TIMEOUT_S = 120.0
_SETTINGS = {
    "PORT",
    "HOST",
    "HEALTH_PORT",
    "HEALTH_HOST",
    "SANDBOX_PORT",
    "SANDBOX_SMTP_PORT",
    "SANDBOX_URL",
    "DATABASE_URL",
    "REDIS_URL",
    "PUBLIC_URL",
}


class AppProcess:
    """`output` grows as the running_app speaks."""

    def __init__(self, var: Path, **settings: str) -> None:
        self.var, self.settings = var, settings
        self.log = var.with_suffix(".log")
        self.port, self.sandbox_port, self.health_port = free_port(), free_port(), free_port()
        self.sandbox_smtp_port = free_port()
        ports = {
            "PORT": str(self.port),
            "SANDBOX_PORT": str(self.sandbox_port),
            "SANDBOX_SMTP_PORT": str(self.sandbox_smtp_port),
            "HEALTH_PORT": str(self.health_port),
        }
        env = clean_environment(var, **{**ports, **settings})
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([ROOT / "bin" / "run"], env=env, stdout=log, stderr=log)

    @property
    def output(self) -> str:
        return self.log.read_text()

    def is_live(self) -> bool:
        return all(_is_listening(port) for port in (self.port, self.sandbox_port, self.health_port))

    def wait_until_live(self) -> None:
        wait_for(
            lambda: f":{self.port}/docs" in self.output or self.process.poll() is not None, "the addresses"
        )
        assert self.is_live(), self.output

    def processes(self, containing: str = "", *, spare: str = "\n") -> dict[int, str]:
        """The processes of this running_app by pid, reported by the folder in their environment."""
        mark = f"XIAOER_VAR={self.var}\0".encode()
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it ended while we looked
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                ours = mark in (folder / "environ").read_bytes()
                if ours and containing in command and spare not in command:
                    found[int(folder.name)] = command
        return found

    def kill(self, containing: str = "", *, spare: str = "\n") -> set[int]:
        """SIGKILL the processes whose command contains a text, but not `spare`; returns their pids."""
        killed = set(self.processes(containing, spare=spare))
        for pid in killed:
            with contextlib.suppress(ProcessLookupError):  # it went with another
                os.kill(pid, signal.SIGKILL)
        return killed

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=TIMEOUT_S)


@contextlib.contextmanager
def run_app(var: Path, **settings: str) -> Iterator[AppProcess]:
    """A running application; whatever the test did to it, nothing of it is left behind."""
    running = AppProcess(var, **settings)
    try:
        running.wait_until_live()
        yield running
    finally:
        if running.process.poll() is None:
            running.stop()
        running.kill()


def startup_error(var: Path, *, root: Path = ROOT, **settings: str) -> str:
    """What bin/run says when it does not start."""
    command, env = [root / "bin" / "run"], clean_environment(var, **settings)
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=180)
    assert done.returncode != 0, done.stdout
    return done.stderr


def clean_environment(var: Path, **settings: str) -> dict[str, str]:
    """The environment of the tests without the settings of whichever runs them."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _SETTINGS and not name.startswith("XIAOER_")
    }
    return {**kept, "XIAOER_VENV": sys.prefix, "XIAOER_VAR": str(var), **settings}


_ports: set[int] = set()


def free_port() -> int:
    """Return a port that is free, and that no earlier call has returned.

    The kernel takes the port of a connection from 32,768 on, so that none takes this one before its server starts.
    """
    while True:
        port = secrets.choice(range(11_000, 32_000))
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            if port not in _ports:
                _ports.add(port)
                return port


def wait_for(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.1)


def _is_listening(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False

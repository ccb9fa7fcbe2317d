"""A web server for a benchmark: granian with the settings of the Procfile, for application and baseline."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def page_environment(folder: str) -> dict[str, str]:
    """Return the environment of an application in a folder, without Redis and without a sandbox."""
    return {
        **os.environ,
        "XIAOER_VAR": folder,
        "REDIS_URL": f"unix://{folder}/none.sock",
        "SANDBOX_URL": "http://127.0.0.1:1",
        "SANDBOX_ACCOUNTS": str(Path(folder) / "accounts.json"),
    }


@contextmanager
def server(application: str, environ: dict[str, str]) -> Iterator[tuple[int, Callable[[], float]]]:
    """Serve the application `app:server` as `bin/run` does, or a WSGI application of a baseline.

    Yields its port and a function that returns the memory of its largest process in MB.
    """
    port = _free_port()
    granian = Path(sys.executable).parent / "granian"
    interface = "rsgi" if application.endswith(":server") else "wsgi --blocking-threads 16"
    options = f"--interface {interface} --workers 2 --backlog 1024 --no-ws --no-access-log"
    command = [str(granian), *options.split(), "--host", "127.0.0.1", "--port", str(port), application]
    process = subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        _wait_until_ready(port)
        yield port, lambda: max(_read_memory_mb(pid) for pid in _child_pids(process.pid))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _wait_until_ready(port: int) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=1)
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


def _child_pids(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def peak_mb(pid: int) -> float:
    """Return the peak memory of a process in MB.

    `ru_maxrss` is not used, because in a new process it starts at the value of the parent.
    """
    return _read_memory_mb(pid, "VmHWM")


def _read_memory_mb(pid: int, field: str = "VmRSS") -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"{field}:\s+(\d+)", status)[1]) / 1024


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

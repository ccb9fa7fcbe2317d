"""A running application whose processes a test can stop, kill and start: the Procfile without supervisors."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import redis

import config
from tests.support.app_process import ROOT, clean_environment, free_port, wait_for

GRANIAN = ["granian", "--interface", "rsgi", "--no-ws", "--no-access-log", "--log-level", "error"]
WEB_OPTIONS = [
    "--backlog",
    "1024",
    "--respawn-failed-workers",
    "--respawn-interval",
    "0.5",
]
PROCESSES = ("redis", "sandbox", "web", "worker-1", "worker-2", "scheduler")


class RunningApp:
    """`start`, `stop` and `kill` take the names of processes; `log` keeps what each of them said."""

    def __init__(self, var: Path, **settings: str) -> None:
        self.var = var
        self.web_port, self.sandbox_port = free_port(), free_port()
        self.sandbox_url = f"http://127.0.0.1:{self.sandbox_port}"
        self.environ = clean_environment(
            var,
            PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            PYTHONPATH=str(ROOT),
            PORT=str(self.web_port),
            SANDBOX_PORT=str(self.sandbox_port),
            SANDBOX_URL=self.sandbox_url,
            SANDBOX_ACCOUNTS=str(var / "sandbox" / "accounts.json"),
            **settings,
        )
        self.processes: dict[str, subprocess.Popen] = {}
        (var / "logs").mkdir(parents=True)

    def prepare(self) -> None:
        """The demo tenants, and what the end-to-end tests need of them besides."""
        for module in ("bin.migrate_and_seed", "tests.end_to_end.seed"):
            self.run(sys.executable, "-m", module)

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """A command of this running_app, to its end."""
        done = subprocess.run(
            command, cwd=ROOT, env=self.environ, capture_output=True, text=True, timeout=180
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def start(self, *names: str) -> None:
        """Start those that do not run, and wait until the routes among them answer."""
        missing = [name for name in names or PROCESSES if not self.is_running(name)]
        for name in missing:
            self.launch(name, self._command(name))
        if "redis" in missing:
            wait_for(self.is_redis_reachable, "redis")
        for name, port in (("web", self.web_port), ("sandbox", self.sandbox_port)):
            if name in missing:
                wait_for(lambda port=port: _is_live(port), f"the {name}")

    def launch(self, name: str, command: list[str]) -> None:
        """Start any command as a process of this running_app."""
        with (self.var / "logs" / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, cwd=ROOT, env=self.environ, stdout=log, stderr=log, start_new_session=True
            )

    def launch_web(self, name: str, application: str) -> int:
        """One more web process, on a port of its own."""
        port = free_port()
        self.launch(name, [*GRANIAN, "--port", str(port), "--workers", "1", *WEB_OPTIONS, application])
        wait_for(lambda: _is_live(port), f"the {name}")
        return port

    def stop(self, *names: str) -> None:
        """Let them end in peace."""
        for name in names:
            self.processes[name].send_signal(signal.SIGTERM)
        for name in names:
            self.processes[name].wait(20)
            del self.processes[name]  # only now: what does not end is killed with the running_app

    def kill(self, *names: str) -> None:
        """SIGKILL, and everything that they started with them."""
        for name in names:
            process = self.processes.pop(name)
            with contextlib.suppress(ProcessLookupError):  # it had ended by itself
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)

    def kill_web_worker(self) -> None:
        """SIGKILL one of the processes that answer; granian starts another."""
        wait_for(lambda: len(self._web_workers()) >= 2, "two web workers")
        os.kill(self._web_workers()[-1], signal.SIGKILL)

    def is_running(self, name: str) -> bool:
        return name in self.processes and self.processes[name].poll() is None

    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(config.read(self.environ).redis_url)

    def is_redis_reachable(self) -> bool:
        with self.redis() as client, contextlib.suppress(redis.ConnectionError):
            return bool(client.ping())
        return False

    def account(self, key: str = "demo") -> dict[str, Any]:
        """The account behind a key, secrets included."""
        book = json.loads((self.var / "sandbox" / "accounts.json").read_text())
        return next(row for row in book if (row["callback"] or "").endswith(f"/wechat/{key}"))

    def _web_workers(self) -> list[int]:
        threads = Path(f"/proc/{self.processes['web'].pid}/task").glob("*/children")
        return [int(pid) for thread in threads for pid in thread.read_text().split()]

    def _command(self, name: str) -> list[str]:
        return {
            "redis": [sys.executable, "bin/redis"],
            "sandbox": ["bin/sandbox"],
            "web": [*GRANIAN, "--port", str(self.web_port), "--workers", "2", *WEB_OPTIONS, "app:server"],
            "scheduler": [sys.executable, "-m", "tasks.scheduler"],
        }.get(name, [sys.executable, "-m", "tasks.worker"])


@contextlib.contextmanager
def run_app(var: Path, **settings: str) -> Iterator[RunningApp]:
    """A prepared running_app with everything running; none of it is left afterwards."""
    running_app = RunningApp(var, **settings)
    try:
        running_app.prepare()
        running_app.start()
        yield running_app
    finally:
        running_app.kill(*list(running_app.processes))


def _is_live(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=2) as answer:
            return answer.status == 200
    except (OSError, urllib.error.URLError):
        time.sleep(0.05)
        return False

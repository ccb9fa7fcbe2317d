"""The application of the browser tests: sandbox, web and worker as processes of their own, in a folder and on ports
of their own; Redis is left out, so the worker finds its work by itself.
"""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.app_process import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
STARTUP_TIMEOUT_S = 120
STOP_TIMEOUT_S = 10


class RunningApp:
    """`facts` are what `tests.browser.seed` printed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.web, self.sandbox = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        self.facts: dict[str, Any] = {}
        self._running: list[subprocess.Popen] = []
        self._seeds: subprocess.Popen | None = None

    def start(self) -> None:
        """Start everything and wait until it answers."""
        self._serve("sandbox.app:app", self.sandbox, threads=16)
        self._seeds = self._launch(
            "seeds", "tests.browser.seed_runner", stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._wait(self.sandbox)
        self.facts = self._seed()
        self._serve("app:server", self.web)
        self._launch("worker", "tasks.worker")
        self._wait(self.web)

    def stop(self) -> None:
        """Stop what was started, the last first."""
        for process in reversed(self._running):
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._seeds is not None:
            self._seeds.stdin.close()
            self._seeds.stdout.close()

    @property
    def database_file(self) -> Path:
        """The file of the tenant's database."""
        return self.folder / "var" / "tenants" / "walk.db"

    def log(self) -> str:
        """What the processes wrote."""
        return "\n".join(f"== {path.stem}\n{path.read_text()}" for path in self.folder.glob("*.log"))

    def _seed(self) -> dict[str, Any]:
        return self.run_seed("tests.browser.seed", str(self._accounts_file))

    def run_seed(self, module: str, *arguments: str) -> dict[str, Any]:
        """Run a module that seeds something, and return what it printed as JSON."""
        return json.loads(self.run_module(module, *arguments).splitlines()[-1])

    def run_module(self, module: str, *arguments: str) -> str:
        """Run a module beside the application, and return what it printed."""
        assert self._seeds is not None, "the application does not run"
        self._seeds.stdin.write(json.dumps([module, *arguments]).encode() + b"\n")
        self._seeds.stdin.flush()
        answer = self._seeds.stdout.readline()
        assert answer, self.log()
        done = json.loads(answer)
        assert done["exit_code"] == 0, done["errors"]
        return done["output"]

    def _serve(self, target: str, url: str, *, threads: int | None = None) -> None:
        port = url.rpartition(":")[2]
        interface = ("wsgi", "--blocking-threads", str(threads)) if threads else ("rsgi",)
        options = ("--workers", "1", "--no-ws", "--interface", *interface)
        self._launch(
            target.partition(".")[0].partition(":")[0],
            "granian", target, "--host", "127.0.0.1", "--port", port, *options, "--log-level", "warning",
        )  # fmt: skip

    def _launch(self, name: str, module: str, *arguments: str, **pipes: int) -> subprocess.Popen:
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                env=self._environment(),
                **({"stdout": log, "stderr": log} | pipes),
            )
        self._running.append(process)
        return process

    def _environment(self) -> dict[str, str]:
        unwanted = ("DATABASE_URL", "REDIS_URL", "XIAOER_ENV", "XIAOER_KEYS", "XIAOER_INDEX_KEY")
        inherited = {name: value for name, value in os.environ.items() if name not in unwanted}
        return inherited | {
            "XIAOER_VAR": str(self.folder / "var"),
            "PUBLIC_URL": self.web,
            "SANDBOX_URL": self.sandbox,
            "SANDBOX_ACCOUNTS": str(self._accounts_file),
            "PYTHONPATH": str(ROOT),
        }

    @property
    def _accounts_file(self) -> Path:
        return self.folder / "sandbox" / "accounts.json"

    def _wait(self, url: str) -> None:
        deadline = time.monotonic() + STARTUP_TIMEOUT_S
        while not _is_live(url):
            ended = [process for process in self._running if process.poll() is not None]
            assert not ended, self.log()
            assert time.monotonic() < deadline, f"{url} does not answer\n{self.log()}"
            time.sleep(0.1)


@contextmanager
def run_app(folder: Path) -> Iterator[RunningApp]:
    """Start an application in a folder, and stop it at the end, also if its start fails."""
    running_app = RunningApp(folder)
    try:
        running_app.start()
        yield running_app
    finally:
        running_app.stop()


def _is_live(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health/live", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False

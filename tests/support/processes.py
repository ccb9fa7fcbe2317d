"""Real processes over the tests' tenants, like the workers and web servers of an application."""

import importlib
import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Barrier
from typing import Any

from store import layers
from store.core import encryption
from store.tenants import registry
from tests.support import database

# A process forked from a server that has imported everything starts in a tenth of the time of a new interpreter.
_forkserver = multiprocessing.get_context("forkserver")
_forkserver.set_forkserver_preload(["tests.support.forked_processes"])
_barrier: Barrier | None = None


@dataclass(frozen=True)
class ProcessGroup:
    """What a process has to know to stand in `acme`."""

    url: str
    folder: Path
    keys: encryption.Keys

    def run_together(self, count: int, work: Callable[..., Any], *args: Any) -> list[Any]:
        """Run `work(number, *args)` in processes of their own that start together; returns what each returned.

        `work` is at the top of a test file, since the processes import it.
        """
        gate = _forkserver.Barrier(count)
        with ProcessPoolExecutor(count, _forkserver, initializer=_initialize, initargs=(self, gate)) as pool:
            return list(pool.map(_run_at_barrier, [work] * count, range(count), [args] * count))

    def start(self, work: Callable[..., None], *args: Any) -> BaseProcess:
        """Start `work(*args)` in a process of its own."""
        process = _forkserver.Process(target=_run_single, args=(self, work, args))
        process.start()
        return process

    def start_program(self, module: str, environment: dict[str, str]) -> BaseProcess:
        """Start the `main` of a module, such as `tasks.worker`, in a process of its own with these variables."""
        process = _forkserver.Process(target=_run_program, args=(module, environment))
        process.start()
        return process

    def run_until_killed(self, work: Callable[..., None], *args: Any) -> bool:
        """Run `work(*args)` in a process of its own; returns whether it was killed while at it."""
        process = self.start(work, *args)
        process.join(60)
        return process.exitcode == -signal.SIGKILL


def _initialize(process_group: ProcessGroup, barrier: Any) -> None:
    global _barrier
    _barrier = barrier
    encryption.load_keys(process_group.keys)
    layers.import_all()
    database.install_subscriptions()
    registry.open_registry(process_group.url, process_group.folder)


def _run_at_barrier(work: Callable[..., Any], number: int, args: tuple) -> Any:
    with registry.use_tenant("acme"):
        assert _barrier is not None
        _barrier.wait(60)
        return work(number, *args)


def _run_single(process_group: ProcessGroup, work: Callable[..., None], args: tuple) -> None:
    _initialize(process_group, None)
    with registry.use_tenant("acme"):
        work(*args)


def _run_program(module: str, environment: dict[str, str]) -> None:
    os.environ.update(environment)
    importlib.import_module(module).main()

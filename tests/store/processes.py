"""Real processes over the tests' companies, as the workers and web servers of a house are."""

import multiprocessing
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier
from typing import Any

from store import wings
from store.company import tenants
from store.kernel import secrets
from tests import world

_spawn = multiprocessing.get_context("spawn")
_gate: Barrier | None = None


@dataclass(frozen=True)
class House:
    """What a process has to know to stand in `acme`."""

    url: str
    folder: Path
    keys: secrets.Keys

    def together(self, count: int, work: Callable[..., Any], *args: Any) -> list[Any]:
        """Run `work(number, *args)` in processes of their own that start together; returns what each returned.

        `work` stands at the top of a test file, since the processes import it.
        """
        gate = _spawn.Barrier(count)
        with ProcessPoolExecutor(count, _spawn, initializer=_move_in, initargs=(self, gate)) as pool:
            return list(pool.map(_at_the_gate, [work] * count, range(count), [args] * count))

    def killed_in(self, work: Callable[..., None], *args: Any) -> bool:
        """Run `work(*args)` in a process of its own; returns whether it was killed while at it."""
        process = _spawn.Process(target=_alone, args=(self, work, args))
        process.start()
        process.join(60)
        return process.exitcode == -signal.SIGKILL


def _move_in(house: House, gate: Any) -> None:
    global _gate
    _gate = gate
    secrets.load(house.keys)
    wings.load()
    world.install_reactions()
    tenants.open_registry(house.url, house.folder)


def _at_the_gate(work: Callable[..., Any], number: int, args: tuple) -> Any:
    with tenants.using("acme"):
        assert _gate is not None
        _gate.wait(60)
        return work(number, *args)


def _alone(house: House, work: Callable[..., None], args: tuple) -> None:
    _move_in(house, None)
    with tenants.using("acme"):
        work(*args)

"""States from which tests begin: both tenants as they were seeded once, copied instead of seeded again."""

import functools
import shutil
import time
from collections.abc import Callable, Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from store.tenants import registry
from tests.support import database

MAX_AGE_S = 50  # an older copy is built again, because codes and deadlines in it run out
TENANTS = {"acme": "小二便利", "rival": "对门超市"}

_builders: dict[str, Callable[[], Any]] = {}
_ageless: set[str] = set()


def snapshot_fixture(build: Callable[[], Any], *, ages: bool = True) -> Any:
    """Make a fixture of this name: `acme` with what the function builds there, and what it returned.

    With `ages=False` the function and the tests set their clock, so that the copy can be used for ever.
    The name is known to all tests of a process, so no other fixture may have it.
    """
    _builders[build.__name__] = build
    if not ages:
        _ageless.add(build.__name__)

    @functools.wraps(build)
    def fixture(acme: str, _snapshots: "SnapshotCache") -> Any:
        return deepcopy(_snapshots.results[build.__name__])

    del fixture.__wrapped__  # pytest would read the builder's parameters
    return pytest.fixture(fixture)


class _Snapshot(NamedTuple):
    taken_at: float
    account_keys: list[dict[str, Any]]


class SnapshotCache:
    """The tenants of a test process, in the states that were kept."""

    def __init__(self, folder: Path, server_url: str | None) -> None:
        self._folder, self._on_files = folder, server_url is None
        self._snapshots: dict[str, _Snapshot] = {}
        self.results: dict[str, Any] = {}

    def build_or_restore(self, fixtures: Iterable[str]) -> None:
        """Bring the tenants to the state that these fixtures ask for."""
        names = set(fixtures)
        asked = next((name for name in _builders if name in names), None)
        if asked is None:
            self.restore("seeded" if names & {"acme", "seeded_tenants"} else "empty")
        elif self._is_usable(asked):
            self.restore(asked)
        else:
            self.restore("seeded", reset_sequences=True)
            with registry.use_tenant("acme"):
                self.results[asked] = _builders[asked]()
            self.take(asked)

    def _is_usable(self, state: str) -> bool:
        kept = self._snapshots.get(state)
        return kept is not None and (state in _ageless or time.monotonic() < kept.taken_at + MAX_AGE_S)

    def take(self, state: str) -> None:
        """Lay a copy of both tenants aside, as they are now."""
        self._snapshots[state] = _Snapshot(time.monotonic(), database.list_account_keys())
        if self._on_files:
            registry.close_all()
            shutil.copytree(self._folder, self._snapshot_folder(state), dirs_exist_ok=True)
        else:
            for slug in TENANTS:
                with registry.use_tenant(slug):
                    database.snapshot(state)

    def restore(self, state: str, *, reset_sequences: bool = False) -> None:
        if self._on_files:
            registry.close_all()
            shutil.rmtree(self._folder / "tenants")
            for end in ("-wal", "-shm"):  # left by a process that was killed, and of another file then
                (self._folder / f"registry.db{end}").unlink(missing_ok=True)
            shutil.copytree(self._snapshot_folder(state) / "tenants", self._folder / "tenants")
            shutil.copy(self._snapshot_folder(state) / "registry.db", self._folder / "registry.db")
        else:
            database.replace_account_keys(self._snapshots[state].account_keys)
            for slug in TENANTS:
                with registry.use_tenant(slug):
                    database.restore(state, reset_sequences=reset_sequences)

    def remove(self) -> None:
        """Delete the copies that are files; a server's end with it."""
        for state in self._snapshots if self._on_files else ():
            shutil.rmtree(self._snapshot_folder(state))

    def _snapshot_folder(self, state: str) -> Path:
        return self._folder.with_name(f"{self._folder.name}-{state}")

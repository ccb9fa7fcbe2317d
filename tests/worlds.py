"""States from which tests begin: both companies as they were laid out once, copied instead of laid out again."""

import functools
import shutil
import time
from collections.abc import Callable, Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from store.company import tenants
from tests import world

FRESH_S = 20  # what was laid out longer ago is laid out anew: codes and deadlines in it run out
COMPANIES = {"acme": "小二便利", "rival": "对门超市"}

_builders: dict[str, Callable[[], Any]] = {}


def laid_out(build: Callable[[], Any]) -> Any:
    """A fixture of this name: `acme` with what the function builds there, and what it returned.

    The name is known to all tests of a process, so no other fixture may have it.
    """
    _builders[build.__name__] = build

    @functools.wraps(build)
    def fixture(acme: str, _worlds: "Worlds") -> Any:
        return deepcopy(_worlds.built[build.__name__])

    del fixture.__wrapped__  # pytest would read the builder's parameters
    return pytest.fixture(fixture)


class _Kept(NamedTuple):
    at: float
    account_keys: list[dict[str, Any]]


class Worlds:
    """The companies of a test process, in the states that were kept."""

    def __init__(self, folder: Path, server_url: str | None) -> None:
        self._folder, self._on_files = folder, server_url is None
        self._kept: dict[str, _Kept] = {}
        self.built: dict[str, Any] = {}

    def begin(self, fixtures: Iterable[str]) -> None:
        """Bring the companies to the state that these fixtures ask for."""
        names = set(fixtures)
        asked = next((name for name in _builders if name in names), None)
        if asked is None:
            self.bring_back("furnished" if "acme" in names else "bare")
        elif asked in self._kept and time.monotonic() < self._kept[asked].at + FRESH_S:
            self.bring_back(asked)
        else:
            self.bring_back("furnished", counted_anew=True)
            with tenants.using("acme"):
                self.built[asked] = _builders[asked]()
            self.keep(asked)

    def keep(self, state: str) -> None:
        """Lay a copy of both companies aside, as they are now."""
        self._kept[state] = _Kept(time.monotonic(), world.registry_keys())
        if self._on_files:
            tenants.close_all()
            shutil.copytree(self._folder, self._aside(state), dirs_exist_ok=True)
        else:
            for slug in COMPANIES:
                with tenants.using(slug):
                    world.keep(state)

    def bring_back(self, state: str, *, counted_anew: bool = False) -> None:
        if self._on_files:
            tenants.close_all()
            shutil.rmtree(self._folder / "tenants")
            shutil.copytree(self._aside(state) / "tenants", self._folder / "tenants")
            shutil.copy(self._aside(state) / "registry.db", self._folder / "registry.db")
        else:
            world.set_registry(self._kept[state].account_keys)
            for slug in COMPANIES:
                with tenants.using(slug):
                    world.bring_back(state, counted_anew=counted_anew)

    def remove(self) -> None:
        """Delete the copies that are files; a server's end with it."""
        for state in self._kept if self._on_files else ():
            shutil.rmtree(self._aside(state))

    def _aside(self, state: str) -> Path:
        return self._folder.with_name(f"{self._folder.name}-{state}")

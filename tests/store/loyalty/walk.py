"""The long walks: so many lives of so many steps beside a plain model, and mistakes sown to see that they are found.

A life is one transaction that is undone at its end: a step costs no fsync, and lives do not meet.
"""

import inspect
import os
import textwrap
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cached_property
from types import ModuleType
from typing import Any, TypeVar

import peewee
import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, run_state_machine_as_test

from store.checks.finding import Check
from store.kernel import db, recent
from store.kernel.refusals import Refused
from store.people import merges

# How a walk stumbles: over the model, a refusal that the model does not know, a wall of the database.
STUMBLES = (AssertionError, Refused, peewee.IntegrityError)


class Walker(RuleBasedStateMachine):
    """A life in the company: rules are what people do, `checks` what has to hold at the end."""

    checks: tuple[Check, ...] = ()
    steps = 0  # things asked of the store in all lives of a walk, beside what each begins with

    def __init__(self) -> None:
        super().__init__()
        self._life = undone()
        self._life.__enter__()
        self._begun = False

    @invariant()
    def begun(self) -> None:
        self._begun = True

    def step(self) -> None:
        """Count one thing that is asked of the store; what a story tells are several."""
        type(self).steps += self._begun

    def teardown(self) -> None:
        try:
            found = [finding.sentence for check in self.checks for finding in check.findings()]
        finally:
            self._life.__exit__(None, None, None)
            recent.forget()
        assert not found, found

    def agree(self, refusal: str | None, work: Callable[[], Any]) -> None:
        """The store refuses with the code that the model expects; what it wrote until then is gone."""
        self.step()
        code = None
        try:
            with db.database.savepoint() if refusal else nullcontext():
                work()
        except Refused as told:
            code = told.code
        assert code == refusal


W = TypeVar("W", bound=Walker)


def walk(machine: type[Walker], *, steps: int, length: int = 100) -> int:
    """Take at least so many steps, in lives of at most `length` rules; returns how many were taken.

    A failure names the seed with which to walk the same way again; `SHRINK=1` looks for the shortest.
    """
    first = number = int(os.environ["SEED"])  # tests/conftest.py draws one for each run
    phases = (Phase.generate, Phase.shrink) if os.environ.get("SHRINK") else (Phase.generate,)
    machine.steps = 0
    while machine.steps < steps:
        lives = max((steps - machine.steps) // length, 5)
        try:
            _live(seed(number)(machine), lives, length, phases=phases)
        except BaseException as error:
            error.add_note(f"after {machine.steps} steps; SEED={first} walks the same way again")
            raise
        number += 1
    return machine.steps


def stumbles(machine: type[Walker], *, lives: int = 100, length: int = 12) -> bool:
    """Whether one of these lives, the same in every run, does not come out as the model says."""
    try:
        _live(machine, lives, length, phases=(Phase.generate,), derandomize=True)
    except STUMBLES:
        return True
    return False


def stumbles_over(lives: Iterable[Callable[[], None]]) -> bool:
    """Whether one of these does not come out as the model says."""
    try:
        for live in lives:
            live()
    except STUMBLES:
        return True
    return False


@contextmanager
def lived(machine: type[W]) -> Iterator[W]:
    """A life that follows its own course and no dice of hypothesis."""
    life = machine()
    try:
        yield life
    finally:
        life.teardown()


@contextmanager
def sown(module: ModuleType, name: str, right: str, wrong: str) -> Iterator[None]:
    """A function, or a class's (`_Border.debts`), with a mistake in it: `wrong` for `right`, which it holds once."""
    whose, _, called = name.rpartition(".")
    place = getattr(module, whose) if whose else module
    original = vars(place)[called]
    source = textwrap.dedent(inspect.getsource(getattr(original, "func", original)))
    assert source.count(right) == 1, "the mistake has to change the function"
    found: dict[str, Any] = {}
    exec(source.replace(right, wrong), vars(module), found)
    if isinstance(original, cached_property):
        found[called].__set_name__(place, called)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place, called, found[called])
        for carriers in ("OF_CUSTOMER", "OF_MEMBER"):  # what travels in a merge is known there by itself
            known = [_instead(carrier, original, found[called]) for carrier in getattr(merges, carriers)]
            patch.setattr(merges, carriers, known)
        yield


@contextmanager
def merging_only(*nouns: ModuleType) -> Iterator[None]:
    """Nothing else travels in a merge: most of what a merge costs is to look for what people do not have here."""
    names = {noun.__name__ for noun in nouns}
    with pytest.MonkeyPatch.context() as patch:
        for carriers in ("OF_CUSTOMER", "OF_MEMBER"):
            known = [each for each in getattr(merges, carriers) if each.field.model.__module__ in names]
            patch.setattr(merges, carriers, known)
        yield


def _instead(carrier: merges.Carrier, original: Any, changed: Any) -> merges.Carrier:
    ways = ("how", "back", "hinders")
    return carrier._replace(**{way: changed for way in ways if getattr(carrier, way) is original})


@contextmanager
def undone() -> Iterator[None]:
    with db.database.transaction() as transaction:
        yield
        transaction.rollback()


def _live(machine: Any, lives: int, length: int, **more: Any) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=lives, stateful_step_count=length, deadline=None, database=None, print_blob=True,
            suppress_health_check=list(HealthCheck), report_multiple_bugs=False, **more,
        ),
    )  # fmt: skip

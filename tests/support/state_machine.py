"""State machines: long random runs beside a plain model, and mutations that must be detected.

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

from store.core import cache
from store.core.database import db
from store.core.errors import DomainError
from store.customers.merging import rules as merge_rules
from store.integrity.check import Check

# How a walk detects: over the model, a rejection that the model does not know, a wall of the database.
DETECTING_ERRORS = (AssertionError, DomainError, peewee.IntegrityError)


class StoreMachine(RuleBasedStateMachine):
    """A life in the tenant: rules are what people do, `checks` what has to hold at the end."""

    checks: tuple[Check, ...] = ()
    steps = 0  # things asked of the store in all lives of a walk, beside what each begins with

    def __init__(self) -> None:
        super().__init__()
        self._rollback = rolled_back_transaction()
        self._rollback.__enter__()
        self._is_started = False

    @invariant()
    def mark_started(self) -> None:
        self._is_started = True

    def count_step(self) -> None:
        """Count one thing that is asked of the store; what a story tells are several."""
        type(self).steps += self._is_started

    def teardown(self) -> None:
        try:
            found = [finding.message for check in self.checks for finding in check.list_violations()]
        finally:
            self._rollback.__exit__(None, None, None)
            cache.clear()
        assert not found, found

    def agree(self, rejection: str | None, work: Callable[[], Any]) -> None:
        """The store rejects with the code that the model expects; what it wrote until then is gone."""
        self.count_step()
        code = None
        try:
            with db.database.savepoint() if rejection else nullcontext():
                work()
        except DomainError as result:
            code = result.code
        assert code == rejection


W = TypeVar("W", bound=StoreMachine)


def run_machine(machine: type[StoreMachine], *, steps: int, length: int = 100) -> int:
    """Take at least so many steps, in lives of at most `length` rules; returns how many were taken.

    A failure names the seed with which to walk the same way again; `SHRINK=1` looks for the shortest.
    """
    first = number = int(os.environ["SEED"])  # tests/conftest.py draws one for each run
    phases = (Phase.generate, Phase.shrink) if os.environ.get("SHRINK") else (Phase.generate,)
    machine.steps = 0
    while machine.steps < steps:
        lives = max((steps - machine.steps) // length, 5)
        try:
            _run_hypothesis(seed(number)(machine), lives, length, phases=phases)
        except BaseException as error:
            error.add_note(f"after {machine.steps} steps; SEED={first} walks the same way again")
            raise
        number += 1
    return machine.steps


def detects(machine: type[StoreMachine], *, runs: int = 100, length: int = 12) -> bool:
    """Whether one of these lives, the same in every run, does not come out as the model says."""
    try:
        _run_hypothesis(machine, runs, length, phases=(Phase.generate,), derandomize=True)
    except DETECTING_ERRORS:
        return True
    return False


def detects_in_runs(runs: Iterable[Callable[[], None]]) -> bool:
    """Whether one of these does not come out as the model says."""
    try:
        for live in runs:
            live()
    except DETECTING_ERRORS:
        return True
    return False


@contextmanager
def finished_run(machine: type[W]) -> Iterator[W]:
    """A life that follows its own course and no dice of hypothesis."""
    life = machine()
    try:
        yield life
    finally:
        life.teardown()


@contextmanager
def mutated(module: ModuleType, name: str, original_text: str, mutant_text: str) -> Iterator[None]:
    """A function, or a class's (`_Border.debts`), with a mistake in it: `wrong` for `right`, which it holds once."""
    whose, _, called = name.rpartition(".")
    place = getattr(module, whose) if whose else module
    original = vars(place)[called]
    source = textwrap.dedent(inspect.getsource(getattr(original, "func", original)))
    assert source.count(original_text) == 1, "the mistake has to change the function"
    found: dict[str, Any] = {}
    exec(source.replace(original_text, mutant_text), vars(module), found)
    if isinstance(original, cached_property):
        found[called].__set_name__(place, called)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place, called, found[called])
        for providers in (
            "CUSTOMER_RULES",
            "MEMBER_RULES",
        ):  # what travels in a merge is known there by itself
            known = [
                _replace_operation(provider, original, found[called])
                for provider in getattr(merge_rules, providers)
            ]
            patch.setattr(merge_rules, providers, known)
        yield


@contextmanager
def merge_rules_only(*modules: ModuleType) -> Iterator[None]:
    """Nothing else travels in a merge: most of what a merge costs is to look for what people do not have here."""
    names = {noun.__name__ for noun in modules}
    with pytest.MonkeyPatch.context() as patch:
        for providers in ("CUSTOMER_RULES", "MEMBER_RULES"):
            known = [each for each in getattr(merge_rules, providers) if each.field.model.__module__ in names]
            patch.setattr(merge_rules, providers, known)
        yield


def _replace_operation(
    merge_rule: merge_rules.MergeRule, original: Any, changed: Any
) -> merge_rules.MergeRule:
    ways = ("apply", "undo", "find_blockers")
    return merge_rule._replace(**{way: changed for way in ways if getattr(merge_rule, way) is original})


@contextmanager
def rolled_back_transaction() -> Iterator[None]:
    with db.database.transaction() as transaction:
        yield
        transaction.rollback()


def _run_hypothesis(machine: Any, runs: int, length: int, **options: Any) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=runs, stateful_step_count=length, deadline=None, database=None, print_blob=True,
            suppress_health_check=list(HealthCheck), report_multiple_bugs=False, **options,
        ),
    )  # fmt: skip

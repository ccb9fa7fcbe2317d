"""The point ledger walks beside the book, 20,000 steps in an ordinary run."""

import os

import pytest

from tests.support.point_ledger_machine import LedgerMachine
from tests.support.state_machine import run_machine

# PostgreSQL, where a step costs several times as much, walks less: it is the same code over the same statements.
STEPS = {"sqlite": 20_000, "postgresql": 1_500}


@pytest.mark.timeout(600)
def test_twenty_thousand_steps_come_out_as_in_the_book(acme, database_kind):
    steps = int(os.environ.get("STEPS", STEPS[database_kind]))
    assert run_machine(LedgerMachine, steps=steps) >= steps

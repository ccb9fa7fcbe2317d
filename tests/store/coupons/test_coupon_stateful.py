"""Coupons walk beside the wallets on paper, 20,000 steps in an ordinary run."""

import os

import pytest

from tests.support.coupon_machine import CouponMachine
from tests.support.state_machine import run_machine

STEPS = {"sqlite": 20_000, "postgresql": 1_500}  # as in test_ledger_walk


@pytest.mark.timeout(600)
def test_twenty_thousand_steps_come_out_as_on_paper(acme, database_kind):
    steps = int(os.environ.get("STEPS", STEPS[database_kind]))
    assert run_machine(CouponMachine, steps=steps) >= steps

"""Coupons walk beside the wallets on paper, 20,000 steps in an ordinary run."""

import os

import pytest

from tests.store.loyalty.coupon_life import Life
from tests.store.loyalty.walk import walk

STEPS = {"sqlite": 20_000, "postgresql": 1_500}  # as in test_ledger_walk


@pytest.mark.timeout(600)
def test_twenty_thousand_steps_come_out_as_on_paper(acme, database_kind):
    steps = int(os.environ.get("STEPS", STEPS[database_kind]))
    assert walk(Life, steps=steps) >= steps

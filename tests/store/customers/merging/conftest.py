"""The tenant of `two_customers` at a fixed time, seeded once."""

import functools

import pytest
import time_machine

from store.core import clock
from tests.support import snapshots, two_customers
from tests.support.two_customers import START


@pytest.fixture
def now(acme):
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@functools.partial(snapshots.snapshot_fixture, ages=False)
def two_histories():
    """Both customers and the time at which their histories end."""
    with time_machine.travel(START, tick=False) as traveller:
        tenant = two_customers.fixture_tenant(traveller)
        tenant.ends_at = clock.now()
        return tenant


@pytest.fixture
def town(two_histories, now):
    now.move_to(two_histories.ends_at)
    return two_histories

"""The tenant of `two_customers` at a fixed time, seeded once."""

import functools

import pytest
import time_machine

from store.core import clock
from store.customers.merging import merges
from store.customers.merging import undo as merge_undo
from tests.support import snapshots, two_customers
from tests.support.two_customers import (
    START,
)


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


@pytest.fixture
def pair(now, register):
    """Mei and Wang with nothing but their accounts."""
    return register("13800000001"), register("13800000002")


def merge_by_identity_card(mei, wang):
    merges.merge_manually(survivor=mei.customer, duplicate=wang.customer, proof="身份证")
    return merges.list_merges()[0]


def blocker_messages(merge):
    return [blocker.message for blocker in merge_undo.plan(merge).blockers]


def blocker_codes(merge):
    return [blocker.code for blocker in merge_undo.plan(merge).blockers]


def merge_of(keep, lose):
    merges.merge(survivor=keep, duplicate=lose, proof="test")
    return merges.list_merges()[0]

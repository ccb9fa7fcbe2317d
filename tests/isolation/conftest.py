"""The rival is beside acme, seeded alike, and is watched while the test runs."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from tests.isolation.other_tenant import create_other_tenant, rows_of_other_tenant
from tests.support import snapshots


@snapshots.snapshot_fixture
def rival() -> SimpleNamespace:
    """The rival's rows and names; its row numbers begin where acme has none."""
    return create_other_tenant()


@pytest.fixture
def rival_unchanged(rival) -> Iterator[None]:
    """Whatever the test does, the rival's database is afterwards what it was."""
    before = rows_of_other_tenant()
    yield
    assert rows_of_other_tenant() == before

"""The rival stands beside acme, furnished alike, and is watched while the test runs."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from tests import worlds
from tests.isolation.rival import laid_out, rivals_rows


@worlds.laid_out
def rival() -> SimpleNamespace:
    """The rival's rows and names; its row numbers begin where acme has none."""
    return laid_out()


@pytest.fixture
def unchanged(rival) -> Iterator[None]:
    """Whatever the test does, the rival's database is afterwards what it was."""
    before = rivals_rows()
    yield
    assert rivals_rows() == before

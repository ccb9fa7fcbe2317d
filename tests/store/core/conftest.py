"""What the tests of the kernel share."""

import pytest


@pytest.fixture
def sqlite_only(database_kind):
    if database_kind != "sqlite":
        pytest.skip("PostgreSQL has its own group commit")

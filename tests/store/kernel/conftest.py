"""What the tests of the kernel share."""

import pytest


@pytest.fixture
def only_sqlite(database_kind):
    if database_kind != "sqlite":
        pytest.skip("PostgreSQL has its own group commit")

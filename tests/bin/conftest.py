"""A house for the tests of the command line: on SQLite, or in a fresh database of the PostgreSQL server."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest

from tests.bin.running import Running, house


@pytest.fixture(scope="module")
def settings(server_url: str | None) -> dict[str, str]:
    """What points a house at its database; empty for its own SQLite files."""
    if server_url is None:
        return {}
    name = f"house_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return {"DATABASE_URL": server_url.replace("/postgres?", f"/{name}?")}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str]) -> Iterator[Running]:
    """One house for all tests of a file."""
    with house(tmp_path_factory.mktemp("house") / "var", **settings) as started:
        yield started

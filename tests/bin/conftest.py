"""Houses for the tests of the command line: on SQLite, or each in a new database of the PostgreSQL server."""

import uuid
from collections.abc import Callable, Iterator

import psycopg
import pytest

from tests.support.app_process import AppProcess, run_app

NewDatabase = Callable[[], dict[str, str]]


@pytest.fixture(scope="session")
def new_database(server_url: str | None) -> NewDatabase:
    """Makes the settings that give an application a database to itself; none are needed for its own SQLite files."""

    def make() -> dict[str, str]:
        if server_url is None:
            return {}
        name = f"application_{uuid.uuid4().hex}"
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return {"DATABASE_URL": server_url.replace("/postgres?", f"/{name}?")}

    return make


@pytest.fixture(scope="module")
def running_app(tmp_path_factory: pytest.TempPathFactory, new_database: NewDatabase) -> Iterator[AppProcess]:
    """One application for all tests of a file, in a folder too deep for the socket of its Redis."""
    deep = tmp_path_factory.mktemp("deep" * 25)
    with run_app(deep / "var", **new_database()) as started:
        yield started

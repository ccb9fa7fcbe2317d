"""One running_app for all end-to-end tests of a test process, with everything running and nothing waiting."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.end_to_end.running_app import RunningApp, run_app
from tests.end_to_end.shoppers import InteractionLog
from tests.support.app_process import wait_for


@pytest.fixture(scope="session")
def _running_app(tmp_path_factory: pytest.TempPathFactory, server_url: str | None) -> Iterator[RunningApp]:
    settings = {}
    if server_url is not None:
        name = f"end_to_end_{uuid.uuid4().hex}"
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        settings["DATABASE_URL"] = server_url.replace("/postgres?", f"/{name}?")
    with run_app(tmp_path_factory.mktemp("application") / "var", **settings) as running_app:
        yield running_app


@pytest.fixture
def running_app(_running_app: RunningApp) -> Iterator[RunningApp]:
    """The running_app with every process up, before the story and after it."""
    _running_app.start()
    yield _running_app
    _running_app.start()


@pytest.fixture
def interactions(running_app: RunningApp) -> Iterator[InteractionLog]:
    """A fresh journal; afterwards the records must stand every check that the running_app itself knows."""
    interactions = InteractionLog(running_app)
    wait_for(interactions.records.is_drained, "the deliveries of before")
    yield interactions
    interactions.clear_faults()
    checked = running_app.run("flask", "--app", "app", "verify", check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.end_to_end)

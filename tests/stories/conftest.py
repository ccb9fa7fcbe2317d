"""One house for all stories of a test process; every story finds everything running and nothing waiting."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.bin.running import wait_for
from tests.stories.house import House, opened
from tests.stories.shoppers import Journal


@pytest.fixture(scope="session")
def _house(tmp_path_factory: pytest.TempPathFactory, server_url: str | None) -> Iterator[House]:
    settings = {}
    if server_url is not None:
        name = f"stories_{uuid.uuid4().hex}"
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        settings["DATABASE_URL"] = server_url.replace("/postgres?", f"/{name}?")
    with opened(tmp_path_factory.mktemp("house") / "var", **settings) as house:
        yield house


@pytest.fixture
def house(_house: House) -> Iterator[House]:
    """The house with every process up, before the story and after it."""
    _house.start()
    yield _house
    _house.start()


@pytest.fixture
def journal(house: House) -> Iterator[Journal]:
    """A fresh journal; afterwards the records must stand every check that the house itself knows."""
    journal = Journal(house)
    wait_for(journal.records.drained, "the deliveries of before")
    yield journal
    journal.mend()
    checked = house.run("flask", "--app", "app", "verify", check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.story)

"""The small named world of the tests: two companies side by side, on SQLite or PostgreSQL.

`acme` is the company under test and is in force; `rival` is the stranger that no test may touch by mistake.
Every test starts with both empty but for what `world.furnish` lays out.
"""

import importlib
import logging
import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from apiflask import APIFlask

import accounts
from store import wings
from store.company import tenants
from store.kernel import db, events, recent, secrets
from tests import world
from tests.platform_play import Sandbox
from tests.worlds import COMPANIES, Worlds

# Files that take half a minute and more, so that no process is left alone with one at the end.
LONG = (
    "test_workers", "test_coupon_walk", "test_value_machine", "test_histories", "test_ledger_walk",
    "test_coupon_races", "test_run", "test_coupon_book", "test_redis", "test_verifier",
    "test_personal_data", "test_routes", "test_verbs", "test_ledger_book", "test_nearby", "test_nights",
)  # fmt: skip
KEYS = secrets.Keys(encryption=(("k1", b"1" * 32),), index=b"i" * 32)


ONCE = ("test_redis",)  # stories to which the database makes no difference: they are told beside SQLite only


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=("sqlite", "postgresql"), default="sqlite")


def pytest_configure() -> None:
    """The seed of this run's random walks, drawn here so that the processes of xdist inherit it."""
    os.environ.setdefault("SEED", str(random.SystemRandom().randrange(2**32)))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes longest begins first; what asks for no database runs once, beside SQLite."""
    places = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))
    if config.getoption("--database") == "postgresql":
        here = [i for i in items if "server_url" in i.fixturenames and i.path.stem not in ONCE]
        config.hook.pytest_deselected(items=list(set(items) - set(here)))
        items[:] = here


def pytest_report_header(config: pytest.Config) -> str:
    return f"database: {config.getoption('--database')}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Also without the header, which `-q` leaves out."""
    terminalreporter.write_line(f"random walks: SEED={os.environ['SEED']}")


@pytest.fixture(scope="session")
def database_kind(request: pytest.FixtureRequest) -> str:
    return request.config.getoption("--database")


@pytest.fixture(scope="session")
def server_url(database_kind: str, worker_id: str) -> Iterator[str | None]:
    """A PostgreSQL database of this test process; None on SQLite."""
    if database_kind == "sqlite":
        yield None
        return
    yield from world.postgresql(worker_id)


@pytest.fixture(scope="session")
def _redis_server() -> Iterator[str]:
    yield from world.redis_server()


@pytest.fixture
def redis_url(_redis_server: str) -> str:
    """A real Redis, empty for this test."""
    with redis.Redis.from_url(_redis_server) as client:
        client.flushall()
    return _redis_server


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def _companies(server_url: str | None) -> Iterator[Path]:
    """Both companies, opened and migrated once for the whole run."""
    folder = Path(tempfile.mkdtemp(prefix="xiaoer-tests-"))
    secrets.load(KEYS)
    wings.load()
    tenants.open_registry(server_url or f"sqlite:///{folder / 'registry.db'}", folder / "tenants")
    for slug, name in COMPANIES.items():
        tenants.create(slug=slug, name=name)
    yield folder
    tenants.close_all()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def _worlds(_companies: Path, server_url: str | None) -> Iterator[Worlds]:
    """The states from which tests begin: both companies empty, furnished, or as a test file lays them out."""
    kept = Worlds(_companies, server_url)
    kept.keep("bare")
    world.install_reactions()
    for slug in COMPANIES:
        with tenants.using(slug):
            world.furnish()
    kept.keep("furnished")
    yield kept
    kept.remove()


@pytest.fixture
def companies(
    request: pytest.FixtureRequest, _companies: Path, _worlds: Worlds, server_url: str | None
) -> Iterator[Path]:
    """Both companies as new, and furnished where the test stands in `acme`; yields the folder of their files."""
    recent.forget()
    world.install_reactions()
    _worlds.begin(request.fixturenames)
    yield _companies
    recent.forget()
    if server_url is None:
        tenants.close_all()


@pytest.fixture
def acme(companies: Path) -> Iterator[str]:
    """The company under test, furnished and in force."""
    with tenants.using("acme"):
        yield "acme"


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """The platforms, played on this machine."""
    with Sandbox.running() as played:
        yield played


@pytest.fixture(scope="session")
def _web(_companies: Path, server_url: str | None, sandbox: Sandbox) -> Iterator[APIFlask]:
    """The web application over the tests' companies, as `create_app` puts it up."""
    handlers = logging.getLogger().handlers[:]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in world.environment(_companies, server_url, sandbox.url, KEYS).items():
            patch.setenv(name, value)
        accounts.settings.cache_clear()
        yield importlib.import_module("app").create_app()
    accounts.settings.cache_clear()
    logging.getLogger().handlers[:] = handlers


@pytest.fixture
def web(_web: APIFlask, acme: str, sandbox: Sandbox) -> APIFlask:
    """The web application with both companies furnished and known to the platforms."""
    sandbox.begin(["acme", "rival"])
    return _web


__all__ = ["db", "events"]

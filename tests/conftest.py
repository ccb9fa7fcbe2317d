"""The small named state of the tests: two tenants side by side, on SQLite or PostgreSQL.

`acme` is the tenant under test and is active; `rival` is the stranger that no test may touch by mistake.
Every test starts with both empty but for what `state.seed` lays out.
"""

import gc
import importlib
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import hypothesis
import pytest
import redis
from apiflask import APIFlask
from hypothesis.internal.conjecture import providers
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

import config as config_module
import platform_clients
from miniprogram_api.goods import footprint_recording
from store import layers
from store.core import cache as tenant_cache
from store.core import encryption, events
from store.core.database import db
from store.tenants import registry
from tests.support import database
from tests.support.sandbox_server import Sandbox
from tests.support.snapshots import TENANTS, SnapshotCache

# Folders whose tests share an application of real processes: one process of the tests runs all of them.
SHARED_APPLICATIONS = ("browser/console", "browser/parts", "browser", "end_to_end")
# The pages take as long as two of the others, so their files from this one on are a group with an application of its
# own. The groups are named `browser` and `browser/later`.
LATER_PAGES = "browser/test_message"
# The longest groups start first, so that no process is left alone with one at the end.
LONGEST_FIRST = (
    "browser/console", "browser", "browser/later", "browser/parts", "end_to_end", "test_run", "test_generated_requests",
    "test_phone", "test_seed", "test_routes", "test_verifier", "test_daily_close", "test_many_messages",
    "test_coupon_races", "test_coupon_stateful", "test_stored_value_stateful", "test_ledger_stateful",
    "test_random_histories", "test_undo_random_histories", "test_shop_orders_stateful", "test_stock_stateful",
    "test_orders_stateful", "test_payment_notices_hostile", "test_hostile_input", "test_wechat_late_replies",
    "test_coupon_mutations", "test_operations", "test_rights", "test_draw_races", "test_architecture",
    "test_physical_cards", "test_qr_codes", "test_startup_errors", "test_order_attacks", "test_wechat_malicious_pushes",
    "test_sending", "test_daily_figures", "test_registration",
    "test_ledger_mutations", "test_nearby", "test_undo_loyalty", "test_ledger_races", "test_outbox",
)  # fmt: skip
KEYS = encryption.Keys(encryption=(("k1", b"1" * 32),), index=b"i" * 32)


SEED = "20261128"  # of all random runs; the environment variable SEED replaces it

# Long random runs and mutation tests; other deep tests carry the marker themselves.
DEEP_FILES = ("test_ledger_mutations", "test_coupon_mutations")
# Sizes of the random runs as (SQLite, PostgreSQL), unless the environment sets them.
SIZES = {"STEPS": ("400", "300"), "HISTORIES": ("40", "30")}
DEEP_SIZES = {"STEPS": ("20000", "1500"), "HISTORIES": ("2000", "300")}

# PostgreSQL runs the tests that depend on the database: operations, races, migrations.
POSTGRESQL_FOLDERS = ("store", "tasks", "end_to_end", "isolation", "bin")
SQLITE_ONLY_FILES = ("test_redis",)
# On PostgreSQL in a deep run only: killed processes, what is computed in memory, random runs, and files whose
# statements other files of the same package run there too.
DEEP_ON_POSTGRESQL = (
    "test_run", "test_workers", "test_web", "test_redis", "test_nearby", "test_routes",
    "test_coupon_stateful", "test_stored_value_stateful", "test_ledger_stateful", "test_random_histories",
    "test_undo_random_histories", "test_undo_loyalty", "test_undo_stored_value", "test_undo_points",
    "test_undo_profiles", "test_undo_coupons", "test_streak_rewards", "test_make_ups", "test_worked_examples",
    "test_reversal_debts", "test_progress", "test_retention", "test_rules", "test_authorization",
    "test_expiry_reminders", "test_conversation", "test_menus", "test_keyword_replies", "test_qr_codes",
    "test_location_replies", "test_order_events", "test_statements", "test_cost_report", "test_profiles",
    "test_orders_stateful", "test_payment_stateful", "test_stock_stateful", "test_return_calculation", "test_counting",
    "test_receipts", "test_generated_requests",
    "test_top_up_refunds", "test_cashiers", "test_terminals", "test_own_orders", "test_crashes", "test_pay_codes",
    "test_red_packet_crashes", "test_draw_crashes",
    "test_closing_and_refunds", "test_lost_and_repeated_notices", "test_phone_claims", "test_closings",
    "test_daily_close", "test_check_ins", "test_evaluation", "test_gifts", "test_personal_data",
    "isolation/test_console", "merging/test_undo", "orders/test_returns", "orders/test_placing", "orders/test_payment",
    "coupons/test_bulk_issue", "coupons/test_redemptions", "coupons/test_coupons", "coupons/test_gift_links",
    "stored_value/test_top_ups", "stored_value/test_payments", "stored_value/test_merging",
    "payments/test_red_packets",
)  # fmt: skip

# The same examples in every run, and fewer than Hypothesis would draw by itself.
hypothesis.settings.register_profile(
    "default", derandomize=True, database=None, deadline=None, max_examples=25
)
hypothesis.settings.register_profile("deep", derandomize=True, database=None, deadline=None, max_examples=300)


gc.disable()  # until everything is imported and collected


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.addoption(
        "--deep", action="store_true", help="also long random runs, mutation tests and mass races"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Set the seed and the sizes of the random runs, so that the processes of xdist inherit them."""
    os.environ.setdefault("SEED", SEED)
    deep = config.getoption("--deep")
    os.environ["DEEP"] = "1" if deep else ""
    column = int(config.getoption("--database") == "postgresql")
    hypothesis.settings.load_profile("deep" if deep else "default")
    if not deep:  # values from the code are a few more examples, and reading the whole code takes seconds
        providers._get_local_constants = lambda: providers._local_constants
    for name, values in (DEEP_SIZES if deep else SIZES).items():
        os.environ.setdefault(name, values[column])


class _GroupScheduling(LoadScopeScheduling):
    """Gives all tests of a group to one process."""

    def _split_scope(self, nodeid: str) -> str:
        return _group_of(nodeid)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the folders of which PostgreSQL runs nothing."""
    is_left_out = (
        config.getoption("--database") == "postgresql"
        and collection_path.parent == Path(__file__).parent
        and collection_path.name not in POSTGRESQL_FOLDERS
    )
    return is_left_out or None


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return _GroupScheduling(config, log)


def pytest_collection_finish() -> None:
    """Leave what was collected out of the garbage collection, and collect less often. Both save a fifth of the time."""
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order the longest files first and select by `--deep` and `--database`."""
    order = {name: index for index, name in enumerate(LONGEST_FIRST)}
    items.sort(
        key=lambda item: min(order.get(name, len(order)) for name in (_group_of(item.nodeid), item.path.stem))
    )
    deep_files = set(DEEP_FILES)
    if config.getoption("--database") == "postgresql":
        deep_files |= set(DEEP_ON_POSTGRESQL)
    for item in items:
        if {item.path.stem, f"{item.path.parent.name}/{item.path.stem}"} & deep_files:
            item.add_marker(pytest.mark.deep)
        if config.getoption("--database") == "postgresql" and (
            _is_further_case(item) or item.get_closest_marker("deep_on_postgresql")
        ):
            item.add_marker(pytest.mark.deep)
    chosen = [item for item in items if _is_chosen(item, config)]
    config.hook.pytest_deselected(items=list(set(items) - set(chosen)))
    items[:] = chosen


def _group_of(nodeid: str) -> str:
    """Return what one process runs: a file, or all tests that share an application of real processes."""
    return _group_of_file(nodeid.partition("::")[0])


@cache
def _group_of_file(name: str) -> str:
    path = str(Path(name).relative_to("tests"))
    group = next((folder for folder in SHARED_APPLICATIONS if path.startswith(f"{folder}/")), path)
    return "browser/later" if group == "browser" and path >= LATER_PAGES else group


def _is_further_case(item: pytest.Item) -> bool:
    """Say whether a test has other values than the first case of its function, with the same statements."""
    case = getattr(item, "callspec", None)
    return case is not None and any(case.indices.values())


def _is_chosen(item: pytest.Item, config: pytest.Config) -> bool:
    if item.get_closest_marker("deep") and not config.getoption("--deep"):
        return False
    if config.getoption("--database") == "sqlite":
        return True
    folder = item.path.relative_to(Path(__file__).parent).parts[0]
    needs_database = "server_url" in item.fixturenames and folder in POSTGRESQL_FOLDERS
    return needs_database and item.path.stem not in SQLITE_ONLY_FILES


def pytest_report_header(config: pytest.Config) -> str:
    return f"database: {config.getoption('--database')}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the seed also where `-q` leaves out the header."""
    terminalreporter.write_line(f"random runs: SEED={os.environ['SEED']}")


@pytest.fixture(scope="session")
def database_kind(request: pytest.FixtureRequest) -> str:
    return request.config.getoption("--database")


@pytest.fixture(scope="session")
def server_url(database_kind: str, worker_id: str) -> Iterator[str | None]:
    """A PostgreSQL database of this test process; None on SQLite."""
    if database_kind == "sqlite":
        yield None
        return
    yield from database.start_postgresql(worker_id)


@pytest.fixture(scope="session")
def _redis_server() -> Iterator[str]:
    yield from database.start_redis()


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
def _two_tenants(server_url: str | None) -> Iterator[Path]:
    """Both tenants, opened and migrated once for the whole run."""
    folder = Path(tempfile.mkdtemp(prefix="xiaoer-tests-"))
    encryption.load_keys(KEYS)
    layers.import_all()
    registry.open_registry(server_url or f"sqlite:///{folder / 'registry.db'}", folder / "tenants")
    for slug, name in TENANTS.items():
        registry.create_tenant(slug=slug, name=name)
    yield folder
    registry.close_all()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def _snapshots(_two_tenants: Path, server_url: str | None) -> Iterator[SnapshotCache]:
    """The states from which tests begin: both tenants empty, seeded, or as a test file lays them out."""
    kept = SnapshotCache(_two_tenants, server_url)
    kept.take("empty")
    database.install_subscriptions()
    for slug in TENANTS:
        with registry.use_tenant(slug):
            database.seed_tenant()
    kept.take("seeded")
    yield kept
    kept.remove()


@pytest.fixture
def two_tenants(
    request: pytest.FixtureRequest, _two_tenants: Path, _snapshots: SnapshotCache, server_url: str | None
) -> Iterator[Path]:
    """Both tenants as new, and seeded where the test is in `acme`; yields the folder of their files."""
    tenant_cache.clear()
    database.install_subscriptions()
    _snapshots.build_or_restore(request.fixturenames)
    yield _two_tenants
    tenant_cache.clear()
    if server_url is None:
        registry.close_all()


@pytest.fixture
def seeded_tenants(two_tenants: Path) -> Path:
    """Both tenants seeded and none of them active."""
    return two_tenants


@pytest.fixture
def acme(two_tenants: Path) -> Iterator[str]:
    """The tenant under test, seeded and active."""
    with registry.use_tenant("acme"):
        yield "acme"


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """The platforms, played on this machine."""
    with Sandbox.serve() as played:
        yield played


@pytest.fixture(scope="session")
def _web(_two_tenants: Path, server_url: str | None, sandbox: Sandbox) -> Iterator[APIFlask]:
    """The web application over the tests' tenants, as `create_app` puts it up."""
    handlers = logging.getLogger().handlers[:]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in database.process_environment(_two_tenants, server_url, sandbox.url, KEYS).items():
            patch.setenv(name, value)
        config_module.current.cache_clear()
        platform_clients._http_session.cache_clear()  # one that an earlier test opened leads elsewhere
        yield importlib.import_module("app").create_app()
    config_module.current.cache_clear()
    platform_clients._http_session.cache_clear()
    logging.getLogger().handlers[:] = handlers


@pytest.fixture
def web(_web: APIFlask, acme: str, sandbox: Sandbox) -> Iterator[APIFlask]:
    """The web application with both tenants seeded and known to the platforms."""
    sandbox.reset(["acme", "rival"])
    yield _web
    footprint_recording.wait()


__all__ = ["db", "events"]

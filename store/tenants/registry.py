"""The registry of tenants (租户), each with its own database."""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import peewee

from store.core import clock, errors
from store.core.database import db, migrations
from store.core.database.fields import EncryptedField, UtcDateTimeField

SLUG_PATTERN = re.compile(r"[a-z][a-z0-9_]{1,29}")

registry_database = peewee.DatabaseProxy()


class RegistryModel(peewee.Model):
    """A row of the registry, the small database that lists the tenants."""

    id = peewee.BigAutoField()

    class Meta:
        database = registry_database
        legacy_table_names = False


class Tenant(RegistryModel):
    """`database_url` is empty for a database beside the registry; it may hold a password, so it is encrypted."""

    slug = peewee.CharField(max_length=30, unique=True)
    name = peewee.CharField(max_length=100)
    database_url = EncryptedField(context="tenant.database_url")
    created_at = UtcDateTimeField(default=clock.now)


class AccountKey(RegistryModel):
    """The tenant that an account key of a URL (`/wechat/<key>`) belongs to."""

    key = peewee.CharField(max_length=40, unique=True)
    tenant = peewee.ForeignKeyField(Tenant, backref="account_keys", on_delete="CASCADE")
    kind = peewee.CharField(max_length=30)


_default_url = ""
_tenants_folder = Path()
_databases: dict[str, db.Database] = {}
_open_lock = threading.Lock()


def open_registry(url: str, folder: Path) -> None:
    """Open the registry at `url`. SQLite tenants get files in `folder`, others schemas beside it."""
    global _default_url, _tenants_folder
    close_all()
    _default_url, _tenants_folder = url, folder
    registry_database.initialize(_connect(url))
    with registry_database.connection_context():
        migrations.migrate(registry_database.obj, "registry")


def create_tenant(*, slug: str, name: str, database_url: str | None = None) -> Tenant:
    """Create a tenant with its own database, migrated to the current schema.

    Not one transaction: the database is created first and registered last, so a failure in between leaves no tenant
    and the call may be repeated.
    """
    if not SLUG_PATTERN.fullmatch(slug):
        raise errors.invalid("slug", "以小写字母开头，仅含小写字母、数字和下划线，2–30 位")
    if not 1 <= len(name.strip()) <= 100:
        raise errors.invalid("name", "请填写公司名称，最多 100 个字")
    if database_url and not database_url.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise errors.invalid("database_url", "应以 sqlite:/// 或 postgresql:// 开头")
    with _migration_lock():
        if Tenant.select().where(Tenant.slug == slug).exists():
            raise errors.DomainError("tenant_exists", f"租户 {slug} 已存在")
        _create_database(database_url or _database_url(slug), slug)
        return Tenant.create(slug=slug, name=name.strip(), database_url=database_url or "")


@contextmanager
def use_tenant(slug: str) -> Iterator[None]:
    """Select the current tenant for the block. Raises DomainError(not_found)."""
    with db.use_database(slug, _get_database(slug)):
        yield


def list_tenants() -> list[Tenant]:
    """Return all tenants by slug."""
    with _connect_registry():
        return list(Tenant.select().order_by(Tenant.slug))


def get_current_name() -> str:
    """Return the name of the current tenant."""
    slug = db.current_tenant()
    if slug not in _names:
        with _connect_registry():
            _names[slug] = Tenant.get(Tenant.slug == slug).name
    return _names[slug]


def list_slugs() -> list[str]:
    """Return the slugs of all tenants."""
    return [tenant.slug for tenant in list_tenants()]


def migrate_tenant(slug: str) -> list[str]:
    """Migrate one tenant to the current schema and return the migrations applied."""
    with _migration_lock(), use_tenant(slug):
        return migrations.migrate(db.database.obj, "tenant")


def register_account_key(*, key: str, kind: str) -> None:
    """Register an account key for the current tenant. A key belongs to one tenant for ever."""
    slug = db.current_tenant()
    with _connect_registry(), registry_database.atomic():
        owner = AccountKey.select(AccountKey, Tenant).join(Tenant).where(AccountKey.key == key).first()
        if owner is None:
            AccountKey.create(key=key, kind=kind, tenant=Tenant.get(Tenant.slug == slug))
        elif owner.tenant.slug != slug:
            raise errors.DomainError("account_key_taken", f"账号标识 {key} 已被使用")


def list_account_keys() -> dict[str, str]:
    """Return the account keys of the current tenant with the kinds of their channels."""
    slug = db.current_tenant()
    with _connect_registry():
        rows = AccountKey.select(AccountKey.key, AccountKey.kind).join(Tenant).where(Tenant.slug == slug)
        return {row.key: row.kind for row in rows}


def find_cached_slug(key: str) -> str | None:
    """Return the slug of the tenant of an account key if this process knows it, without a query."""
    return _slugs_by_account_key.get(key)


def get_slug_by_account_key(key: str) -> str:
    """Return the slug of the tenant of an account key. Raises DomainError(not_found)."""
    found = _slugs_by_account_key.get(key)
    if found is None:
        with _connect_registry():
            row = AccountKey.select(AccountKey, Tenant).join(Tenant).where(AccountKey.key == key).first()
        if row is None:
            raise errors.not_found("该账号")
        found = _slugs_by_account_key[key] = row.tenant.slug
    return found


def peek_slug_by_account_key(key: str) -> str | None:
    """Return the slug of the tenant of an account key if this process has looked it up before, or None."""
    return _slugs_by_account_key.get(key)


def close_all() -> None:
    """Close every database of this process, before forking and between tests."""
    for handle in _databases.values():
        handle.close_all()
    _databases.clear()
    _slugs_by_account_key.clear()
    _names.clear()
    if registry_database.obj is not None:
        registry_database.obj.close_all()


_slugs_by_account_key: dict[str, str] = {}
_names: dict[str, str] = {}  # a tenant's name never changes


@contextmanager
def _connect_registry() -> Iterator[None]:
    with db.open_connection(registry_database.obj):
        yield


@contextmanager
def _migration_lock() -> Iterator[None]:
    """Hold a transaction of the registry, so that one process at a time migrates databases."""
    with _connect_registry(), registry_database.atomic():
        if isinstance(registry_database.obj, peewee.PostgresqlDatabase):
            registry_database.execute_sql("SELECT pg_advisory_xact_lock(hashtextextended('tenants', 0))")
        yield


def _create_database(url: str, slug: str) -> None:
    """Create a tenant's database, or migrate one that was left incomplete."""
    handle = _open_database(url, slug)
    try:
        _create_schema(url, slug)
        with db.use_database(slug, handle):
            migrations.migrate(handle, "tenant")
    finally:
        handle.close_all()


def _get_database(slug: str) -> db.Database:
    handle = _databases.get(slug)
    if handle is None:
        with _open_lock:
            with _connect_registry():
                row = Tenant.get_or_none(Tenant.slug == slug)
            if row is None:
                raise errors.not_found("该租户")
            handle = _databases.setdefault(
                slug, _open_database(row.database_url or _database_url(slug), slug)
            )
    return handle


def _database_url(slug: str) -> str:
    if _default_url.startswith("sqlite:"):
        return f"sqlite:///{_tenants_folder / slug}.db"
    return _default_url


def _open_database(url: str, slug: str) -> db.Database:
    return _connect(url, schema=_schema_name(slug))


def _connect(url: str, *, schema: str | None = None) -> db.Database:
    """Return the database of a URL; create the folder of a SQLite file, readable by its owner only."""
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _create_private_file(path)
        return db.connect(url)
    return db.connect(url, schema=schema)


def _create_private_file(path: Path) -> None:
    """Create a missing database file for its owner only; SQLite gives `-wal` and `-shm` the same mode."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _schema_name(slug: str) -> str:
    return f"tenant_{slug}"


def _create_schema(url: str, slug: str) -> None:
    if url.startswith("sqlite:///"):
        return
    server = db.connect(url)
    server.execute_sql(
        f"CREATE SCHEMA IF NOT EXISTS {_schema_name(slug)}"
    )  # the slug was checked letter by letter
    server.close_all()

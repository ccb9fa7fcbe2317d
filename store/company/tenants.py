"""A tenant (租户): one company or group with a database of its own, found through the registry."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import peewee

from store.kernel import clock, db, migrations, refusals
from store.kernel.fields import Encrypted, Moment

SLUG = re.compile(r"[a-z][a-z0-9_]{1,29}")

registry = peewee.DatabaseProxy()


class RegistryRecord(peewee.Model):
    """A row of the registry: the one small database that knows which tenants there are."""

    id = peewee.BigAutoField()

    class Meta:
        database = registry
        legacy_table_names = False


class Tenant(RegistryRecord):
    """`database_url` is empty beside the registry, which may move; it may hold a password, so it is kept encrypted."""

    slug = peewee.CharField(max_length=30, unique=True)
    name = peewee.CharField(max_length=100)
    database_url = Encrypted()
    created_at = Moment(default=clock.now)


class AccountKey(RegistryRecord):
    """Which tenant an account key in an address (`/wechat/<key>`) belongs to."""

    key = peewee.CharField(max_length=40, unique=True)
    tenant = peewee.ForeignKeyField(Tenant, backref="account_keys", on_delete="CASCADE")
    kind = peewee.CharField(max_length=30)


_default_url = ""
_folder = Path()
_handles: dict[str, db.Handle] = {}
_opening = threading.Lock()


def open_registry(url: str, folder: Path) -> None:
    """Open the registry at `url`; SQLite tenants get their files in `folder`, others schemas beside it."""
    global _default_url, _folder
    close_all()
    _default_url, _folder = url, folder
    registry.initialize(_at(url))
    with registry.connection_context():
        migrations.migrate(registry.obj, "registry")


def create(*, slug: str, name: str, database_url: str | None = None) -> Tenant:
    """Open a tenant with a database of its own, brought to the present shape.

    Not one transaction: a database is made first and entered last, so a failure in between
    leaves no tenant behind and the same call may be repeated.
    """
    if not SLUG.fullmatch(slug):
        raise refusals.invalid("slug", "以小写字母开头，仅含小写字母、数字和下划线，2–30 位")
    if not 1 <= len(name.strip()) <= 100:
        raise refusals.invalid("name", "请填写公司名称，最多 100 个字")
    if database_url and not database_url.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise refusals.invalid("database_url", "应以 sqlite:/// 或 postgresql:// 开头")
    with _one_at_a_time():
        if Tenant.select().where(Tenant.slug == slug).exists():
            raise refusals.Refused("tenant_exists", f"租户 {slug} 已存在")
        _build(database_url or _url_for(slug), slug)
        return Tenant.create(slug=slug, name=name.strip(), database_url=database_url or "")


@contextmanager
def using(slug: str) -> Iterator[None]:
    """Put a tenant in force for the block; raises Refused(not_found) for an unknown one."""
    with db.using(slug, _handle(slug)):
        yield


def listing() -> list[Tenant]:
    """All tenants by slug."""
    with _registry():
        return list(Tenant.select().order_by(Tenant.slug))


def slugs() -> list[str]:
    """The slugs of all tenants."""
    return [tenant.slug for tenant in listing()]


def migrate(slug: str) -> list[str]:
    """Bring one tenant to the present shape; returns the migrations applied."""
    with _one_at_a_time(), using(slug):
        return migrations.migrate(db.database.obj, "tenant")


def enter_account_key(*, key: str, kind: str) -> None:
    """Enter an account key for the tenant in force; a key belongs to one tenant for ever."""
    slug = db.tenant()
    with _registry(), registry.atomic():
        owner = AccountKey.select(AccountKey, Tenant).join(Tenant).where(AccountKey.key == key).first()
        if owner is None:
            AccountKey.create(key=key, kind=kind, tenant=Tenant.get(Tenant.slug == slug))
        elif owner.tenant.slug != slug:
            raise refusals.Refused("account_key_taken", f"账号标识 {key} 已被使用")


def account_keys() -> dict[str, str]:
    """The account keys of the tenant in force, each with the kind of its account."""
    slug = db.tenant()
    with _registry():
        rows = AccountKey.select(AccountKey.key, AccountKey.kind).join(Tenant).where(Tenant.slug == slug)
        return {row.key: row.kind for row in rows}


def owner_of(key: str) -> str:
    """The slug of the tenant that an account key belongs to; raises Refused(not_found)."""
    found = _owners.get(key)
    if found is None:
        with _registry():
            row = AccountKey.select(AccountKey, Tenant).join(Tenant).where(AccountKey.key == key).first()
        if row is None:
            raise refusals.not_found("该账号")
        found = _owners[key] = row.tenant.slug
    return found


def close_all() -> None:
    """Close every database of this process; used before forking and between tests."""
    for handle in _handles.values():
        handle.close_all()
    _handles.clear()
    _owners.clear()
    if registry.obj is not None:
        registry.obj.close_all()


_owners: dict[str, str] = {}


@contextmanager
def _registry() -> Iterator[None]:
    opened = registry.is_closed()
    if opened:
        registry.connect()
    try:
        yield
    finally:
        if opened:
            registry.close()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """A transaction of the registry in which databases are given their shape: by nobody else meanwhile."""
    with _registry(), registry.atomic():
        if isinstance(registry.obj, peewee.PostgresqlDatabase):
            registry.execute_sql("SELECT pg_advisory_xact_lock(hashtextextended('tenants', 0))")
        yield


def _build(url: str, slug: str) -> None:
    """Make a company's database, or bring a half-made one to the present shape."""
    handle = _open(url, slug)
    try:
        _make_schema(url, slug)
        with db.using(slug, handle):
            migrations.migrate(handle, "tenant")
    finally:
        handle.close_all()


def _handle(slug: str) -> db.Handle:
    handle = _handles.get(slug)
    if handle is None:
        with _opening:
            with _registry():
                row = Tenant.get_or_none(Tenant.slug == slug)
            if row is None:
                raise refusals.not_found("该租户")
            handle = _handles.setdefault(slug, _open(row.database_url or _url_for(slug), slug))
    return handle


def _url_for(slug: str) -> str:
    if _default_url.startswith("sqlite:"):
        return f"sqlite:///{_folder / slug}.db"
    return _default_url


def _open(url: str, slug: str) -> db.Handle:
    return _at(url, schema=_schema(slug))


def _at(url: str, *, schema: str | None = None) -> db.Handle:
    """The database at a URL; the folder of a SQLite file is made, for its owner alone."""
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return db.connect(url)
    return db.connect(url, schema=schema)


def _schema(slug: str) -> str:
    return f"tenant_{slug}"


def _make_schema(url: str, slug: str) -> None:
    if url.startswith("sqlite:///"):
        return
    server = db.connect(url)
    server.execute_sql(
        f"CREATE SCHEMA IF NOT EXISTS {_schema(slug)}"
    )  # the slug was checked letter by letter
    server.close_all()

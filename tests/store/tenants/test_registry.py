"""A tenant has a database of its own, opened once, and account keys that no one else can have."""

import os
import shutil

import pytest

from store.core.database import db
from store.core.errors import DomainError
from store.customers.customers import Source
from store.tenants import channels, registry
from tests.support import database


@pytest.fixture
def drop_tenants(server_url, two_tenants):
    """Takes the tenants that a test opened away again."""
    yield
    with registry.registry_database.connection_context():
        for row in registry.Tenant.select().where(registry.Tenant.slug.not_in(["acme", "rival"])):
            row.delete_instance()
            if server_url is not None:
                registry.registry_database.execute_sql(f"DROP SCHEMA tenant_{row.slug} CASCADE")


def test_a_tenant_is_opened_ready_for_use(drop_tenants):
    registry.create_tenant(slug="third", name=" 第三家 ")
    assert [row.name for row in registry.list_tenants() if row.slug == "third"] == ["第三家"]
    with registry.use_tenant("third"):
        database.seed_tenant()
        assert registry.migrate_tenant("third") == []


def test_a_copied_folder_is_a_application_of_its_own(two_tenants, database_kind, tmp_path):
    if database_kind == "postgresql":
        pytest.skip("there is no folder")
    there = shutil.copytree(two_tenants, tmp_path / "there")
    try:
        registry.open_registry(f"sqlite:///{there / 'registry.db'}", there / "tenants")
        with registry.use_tenant("acme"):
            Source.create(code="copy", name="副本")
    finally:
        registry.open_registry(f"sqlite:///{two_tenants / 'registry.db'}", two_tenants / "tenants")
    with registry.use_tenant("acme"):
        assert Source.find(code="copy") is None


def test_a_second_founding_is_refused_and_harms_nothing(acme):
    Source.create(code="h5", name="页面")
    with pytest.raises(DomainError) as refused:
        registry.create_tenant(slug="acme", name="又一家")
    assert refused.value.code == "tenant_exists"
    assert Source.select().count() == 1
    assert "又一家" not in [row.name for row in registry.list_tenants()]


def test_of_founders_at_once_one_founds(acme, drop_tenants):
    outcomes = database.run_concurrently(
        4, lambda number: registry.create_tenant(slug="third", name=f"第{number}家")
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, DomainError)]
    assert [outcome.code for outcome in refused] == ["tenant_exists"] * 3, outcomes
    with registry.use_tenant("third"):
        database.seed_tenant()


@pytest.mark.parametrize(
    "slug", ["", "a", "A1", "1a", "a-b", "a b", "../x", "a;drop", "a\n", "中文", "x" * 31, 'a"b', "a.b", "_a"]
)
def test_what_cannot_name_a_database_is_refused(acme, slug):
    with pytest.raises(DomainError) as refused:
        registry.create_tenant(slug=slug, name="公司")
    assert refused.value.details["field"] == "slug"


@pytest.mark.parametrize("name", ["", "  ", "名" * 101])
def test_a_tenant_needs_a_name_of_some_length(acme, name):
    with pytest.raises(DomainError) as refused:
        registry.create_tenant(slug="third", name=name)
    assert refused.value.details["field"] == "name"


def test_an_unknown_tenant_is_not_found(two_tenants):
    with pytest.raises(DomainError) as refused, registry.use_tenant("unknown"):
        pass
    assert refused.value.code == "not_found"


def test_tenants_do_not_see_each_other(acme):
    with registry.use_tenant("rival"):
        Source.create(code="secret", name="对手")
        theirs = channels.get_by_key("rival-mp")
        with registry.use_tenant("acme"):
            assert db.current_tenant() == "acme"
            assert Source.select().count() == 0
            with pytest.raises(DomainError):
                channels.get_by_key("rival-mp")
        assert db.current_tenant() == "rival"
    assert theirs.key not in [channel.key for channel in channels.list_channels()]


def test_threads_of_two_tenants_keep_to_their_own(acme):
    def write(number: int) -> str:
        slug = ("acme", "rival")[number % 2]
        with registry.use_tenant(slug):
            Source.create(code=f"{slug}{number}", name=slug)
            return db.current_tenant()

    assert database.run_concurrently(8, write) == ["acme", "rival"] * 4
    for slug in ("acme", "rival"):
        with registry.use_tenant(slug):
            assert {row.name for row in Source.select()} == {slug}


def test_an_account_key_belongs_to_one_tenant_for_ever(acme):
    assert registry.get_slug_by_account_key("acme-mp") == "acme"
    assert registry.get_slug_by_account_key("rival-mp") == "rival"
    registry.register_account_key(key="acme-mp", kind="wechat_official")
    with registry.use_tenant("rival"), pytest.raises(DomainError) as refused:
        registry.register_account_key(key="acme-mp", kind="wechat_official")
    assert refused.value.code == "account_key_taken"
    assert registry.get_slug_by_account_key("acme-mp") == "acme"
    with pytest.raises(DomainError):
        registry.get_slug_by_account_key("unknown")


def test_of_two_tenants_at_once_one_gets_the_key(acme):
    def want(number: int) -> str:
        with registry.use_tenant(("acme", "rival")[number % 2]):
            return channels.add(kind="sms", name="短信", appid="sms", secret="s", key="wanted").key

    outcomes = database.run_concurrently(8, want)
    winner = registry.get_slug_by_account_key("wanted")
    won = [number for number, outcome in enumerate(outcomes) if outcome == "wanted"]
    assert won == [number for number in range(8) if ("acme", "rival")[number % 2] == winner], outcomes
    for slug in {"acme", "rival"} - {winner}:
        with registry.use_tenant(slug):
            assert [channel.key for channel in channels.list_channels() if channel.kind == "sms"] == []


def test_the_address_of_a_database_is_not_readable_in_the_registry(two_tenants):
    with registry.registry_database.connection_context():
        stored = registry.registry_database.execute_sql("SELECT database_url FROM tenant").fetchall()
    assert all(url.startswith("k1.") for (url,) in stored)


def test_n21_database_files_of_a_new_tenant_are_for_their_owner_only(two_tenants, server_url, drop_tenants):
    if server_url is not None:
        pytest.skip("PostgreSQL has no files of ours")
    before = os.umask(0o022)
    try:
        registry.create_tenant(slug="private", name="私有")
        files = list((two_tenants / "tenants").glob("private.db*"))
        with registry.use_tenant("private"):
            Source.create(code="h5", name="来源")
            files += (two_tenants / "tenants").glob("private.db*")
        assert files
        for path in files:
            assert path.stat().st_mode & 0o777 == 0o600, path
    finally:
        os.umask(before)

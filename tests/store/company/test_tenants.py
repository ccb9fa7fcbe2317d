"""A company has a database of its own, opened once, and account keys that nobody else can have."""

import shutil

import pytest

from store.company import channels, tenants
from store.kernel import db
from store.kernel.refusals import Refused
from store.people.customers import Source
from tests import world


@pytest.fixture
def drop(server_url, companies):
    """Takes the companies that a test opened away again."""
    yield
    with tenants.registry.connection_context():
        for row in tenants.Tenant.select().where(tenants.Tenant.slug.not_in(["acme", "rival"])):
            row.delete_instance()
            if server_url is not None:
                tenants.registry.execute_sql(f"DROP SCHEMA tenant_{row.slug} CASCADE")


def test_a_company_is_opened_ready_for_use(drop):
    tenants.create(slug="third", name=" 第三家 ")
    assert [row.name for row in tenants.listing() if row.slug == "third"] == ["第三家"]
    with tenants.using("third"):
        world.furnish()
        assert tenants.migrate("third") == []


def test_a_copied_folder_is_a_house_of_its_own(companies, database_kind, tmp_path):
    if database_kind == "postgresql":
        pytest.skip("there is no folder")
    there = shutil.copytree(companies, tmp_path / "there")
    try:
        tenants.open_registry(f"sqlite:///{there / 'registry.db'}", there / "tenants")
        with tenants.using("acme"):
            Source.create(code="copy", name="副本")
    finally:
        tenants.open_registry(f"sqlite:///{companies / 'registry.db'}", companies / "tenants")
    with tenants.using("acme"):
        assert Source.find(code="copy") is None


def test_a_second_founding_is_refused_and_harms_nothing(acme):
    Source.create(code="h5", name="页面")
    with pytest.raises(Refused) as refused:
        tenants.create(slug="acme", name="又一家")
    assert refused.value.code == "tenant_exists"
    assert Source.select().count() == 1
    assert "又一家" not in [row.name for row in tenants.listing()]


def test_of_founders_at_once_one_founds(acme, drop):
    outcomes = world.at_once(4, lambda number: tenants.create(slug="third", name=f"第{number}家"))
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    assert [outcome.code for outcome in refused] == ["tenant_exists"] * 3, outcomes
    with tenants.using("third"):
        world.furnish()


@pytest.mark.parametrize(
    "slug", ["", "a", "A1", "1a", "a-b", "a b", "../x", "a;drop", "a\n", "中文", "x" * 31, 'a"b', "a.b", "_a"]
)
def test_what_cannot_name_a_database_is_refused(acme, slug):
    with pytest.raises(Refused) as refused:
        tenants.create(slug=slug, name="公司")
    assert refused.value.facts["field"] == "slug"


@pytest.mark.parametrize("name", ["", "  ", "名" * 101])
def test_a_company_needs_a_name_of_some_length(acme, name):
    with pytest.raises(Refused) as refused:
        tenants.create(slug="third", name=name)
    assert refused.value.facts["field"] == "name"


def test_an_unknown_company_is_not_found(companies):
    with pytest.raises(Refused) as refused, tenants.using("nobody"):
        pass
    assert refused.value.code == "not_found"


def test_companies_do_not_see_each_other(acme):
    with tenants.using("rival"):
        Source.create(code="secret", name="对手")
        theirs = channels.of_key("rival-mp")
        with tenants.using("acme"):
            assert db.tenant() == "acme"
            assert Source.select().count() == 0
            with pytest.raises(Refused):
                channels.of_key("rival-mp")
        assert db.tenant() == "rival"
    assert theirs.key not in [channel.key for channel in channels.listing()]


def test_threads_of_two_companies_keep_to_their_own(acme):
    def write(number: int) -> str:
        slug = ("acme", "rival")[number % 2]
        with tenants.using(slug):
            Source.create(code=f"{slug}{number}", name=slug)
            return db.tenant()

    assert world.at_once(8, write) == ["acme", "rival"] * 4
    for slug in ("acme", "rival"):
        with tenants.using(slug):
            assert {row.name for row in Source.select()} == {slug}


def test_an_account_key_belongs_to_one_company_for_ever(acme):
    assert tenants.owner_of("acme-mp") == "acme"
    assert tenants.owner_of("rival-mp") == "rival"
    tenants.enter_account_key(key="acme-mp", kind="wechat_official")
    with tenants.using("rival"), pytest.raises(Refused) as refused:
        tenants.enter_account_key(key="acme-mp", kind="wechat_official")
    assert refused.value.code == "account_key_taken"
    assert tenants.owner_of("acme-mp") == "acme"
    with pytest.raises(Refused):
        tenants.owner_of("nobody")


def test_of_two_companies_at_once_one_gets_the_key(acme):
    def want(number: int) -> str:
        with tenants.using(("acme", "rival")[number % 2]):
            return channels.add(kind="sms", name="短信", appid="sms", secret="s", key="wanted").key

    outcomes = world.at_once(8, want)
    winner = tenants.owner_of("wanted")
    won = [number for number, outcome in enumerate(outcomes) if outcome == "wanted"]
    assert won == [number for number in range(8) if ("acme", "rival")[number % 2] == winner], outcomes
    for slug in {"acme", "rival"} - {winner}:
        with tenants.using(slug):
            assert [channel.key for channel in channels.listing() if channel.kind == "sms"] == []


def test_the_address_of_a_database_is_not_readable_in_the_registry(companies):
    with tenants.registry.connection_context():
        stored = tenants.registry.execute_sql("SELECT database_url FROM tenant").fetchall()
    assert all(url.startswith("k1.") for (url,) in stored)

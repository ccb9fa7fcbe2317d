import pytest

from store.tenants import registry


def test_list_tells_every_tenant(run_json, run_command):
    assert [row["slug"] for row in run_json("tenants", "list")] == ["acme", "rival"]
    assert "acme\t小二便利" in run_command("tenants", "list").output


def test_create_opens_a_tenant_with_a_database_of_its_own(run_command, third_tenant):
    assert run_command("tenants", "create", third_tenant, "第三家").output == "租户 third（第三家）已开通\n"
    assert run_command("tenants", "migrate", third_tenant).output == "third：已是最新\n"
    assert run_command("channels", "list", "--tenant", third_tenant).output == "尚无账号\n"


def test_second_creation_is_rejected(run_command):
    result = run_command("tenants", "create", "acme", "又一家")
    assert result.exit_code == 1
    assert "租户 acme 已存在" in result.output


def test_a_slug_with_other_letters_is_refused(run_command):
    assert "以小写字母开头" in run_command("tenants", "create", "A-1", "坏名字").output


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://x", "应以 sqlite:/// 或 postgresql:// 开头"),
        ("sqlite:///{folder}", "数据库无法连接"),
        ("postgresql://unknown@127.0.0.1:1/none", "数据库无法连接"),
    ],
)
def test_an_unusable_database_is_reported(run_command, run_json, tmp_path, url, sentence):
    words = ("tenants", "create", "third", "第三家", "--database-url", url.format(folder=tmp_path))
    result = run_command(*words)
    assert (result.exit_code, sentence in result.output) == (1, True), result.output
    assert [row["slug"] for row in run_json("tenants", "list")] == ["acme", "rival"]


def test_migrate_without_names_goes_through_all(run_command):
    assert run_command("tenants", "migrate").output == "acme：已是最新\nrival：已是最新\n"


def test_migrate_of_an_unknown_tenant_is_refused(run_command):
    assert "没有找到该租户" in run_command("tenants", "migrate", "unknown").output


@pytest.fixture
def third_tenant(acme, server_url):
    """The name of a tenant that is taken out of the registry again."""
    yield "third"
    with registry.registry_database.connection_context():
        registry.Tenant.delete().where(registry.Tenant.slug == "third").execute()
        if server_url:
            registry.registry_database.execute_sql("DROP SCHEMA IF EXISTS tenant_third CASCADE")
    registry.close_all()

import pytest

from store.company import tenants


def test_list_tells_every_company(told, shell):
    assert [row["slug"] for row in told("tenant", "list")] == ["acme", "rival"]
    assert "acme\t小二便利" in shell("tenant", "list").output


def test_create_opens_a_company_with_a_database_of_its_own(shell, third):
    assert shell("tenant", "create", third, "第三家").output == "租户 third（第三家）已开通\n"
    assert shell("tenant", "migrate", third).output == "third：已是最新\n"
    assert shell("channels", "list", "--tenant", third).output == "尚无账号\n"


def test_created_twice_it_is_refused(shell):
    result = shell("tenant", "create", "acme", "又一家")
    assert result.exit_code == 1
    assert "租户 acme 已存在" in result.output


def test_a_slug_with_other_letters_is_refused(shell):
    assert "以小写字母开头" in shell("tenant", "create", "A-1", "坏名字").output


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://x", "应以 sqlite:/// 或 postgresql:// 开头"),
        ("sqlite:///{folder}", "数据库无法连接"),
        ("postgresql://nobody@127.0.0.1:1/none", "数据库无法连接"),
    ],
)
def test_a_database_that_cannot_be_is_told(shell, told, tmp_path, url, sentence):
    words = ("tenant", "create", "third", "第三家", "--database-url", url.format(folder=tmp_path))
    result = shell(*words)
    assert (result.exit_code, sentence in result.output) == (1, True), result.output
    assert [row["slug"] for row in told("tenant", "list")] == ["acme", "rival"]


def test_migrate_without_names_goes_through_all(shell):
    assert shell("tenant", "migrate").output == "acme：已是最新\nrival：已是最新\n"


def test_migrate_of_an_unknown_company_is_refused(shell):
    assert "没有找到该租户" in shell("tenant", "migrate", "nobody").output


@pytest.fixture
def third(acme, server_url):
    """The name of a company that is taken out of the registry again."""
    yield "third"
    with tenants.registry.connection_context():
        tenants.Tenant.delete().where(tenants.Tenant.slug == "third").execute()
        if server_url:
            tenants.registry.execute_sql("DROP SCHEMA IF EXISTS tenant_third CASCADE")
    tenants.close_all()

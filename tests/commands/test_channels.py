from store.shops import shops
from store.shops.coordinates import Coordinates
from store.tenants import audit, channels
from tests.commands.fake_wechat import TOKEN_PATH


def test_list_tells_each_account_and_its_callback_address(run_json):
    official = next(row for row in run_json("channels", "list") if row["key"] == "acme-mp")
    assert official == {
        "tenant": "acme", "key": "acme-mp", "kind": "wechat_official", "appid": "wxacmemp", "name": "小二便利",
        "brand": None, "mode": "compatible", "shop": None, "callback": "https://shop.example/wechat/acme-mp",
    }  # fmt: skip


def test_list_without_a_tenant_tells_all_tenants(run_json, monkeypatch):
    monkeypatch.delenv("XIAOER_TENANT")
    assert {row["tenant"] for row in run_json("channels", "list")} == {"acme", "rival"}


def test_list_of_one_tenant_tells_no_other(run_json):
    assert {row["tenant"] for row in run_json("channels", "list")} == {"acme"}


def test_secrets_are_shown_on_demand_only_and_logged(run_json, run_command):
    assert "acme-token" not in run_command("channels", "list").output
    official = next(row for row in run_json("channels", "list", "--secrets") if row["key"] == "acme-mp")
    assert (official["secret"], official["token"]) == ("s" * 32, "acme-token")
    assert len(official["encoding_aes_key"]) == 43
    logged = audit.list_entries(limit=1)[0]
    assert (logged.action, logged.actor_kind) == ("channels.show_secrets", "operator")
    assert "acme-token" not in str(logged.after)


def test_add_tells_the_callback_address(run_command):
    shops.create_shop(code="S1", name="一号店", location=Coordinates(121.4, 31.2))
    words = ("channels", "add", "wechat_official", "wxnew", "--name", "新号", "--key", "new", "--token", "t")
    result = run_command(*words, "--mode", "plain", "--shop", "S1", input="secret\n")
    assert result.exit_code == 0, result.output
    assert "https://shop.example/wechat/new" in result.output
    assert "secret" not in result.output.replace("AppSecret", "")
    added = channels.get_by_key("new")
    assert (added.secret, added.mode) == ("secret", "plain")
    assert added.shop_id == shops.get_by_code("S1").id


def test_add_with_a_short_aes_key_is_refused_in_a_sentence(run_command):
    words = ("channels", "add", "wechat_official", "wxnew", "--name", "新号", "--secret", "s", "--token", "t")
    result = run_command(*words, "--encoding-aes-key", "short")
    assert result.exit_code == 1
    assert "EncodingAESKey 应为 43 位" in result.output


def test_n03_token_and_aes_key_are_generated_printed_and_kept(run_command):
    words = ("channels", "add", "wechat_official", "wxnew", "--name", "新号", "--secret", "s", "--key", "new")
    first, second = (run_command(*words) for _ in range(2))
    added = channels.get_by_key("new")
    assert (first.exit_code, second.exit_code, len(added.token), added.mode) == (0, 0, 32, "safe")
    assert f"令牌（Token）（已生成）：{added.token}\n" in first.output
    assert f"（EncodingAESKey）（已生成）：{added.encoding_aes_key}\n" in first.output
    assert channels.find_encryption_problem(mode="safe", encoding_aes_key=added.encoding_aes_key) is None
    assert added.token not in second.output


def test_n03_a_changed_account_keeps_its_token_and_aes_key(run_command):
    words = ("channels", "add", "wechat_official", "wxacmemp", "--name", "新名", "--secret", "s")
    before = channels.get_by_key("acme-mp")
    result = run_command(*words)
    assert "已生成" not in result.output
    after = channels.Channel.get(channels.Channel.key == "acme-mp")
    assert (after.name, after.token, after.encoding_aes_key) == (
        "新名", before.token, before.encoding_aes_key,
    )  # fmt: skip


def test_n03_a_given_token_is_not_printed(run_command):
    words = (
        "channels",
        "add",
        "wechat_official",
        "wxnew",
        "--name",
        "新号",
        "--secret",
        "s",
        "--token",
        "t0ken",
    )
    output = run_command(*words).output
    assert "t0ken" not in output
    assert "（EncodingAESKey）（已生成）" in output


def test_check_says_that_credentials_are_right(run_command):
    result = run_command("channels", "check", "acme-mp")
    assert (result.exit_code, result.output) == (0, "账号 acme-mp 凭据正确\n")


def test_check_says_exactly_what_is_wrong(run_command, platform):
    platform.answers[TOKEN_PATH] = {"errcode": 40125, "errmsg": "invalid appsecret"}
    result = run_command("channels", "check", "acme-mini")
    assert result.exit_code == 1
    assert "AppSecret 不正确" in result.output


def test_check_of_a_stranger_s_account_finds_nothing(run_command):
    result = run_command("channels", "check", "rival-mp")
    assert result.exit_code == 1
    assert "没有找到该账号" in result.output

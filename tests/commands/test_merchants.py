import json
from pathlib import Path

import pytest

import platform_clients
from platforms.http import PlatformSession
from store.core import cache
from store.payments import merchants

API_KEY = "S" * 32


@pytest.fixture
def pem(tmp_path):
    """Files with the keys, as the platform's console gives them."""
    for name in ("private", "public"):
        Path(tmp_path / f"{name}.pem").write_text(f"{name.upper()}-SECRET-PEM")
    return tmp_path


def add(run_command, pem, *words, platform="wechat_pay", stdin=f"{API_KEY}\n"):
    files = ("--private-key", str(pem / "private.pem"), "--public-key", str(pem / "public.pem"))
    rest = ("--serial", "5157", "--public-key-id", "PUB_KEY_ID_1") if platform == "wechat_pay" else ()
    return run_command(
        "merchants", "add", platform, "1900000109", "wx1", "--name", "商户", "--key", "pay", *files, *rest, *words,
        input=stdin,
    )  # fmt: skip


def test_a_merchant_is_added_and_listed_without_a_secret(run_command, run_json, pem):
    results = [add(run_command, pem) for _ in range(2)]
    assert [result.exit_code for result in results] == [0, 0], results[0].output
    assert "https://shop.example/notify/wechat-pay/pay" in results[0].output
    stored = merchants.read_credentials(merchants.get_by_key("pay"))
    assert (stored["api_v3_keys"], stored["private_key_pem"]) == ([API_KEY], "PRIVATE-SECRET-PEM")
    (row,) = run_json("merchants", "list")
    assert (row["key"], row["state"], row["merchant_id"]) == ("pay", "active", "1900000109")
    shown = results[0].output + run_command("merchants", "list").output + str(row)
    assert "SECRET" not in shown
    assert API_KEY not in shown


def test_an_alipay_merchant_is_added_by_files(run_command, pem):
    assert add(run_command, pem, platform="alipay", stdin="").exit_code == 0
    assert merchants.read_credentials(merchants.get_by_key("pay"))["seller_id"] == "1900000109"


def test_wrong_values_are_refused_in_a_sentence(run_command, pem):
    result = add(run_command, pem, stdin="short\n")
    assert (result.exit_code, "32 个字符" in result.output) == (1, True)
    assert add(run_command, pem, "--shop", "none").exit_code == 1
    assert merchants.list_merchants() == []


def test_a_key_is_rotated_with_overlap_and_the_merchant_retired(run_command, run_json, pem):
    add(run_command, pem)
    assert run_command("merchants", "add-key", "pay", "api_v3_keys", input="N" * 32 + "\n").exit_code == 0
    old = run_json("merchants", "list")[0]["keys"].split()[1].split(":")[1]
    for _ in range(2):
        assert run_command("merchants", "retire-key", "pay", "api_v3_keys", old).exit_code == 0
    assert merchants.read_credentials(merchants.get_by_key("pay"))["api_v3_keys"] == ["N" * 32]
    for _ in range(2):
        assert run_command("merchants", "retire", "pay").exit_code == 0
    assert merchants.get_by_key("pay").state == "retired"


def test_keys_are_tested_by_a_call_that_takes_no_money(run_command, sandbox):
    wechat = sandbox.state.wechat_pay.merchants.create({"app_ids": ["wx1"]})
    alipay = sandbox.state.alipay.apps.create({})
    names = ("private_key_pem", "certificate_serial", "api_v3_keys", "public_keys")
    secrets = {name: wechat.credentials()[name] for name in names}
    rows = [
        merchants.add(
            platform="wechat_pay", name="微信", merchant_id=wechat.merchant_id, app_id="wx1", credentials=secrets,
        ),
        merchants.add(
            platform="alipay", name="支付宝", merchant_id=alipay.seller_id, app_id=alipay.app_id,
            credentials={name: alipay.credentials()[name] for name in ("private_key_pem", "public_keys", "seller_id")},
        ),
    ]  # fmt: skip
    with PlatformSession(base_url=sandbox.url) as session, pytest.MonkeyPatch.context() as patch:
        patch.setattr(platform_clients, "_http_session", lambda: session)
        for row in rows:
            result = run_command("merchants", "test", row.key)
            assert (result.exit_code, "密钥正确" in result.output) == (0, True), result.output
            wrong = merchants.read_credentials(row) | {"private_key_pem": wechat.platform_private_key_pem}
            row.update_fields(credentials=json.dumps(wrong))
            cache.clear()
            result = run_command("merchants", "test", row.key)
            assert (result.exit_code, "私钥" in result.output) == (1, True), result.output
            assert "PRIVATE KEY" not in result.output
    assert run_command("merchants", "test", "none").exit_code == 1
    assert not sandbox.state.wallets.list_charges()

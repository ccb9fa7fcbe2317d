"""Channel accounts in the console: secrets are written and never read, checks speak in words."""

import pytest

import platform_clients
from store.official_accounts import conversation
from store.tenants import audit, channels

NEW = {"kind": "wechat_official", "appid": "wxnew", "name": "旗舰号", "secret": "q" * 32}


def test_an_official_account_is_added_and_its_configuration_is_pasted(browser):
    first = browser.post("channels", NEW, Idempotency_Key="k1")
    assert first.status_code == 201, first.text
    assert browser.post("channels", NEW, Idempotency_Key="k1").json["data"] == first.json["data"]
    row = first.json["data"]
    assert row["server_url"].endswith(f"/wechat/{row['key']}")
    assert NEW["secret"] not in first.text
    assert "token" not in row
    shown = browser.post(f"channels/{row['key']}/server-configuration").json["data"]
    kept = channels.get_by_key(row["key"])
    assert (shown["token"], shown["encoding_aes_key"]) == (kept.token, kept.encoding_aes_key)
    assert audit.list_entries()[0].action == "channels.show_server_keys"
    assert browser.post("channels", NEW).json["data"]["field"] == "appid"


def test_a_change_keeps_the_secret_that_was_not_typed(browser, shop):
    before = channels.get_by_key("acme-mp")
    for _ in range(2):
        body = {"name": "新名称", "secret": "", "token": "", "mode": "safe", "shop": shop.public_id}
        answer = browser.patch("channels/acme-mp", body)
        assert answer.status_code == 200, answer.text
    after = channels.get_by_id(before.id)
    assert (after.name, after.mode, after.shop_id) == ("新名称", "safe", shop.id)
    assert (after.secret, after.token) == (before.secret, before.token)
    assert browser.patch("channels/acme-mp", {"secret": "z" * 32}).status_code == 200
    assert channels.get_by_id(before.id).secret == "z" * 32


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (NEW | {"appid": " "}, "appid"),
        (NEW | {"encoding_aes_key": "short"}, "encoding_aes_key"),
        (NEW | {"mode": "none"}, "mode"),
        (NEW | {"kind": "alipay"}, "platform_public_key"),
        (NEW | {"shop": "sho_nowhere"}, None),
    ],
)
def test_what_is_wrong_about_an_account_is_named(browser, body, field):
    answer = browser.post("channels", body)
    assert answer.status_code in (404, 422), answer.text
    assert answer.json["data"].get("field") == field
    assert browser.get("channels").json["data"]["total"] == 2


def test_a_check_says_what_is_missing(browser, sandbox):
    list_findings = lambda: browser.post("channels/acme-mp/checks").json["data"]["list"]  # noqa: E731
    assert {"state": "warning", "text": "尚未发布自定义菜单"} in list_findings()
    waits = "没有收到微信消息的记录"
    assert waits in str(list_findings())
    conversation.claim_signature(channels.get_by_key("acme-mp"), "0" * 40)
    assert waits not in str(list_findings())
    channels.change(channels.get_by_key("acme-mp"), secret="wrong")
    assert list_findings()[0]["state"] == "error"


@pytest.mark.parametrize(
    ("address", "is_local"),
    [("http://127.0.0.1:8000", True), ("http://localhost", True), ("https://shop.example.com", False)],
)
def test_an_address_that_wechat_does_not_reach_is_named(browser, monkeypatch, address, is_local):
    monkeypatch.setattr(platform_clients, "to_absolute_url", lambda path: address + path)
    note = browser.get("channels/acme-mp").json["data"]["server_note"]
    assert note == ("本机地址，微信无法访问" if is_local else "")


def test_staff_of_a_shop_see_its_accounts_only(browser, new_browser, add_staff, shop):
    clerk = new_browser().take_session(add_staff("clerk", shops=(shop,)))
    assert clerk.get("channels").json["data"]["total"] == 0
    assert clerk.get("channels/acme-mp").status_code == 404
    assert clerk.post("channels/acme-mp/server-configuration").status_code == 404
    assert clerk.post("channels", NEW).json["data"]["field"] == "shop"
    assert clerk.post("channels", NEW | {"shop": shop.public_id}).status_code == 201
    assert clerk.get("channels").json["data"]["total"] == 1
    assert new_browser().take_session(add_staff("reader", "user")).get("channels").status_code == 403

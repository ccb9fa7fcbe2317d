"""Menus in the console: draft, publication by the worker, comparison, withdrawal."""

import pytest

from store.official_accounts import menus
from store.tenants import channels
from tasks import relay

MORE = {"name": "更多", "sub_button": [{"type": "view", "name": "网页", "url": ""}]}
BUTTONS = [{"type": "click", "name": "签到", "key": "sign", "answers": [{"type": "check_in"}]}]


@pytest.fixture
def account(web):
    return channels.get_by_key("acme-mp")


def save(browser, buttons=BUTTONS):
    return browser.request("PUT", "menus/acme-mp", json={"button": buttons})


def test_a_menu_is_published_compared_and_withdrawn(browser, account, official_account):
    assert browser.get("menus").json["data"]["list"][0]["is_published"] is False
    for _ in range(2):
        assert save(browser).status_code == 200
    for _ in range(2):
        assert browser.post("menus/acme-mp/publications").status_code == 202
    relay.run("acme")
    detail = browser.get("menus/acme-mp").json["data"]
    assert (detail["is_published"], detail["is_changed"], len(detail["publications"])) == (True, False, 1)
    assert browser.get("menus/acme-mp/live").json["data"]["differences"] == []
    save(browser, [BUTTONS[0] | {"name": "每日签到"}])
    assert browser.get("menus/acme-mp").json["data"]["differences"] != []
    save(browser, [BUTTONS[0] | {"answers": []}])
    assert browser.get("menus/acme-mp").json["data"]["differences"] == ["按钮的回复内容有修改"]
    for _ in range(2):
        assert browser.post("menus/acme-mp/withdrawals").status_code == 202
    relay.run("acme")
    assert menus.find_published(account) is None
    assert menus.answers_by_key(account.id) == {}
    assert browser.get("menus/acme-mp/live").json["data"] == {"button": None, "differences": []}
    assert browser.post("menus/acme-mp/withdrawals").json["code"] == "no_menu"
    assert menus.find_draft(account) is not None


@pytest.mark.parametrize(
    ("buttons", "field"),
    [
        ([], "button"),
        ([{"type": "click", "name": "一二三四五", "key": "k"}], "button"),
        (
            [{"name": "更多", "sub_button": [{"type": "view", "name": "网页", "url": ""}]}],
            "button.0.group.sub_button.0",
        ),
    ],
)
def test_what_the_platform_would_reject_is_named(browser, buttons, field):
    answer = save(browser, buttons)
    assert answer.status_code == 422, answer.text
    assert answer.json["data"]["field"] == field


def test_staff_of_a_shop_see_the_menu_of_its_account_only(new_browser, add_staff, account, shop):
    clerk = new_browser().take_session(add_staff("clerk", shops=(shop,)))
    assert clerk.get("menus").json["data"]["list"] == []
    assert clerk.get("menus/acme-mp").status_code == 404
    assert clerk.post("menus/acme-mp/publications").status_code == 404
    channels.change(account, shop_id=shop.id)
    assert len(clerk.get("menus").json["data"]["list"]) == 1

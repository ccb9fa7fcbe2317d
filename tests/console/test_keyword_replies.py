"""Keyword replies in the console: rules of one account or of all, and the default replies."""

import pytest

from store.official_accounts import keyword_replies
from store.tenants import channels

TEXT = {"type": "text", "text": "您好"}
NEW = {"name": "问候", "match": "contains", "keywords": ["你好"], "answers": [TEXT]}


@pytest.fixture
def account(web):
    return channels.get_by_key("acme-mp")


def test_a_rule_is_created_changed_and_deleted(browser, account):
    first = browser.post("keyword-replies", NEW | {"account": account.key}, Idempotency_Key="k1")
    assert first.status_code == 201, first.text
    again = browser.post("keyword-replies", NEW | {"account": account.key}, Idempotency_Key="k1")
    assert again.json["data"] == first.json["data"]
    assert browser.post("keyword-replies", NEW | {"account": account.key}).json["data"]["field"] == "name"
    path = f"keyword-replies/{first.json['data']['id']}"
    for _ in range(2):
        assert browser.patch(path, {"enabled": False, "keywords": ["hi", "在吗"]}).status_code == 200
    listed = browser.get("keyword-replies", search="在", enabled="false").json["data"]["list"]
    assert [(rule["name"], rule["answers"]) for rule in listed] == [("问候", [TEXT])]
    assert [browser.delete(path).status_code for _ in range(2)] == [200, 404]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"keywords": []}, "keywords"),
        ({"answers": []}, "answers"),
        ({"answers": [TEXT, {"type": "article", "title": "x", "url": "ftp://a"}]}, "answers"),
        ({"match": "pattern", "keywords": ["("]}, "keywords"),
        ({"priority": -1}, "priority"),
    ],
)
def test_what_is_wrong_about_a_rule_is_named(browser, change, field):
    answer = browser.post("keyword-replies", NEW | change)
    assert answer.status_code == 422, answer.text
    assert answer.json["data"]["field"] == field
    assert keyword_replies.list_rules() == []


def test_default_replies_are_changed(browser):
    body = {"follow": [TEXT, {"type": "check_in"}], "welcome_back": [], "fallback": [TEXT]}
    for _ in range(2):
        assert browser.request("PUT", "keyword-replies/defaults", json=body).status_code == 200
    assert browser.get("keyword-replies/defaults").json["data"] == body
    wrong = browser.request("PUT", "keyword-replies/defaults", json=body | {"fallback": [{"type": "text"}]})
    assert wrong.json["data"]["field"] == "fallback"


def test_staff_of_a_shop_change_the_rules_of_its_account_only(browser, new_browser, add_staff, account, shop):
    of_all = browser.post("keyword-replies", NEW).json["data"]["id"]
    clerk = new_browser().take_session(add_staff("clerk", shops=(shop,)))
    assert clerk.get("keyword-replies").json["data"]["list"] == []
    assert clerk.delete(f"keyword-replies/{of_all}").status_code == 404
    assert clerk.post("keyword-replies", NEW).status_code == 403
    assert clerk.post("keyword-replies", NEW | {"account": account.key}).status_code == 404
    channels.change(account, shop_id=shop.id)
    assert clerk.post("keyword-replies", NEW | {"account": account.key}).status_code == 201
    assert len(clerk.get("keyword-replies").json["data"]["list"]) == 1
    assert [row["key"] for row in clerk.get("options/official-accounts").json["data"]] == [account.key]

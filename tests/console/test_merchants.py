"""Merchants in the console: keys are written and tested, and never come back."""

import pytest

import platform_clients
from platforms.errors import OutcomeUnknownError
from store.payments import merchants
from store.shops import shops
from store.shops.coordinates import Coordinates

WECHAT = {
    "platform": "wechat_pay", "name": "小二便利", "merchant_id": "1900000109", "app_id": "wx1",
    "private_key": "PRIVATE-PEM", "certificate_serial": "5A", "public_key_id": "PUB_KEY_ID_1",
    "public_key": "PUBLIC-PEM", "api_v3_key": "s" * 32,
}  # fmt: skip


class FakeClient:
    """The client of a platform, with what its check finds."""

    problem = None

    def find_credential_problem(self):
        if isinstance(self.problem, Exception):
            raise self.problem
        return self.problem


@pytest.fixture
def client(monkeypatch):
    made = FakeClient()
    monkeypatch.setattr(platform_clients, "payment_client", lambda merchant: made)
    return made


def listed(browser):
    return browser.get("merchants").json["data"]["list"]


def test_a_merchant_is_added_without_showing_its_keys(browser):
    first, second = (browser.post("merchants", WECHAT, Idempotency_Key="k1") for _ in range(2))
    assert first.status_code == 201, first.text
    assert first.json["data"] == second.json["data"]
    (shown,) = listed(browser)
    assert shown["notice_url"].endswith(f"/notify/wechat-pay/{shown['key']}")
    text = first.text + browser.get("merchants").text + browser.get("audit-log").text
    assert not any(secret in text for secret in ("PRIVATE-PEM", "PUBLIC-PEM", "s" * 32))
    stored = merchants.read_credentials(merchants.get_by_key(shown["key"]))
    assert stored["public_keys"] == {"PUB_KEY_ID_1": "PUBLIC-PEM"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("merchant_id", "号"), ("public_key_id", ""), ("api_v3_key", None), ("platform", "cash")],
)
def test_a_wrong_field_is_named(browser, field, value):
    assert browser.post("merchants", {**WECHAT, field: value}).json["data"]["field"] == field
    assert listed(browser) == []


def test_the_test_says_what_is_wrong(browser, client):
    key = browser.post("merchants", WECHAT).json["data"]["key"]
    assert browser.post(f"merchants/{key}/tests").json["data"] == {"problem": None}
    client.problem = "商户私钥不正确"
    assert browser.post(f"merchants/{key}/tests").json["data"] == {"problem": "商户私钥不正确"}
    client.problem = OutcomeUnknownError("wechat_pay", "timeout", "微信支付没有答复")
    assert browser.post(f"merchants/{key}/tests").json["data"] == {"problem": "微信支付没有答复"}


def test_keys_are_rotated_and_a_merchant_is_retired(browser):
    key = browser.post("merchants", WECHAT).json["data"]["key"]
    added = {"name": "public_keys", "value": "NEXT-PEM", "serial": "PUB_KEY_ID_2"}
    for _ in range(2):
        shown = browser.post(f"merchants/{key}/keys", added)
        assert shown.status_code == 201, shown.text
    assert "NEXT-PEM" not in shown.text
    names = [one["identifier"] for one in shown.json["data"]["keys"] if one["name"] == "public_keys"]
    assert names == ["PUB_KEY_ID_2", "PUB_KEY_ID_1"]
    gone = {"name": "public_keys", "identifier": "PUB_KEY_ID_1"}
    for _ in range(2):
        assert browser.request("DELETE", f"merchants/{key}/keys", json=gone).status_code == 200
    last = {**gone, "identifier": "PUB_KEY_ID_2"}
    assert browser.request("DELETE", f"merchants/{key}/keys", json=last).json["code"] == "last_key"
    answer = browser.put(f"merchants/{key}/private-key", {"private_key": "NEW-PEM"})
    assert "NEW-PEM" not in answer.text
    assert merchants.read_credentials(merchants.get_by_key(key))["private_key_pem"] == "NEW-PEM"
    for _ in range(2):
        assert browser.post(f"merchants/{key}/retirement").json["data"]["state"] == "retired"


def test_an_account_of_a_shop_sees_the_merchants_of_its_shop(browser, new_browser, add_staff, shop):
    key = browser.post("merchants", WECHAT).json["data"]["key"]
    other = shops.create_shop(code="S2", name="东站店", location=Coordinates(121.5, 31.2))
    stranger = new_browser().take_session(add_staff("east", shops=(other,)))
    assert listed(stranger) == []
    for answer in (
        stranger.post(f"merchants/{key}/tests"), stranger.post(f"merchants/{key}/retirement"),
        stranger.put(f"merchants/{key}/private-key", {"private_key": "x"}),
        stranger.post("merchants", {**WECHAT, "shop": "S1"}),
    ):  # fmt: skip
        assert answer.status_code == 404
    assert stranger.post("merchants", WECHAT).json["data"]["field"] == "shop"
    assert stranger.post("merchants", {**WECHAT, "shop": "S2"}).status_code == 201
    assert [row["shop"] for row in listed(stranger)] == ["东站店"]

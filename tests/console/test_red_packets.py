"""Red packets in the console: given by hand, listed, retried, given up, stopped; and the accounts that give them."""

import pytest

import red_packet_calls
from store.customers import followers
from store.membership import registration
from store.payments import merchants
from store.red_packets import red_packets, results, sending
from store.tenants import channels
from tests.support.red_packet_records import CREDENTIALS

ACCOUNT = {
    "way": "red_packet",
    "send_name": "小二便利",
    "api_v2_key": "2" * 32,
    "client_certificate": "CERT-PEM",
}


@pytest.fixture
def card(acme):
    """A member who follows the official account."""
    customer = followers.follow(channel=channels.get_by_key("acme-mp"), openid="o-mei").customer
    return registration.register_by_platform(
        phone="+8613812345678", source="wechat_official", customer=customer
    ).card_number


@pytest.fixture
def account(acme, browser):
    merchants.add(
        platform="wechat_pay", name="微信商户", merchant_id="1900000109", app_id="wxacmemp", key="acme-pay",
        credentials=CREDENTIALS,
    )  # fmt: skip
    answer = browser.put("red-packet-accounts/acme-pay", ACCOUNT)
    assert answer.status_code == 200, answer.text
    return answer


def give(browser, card, key="k1", **values):
    body = {"card": card, "amount_fen": 100, "title": "生日红包", "wishing": "生日快乐", **values}
    return browser.post("red-packets", body, Idempotency_Key=key)


def listed(browser, **query):
    return browser.get("red-packets", **query).json["data"]["list"]


def test_red_packet_by_hand_is_one_for_each_key_and_listed(browser, account, card):
    first, again = give(browser, card), give(browser, card)
    assert (first.status_code, first.json["data"]) == (201, again.json["data"])
    (row,) = listed(browser, search=card)
    assert (row["state"], row["amount_fen"], row["purpose"], row["card_number"]) == (
        "requested",
        100,
        "manual",
        card,
    )
    assert listed(browser, state="received") == []
    assert listed(browser, search=row["number"][:20]) != []
    assert give(browser, card, "k2", amount_fen=1).json["data"]["field"] == "amount_fen"
    assert give(browser, "000", "k3").status_code == 404


def test_held_red_packets_are_retried_and_given_up(browser, account, card):
    rows = [give(browser, card, f"k{n}").json["data"] for n in range(2)]
    for row in rows:
        sending.begin(row["number"])
        results.record_rejection(number=row["number"], code="NOAUTH")
    assert {row["id"] for row in listed(browser, held="true")} == {row["id"] for row in rows}
    assert browser.get("red-packet-accounts/summary").json["data"]["held"] == 2
    assert browser.post(f"red-packets/{rows[0]['id']}/retries").json["data"]["held"] is False
    ending = browser.post(f"red-packets/{rows[1]['id']}/ending", {"reason": "不要了"})
    assert (ending.json["data"]["closing"], ending.json["data"]["message"]) == (True, "已放弃：不要了")
    assert browser.post(f"red-packets/{rows[1]['id']}/ending", {"reason": " "}).status_code == 422
    assert browser.post("red-packets/rp_other/retries").status_code == 404


def test_query_does_what_is_due(browser, account, card, monkeypatch):
    row = give(browser, card).json["data"]
    monkeypatch.setattr(red_packet_calls, "send", lambda packet: results.record_failure(number=packet.number))
    assert browser.post(f"red-packets/{row['id']}/queries").json["data"]["state"] == "failed"


def test_stop_and_resumption(browser, account, card):
    row = give(browser, card).json["data"]
    assert browser.post("red-packet-accounts/stop", {"reason": "被刷"}).json["data"]["stopped"] is True
    assert give(browser, card, "k2").json["code"] == "red_packets_stopped"
    assert sending.begin(row["number"]) is None
    assert browser.get("red-packet-accounts/summary").json["data"]["stop_reason"] == "被刷"
    assert browser.post("red-packet-accounts/resumption").json["data"]["stopped"] is False
    assert red_packets.get(row["number"]).state == "requested"


def test_account_is_saved_without_showing_its_secrets(browser, account):
    text = account.text + browser.get("red-packet-accounts").text + browser.get("audit-log").text
    assert not any(secret in text for secret in ("2" * 32, "CERT-PEM"))
    secrets = merchants.read_credentials(merchants.get_by_key("acme-pay"))
    assert (secrets["api_v2_key"], secrets["client_certificate_pem"]) == ("2" * 32, "CERT-PEM")
    kept = browser.put("red-packet-accounts/acme-pay", {"way": "red_packet", "send_name": "小二"})
    assert kept.json["data"]["missing"] is None
    wrong = browser.put("red-packet-accounts/acme-pay", {**ACCOUNT, "max_fen": 30_000})
    assert wrong.json["data"]["field"] == "scene_id"
    assert (
        browser.post("red-packet-accounts/acme-pay/tests").json["data"]["problem"]
        == "商户证书不正确或已过期，请更换后重试"
    )

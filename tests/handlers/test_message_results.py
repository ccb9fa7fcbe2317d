"""What platforms and SMS providers report about messages is recorded, if it comes to the secret address."""

from types import SimpleNamespace

import pytest

import config
from store.customers import identities
from store.customers.members import Member
from store.membership import registration
from store.messages import preferences, reports
from store.messages.messages import Message
from tests.support import message_records
from tests.support.wechat_pushes import WechatAccount, event


@pytest.fixture
def mei(acme) -> Member:
    return registration.register_at_desk(phone="13812345678")


@pytest.fixture
def path(acme, monkeypatch) -> str:
    monkeypatch.setattr(config, "current", lambda: SimpleNamespace(sandbox_url="http://127.0.0.1:1"))
    return reports.sms_path("sandbox-acme")


def write_sent(customer, medium="sms", number="p1"):
    message_records.write_notice(customer)
    row = message_records.list_messages(medium="site")[0]
    row.update_fields(medium=medium, state="sent", provider_number=number)
    return row


def report(row, state="delivered", code="0"):
    return [
        {
            "message_id": row.provider_number, "request_id": row.number, "state": state, "code": code,
            "at": 1_700_000_000,
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("state", "ends"), [("delivered", "delivered"), ("failed", "failed"), ("sending", "sent")]
)
def test_a_status_report_is_recorded_once(web, mei, path, state, ends):
    row = write_sent(mei.customer)
    for _ in range(2):
        assert web.test_client().post(f"{path}/reports", json=report(row, state, "E1")).json["code"] == 0
    assert Message.get_by_id(row.id).state == ends


@pytest.mark.parametrize("account", ["sandbox-acme", "sandbox-rival", "acme-mp"])
def test_an_address_with_another_secret_is_not_found(web, mei, account):
    row = write_sent(mei.customer)
    wrong = f"/notify/sms/{account}/{'0' * 32}/reports"
    assert web.test_client().post(wrong, json=report(row)).status_code == 404
    assert Message.get_by_id(row.id).state == "sent"


def test_a_malformed_report_is_rejected(web, path):
    assert web.test_client().post(f"{path}/reports", data=b"[{]").status_code == 400


def test_who_replies_r_has_opted_out(web, mei, path):
    preferences.change(mei.customer, marketing=True, opted_out_media=[])
    reply = [{"phone": "13812345678", "text": " r ", "at": 1_700_000_000}]
    assert web.test_client().post(f"{path}/replies", json=reply).status_code == 200
    assert preferences.list_opted_out(mei.customer) == ["sms"]


def test_the_result_of_a_template_message_is_recorded(wechat: WechatAccount):
    wechat.send("o1", **event("subscribe"))
    customer = identities.find_customer(provider=identities.WECHAT, account=wechat.appid, subject="o1")
    row = write_sent(customer, "official_template", "200163836")
    wechat.send("o1", **event("TEMPLATESENDJOBFINISH", MsgID="200163836", Status="failed:user block"))
    assert (Message.get_by_id(row.id).state, Message.get_by_id(row.id).reason_code) == (
        "failed",
        "failed:user block",
    )

"""Messages in the console: records, templates, settings and the e-mail account."""

import pytest

import platform_clients
from platforms.errors import PlatformRejectedError
from platforms.wechat.templates import PlatformTemplate
from store.exports import kinds as export_kinds
from store.membership import registration
from store.messages import messages, policies, templates
from store.messages.kinds import KINDS
from store.messages.messages import Message
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.tenants import audit
from tests.support.message_records import write_notice

SMS = {
    "kind": "points_expiring", "medium": "sms", "name": "积分到期", "platform_id": "SMS_1",
    "text": "您有{积分}积分将于{到期日}到期。", "fields": {"points": "{积分}"},
}  # fmt: skip
ACCOUNT = {
    "host": "127.0.0.1", "port": 2525, "security": "none", "username": "shop", "password": "hidden-77",
    "sender_address": "shop@example.com", "sender_name": "花间茶",
}  # fmt: skip


@pytest.fixture
def member(web, shop):
    return registration.register_at_desk(phone="13800138000", shop_id=shop.id)


@pytest.fixture
def failed(member):
    """A failed SMS to a member."""
    return Message.create(
        number="msg_failed", kind="points_expiring", customer=member.customer_id, medium="sms", source="notice:9",
        priority=1, title="积分即将过期", text="您有 120 积分即将到期", address="+8613800138000",
        address_index=messages.address_index("+8613800138000"), state="failed", reason="号码无效", reason_code="bad",
    )  # fmt: skip


def test_a_failed_message_is_found_by_phone_and_sent_again_once(browser, failed):
    listed = browser.get("messages", group="sms", search="13800138000").json["data"]["list"]
    assert [(row["number"], row["address"], row["reason"]) for row in listed] == [
        ("msg_failed", "138****8000", "号码无效")
    ]
    assert browser.get("messages", group="sms", search="13800138001").json["data"]["total"] == 0
    for _ in range(2):
        answer = browser.post("messages/msg_failed/sendings", Idempotency_Key="k1")
        assert answer.json["data"]["state"] == "pending", answer.text
    assert [entry.action for entry in audit.list_entries()].count("messages.send_again") == 1
    assert "13800138000" not in browser.get("messages/msg_failed").text


def test_what_was_delivered_is_not_sent_again(browser, member):
    notice = write_notice(member.customer)
    answer = browser.post(f"messages/{notice.number}/sendings")
    assert (answer.status_code, answer.json["code"]) == (409, "message_state")


def test_records_are_filtered_and_shown_at_the_member(browser, member, failed):
    notice = write_notice(member.customer)
    site = browser.get("messages", group="site", kind="points_expiring", state="delivered").json["data"]
    assert [row["number"] for row in site["list"]] == [notice.number]
    mine = browser.get("messages", member=member.card_number).json["data"]
    assert {row["medium"] for row in mine["list"]} == {"sms", "site", "customer_service"}
    assert (
        browser.get("messages", group="sms", since="2020-01-01", until="2020-01-02").json["data"]["total"]
        == 0
    )
    assert browser.get("messages/options").json["data"]["states"][0] == {
        "value": "pending",
        "label": "未发送",
    }


def test_staff_of_another_shop_see_no_message(new_browser, add_staff, failed, shop):
    other = shops.create_shop(code="S2", name="东站店", location=Coordinates(121.5, 31.2))
    outside = new_browser().take_session(add_staff("outside", shops=(other,)))
    inside = new_browser().take_session(add_staff("inside", shops=(shop,)))
    assert inside.get("messages", group="sms").json["data"]["total"] == 1
    assert outside.get("messages", group="sms").json["data"]["total"] == 0
    assert outside.get("messages/msg_failed").status_code == 404
    assert outside.post("messages/msg_failed/sendings").status_code == 404
    assert inside.post("message-templates", SMS).status_code == 403
    assert inside.put("message-policies/settings", _settings()).status_code == 403


def test_each_list_of_messages_can_be_exported(browser, member, failed):
    write_notice(member.customer)
    body = {"kind": "sms_messages", "filters": {"state": "failed"}}
    assert browser.post("exports", body).status_code < 300
    found = {}
    for group in ("sms", "wechat", "email", "site"):
        kind = export_kinds.get_kind(f"{group}_messages")
        found[group] = list(kind.rows(kind.filters(), None))
        assert kind.count(kind.filters(), None) == len(found[group])
        assert all(len(cells) == len(kind.columns) for cells in found[group])
    assert {group: len(rows) for group, rows in found.items()} == {
        "sms": 1,
        "wechat": 1,
        "email": 0,
        "site": 1,
    }
    assert "138****8000" in found["sms"][0]


def test_a_template_is_created_changed_and_deleted(browser):
    first = browser.post("message-templates", SMS, Idempotency_Key="k1")
    assert first.status_code == 201, first.text
    assert browser.post("message-templates", SMS, Idempotency_Key="k1").json["data"] == first.json["data"]
    row = first.json["data"]
    assert (row["variables"], row["kind_label"]) == (["积分", "到期日"], "积分即将过期")
    changed = browser.put(f"message-templates/{row['id']}", {**SMS, "name": "到期短信"})
    assert changed.json["data"]["name"] == "到期短信"
    assert browser.get("message-templates", group="sms", search="到期短").json["data"]["total"] == 1
    assert browser.get("message-templates", group="wechat").json["data"]["total"] == 0
    for _ in range(2):
        assert browser.delete(f"message-templates/{row['id']}").status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": "{不存在}"}, "text"),
        ({"platform_id": ""}, "platform_id"),
        ({"kind": "none"}, "kind"),
        ({"kind": "birthday"}, "purpose"),
    ],
)
def test_what_is_wrong_about_a_template_is_named(browser, change, field):
    answer = browser.post("message-templates", {**SMS, **change})
    assert (answer.status_code, answer.json["data"]["field"]) == (422, field)


def test_a_preview_shows_the_examples_and_what_is_cut(browser):
    body = {
        "kind": "coupon_received", "medium": "official_template", "name": "券", "platform_id": "t1",
        "fields": {"thing1": "您收到了一张新的优惠券：{券名称}，欢迎使用", "date2": "{有效期至}"},
    }  # fmt: skip
    shown = browser.post("message-templates/previews", body).json["data"]["fields"]
    assert [(field["is_cut"], len(field["value"]) <= 20) for field in shown] == [(True, True), (False, True)]
    assert "满 100 减 20" in shown[0]["uncut"]
    assert templates.MessageTemplate.select().count() == 0


def test_templates_of_an_account_are_copied(browser, monkeypatch):
    class Client:
        def list_templates(self) -> list[PlatformTemplate]:
            return [PlatformTemplate("t1", "积分提醒", "项目：{{thing1.DATA}}\n积分：{{number2.DATA}}", "")]

    monkeypatch.setattr(platform_clients, "official_account_client", lambda channel: Client())
    path = "message-templates/accounts/acme-mp/synced-templates"
    for _ in range(2):
        assert browser.post(path).status_code == 200
    (row,) = browser.get(path).json["data"]["list"]
    assert row["keywords"] == [{"name": "thing1", "label": "项目"}, {"name": "number2", "label": "积分"}]
    accounts = browser.get("message-templates/options").json["data"]["accounts"]
    assert {"official_template", "subscribe"} >= {row["medium"] for row in accounts}


def test_a_platform_that_fails_changes_no_copy(browser, monkeypatch):
    class Client:
        def list_templates(self) -> list[PlatformTemplate]:
            raise PlatformRejectedError("wechat", "40001", "密钥不正确")

    monkeypatch.setattr(platform_clients, "official_account_client", lambda channel: Client())
    answer = browser.post("message-templates/accounts/acme-mp/synced-templates")
    assert (answer.status_code, answer.json["code"]) == (502, "platform_failed")


def test_a_test_is_written_once_to_the_member_and_its_result_is_shown(browser, member):
    template_id = templates.save(kind="points_expiring", medium="site", name="站内", text="{积分}分").id
    path = f"message-templates/{template_id}/tests"
    first = browser.post(path, {"member": "13800138000"}, Idempotency_Key="k1")
    assert first.status_code == 201, first.text
    assert (
        browser.post(path, {"member": "13800138000"}, Idempotency_Key="k1").json["data"] == first.json["data"]
    )
    (message,) = Message.select().where(Message.customer == member.customer_id)
    assert (message.text, message.source[:5]) == ("100分", "test:")
    shown = browser.get(f"message-templates/tests/{message.number}").json["data"]
    assert (shown["label"], shown["is_final"]) == ("送达", True)
    assert browser.post(path, {"member": "13800138009"}).json["data"]["field"] == "member"


def test_a_message_that_is_no_test_is_not_shown_as_one(browser, failed):
    assert browser.get("message-templates/tests/msg_failed").status_code == 404


def test_a_policy_is_changed_once(browser):
    body = {"enabled": True, "on_site": False, "media": ["sms", "email"], "mode": "all"}
    for _ in range(2):
        answer = browser.put("message-policies/points_expiring", body)
        assert answer.status_code == 200, answer.text
    row = next(
        row for row in browser.get("message-policies").json["data"]["list"] if row["key"] == "points_expiring"
    )
    assert (row["media"], row["mode"], row["ready"]) == (
        ["sms", "email"],
        "all",
        ["customer_service", "email"],
    )
    assert policies.read(KINDS["points_expiring"]).on_site is False
    assert [entry.action for entry in audit.list_entries()].count("message_policies.change") == 1
    wrong = browser.put("message-policies/points_expiring", {**body, "media": ["sms", "sms"]})
    assert wrong.json["data"]["field"] == "media"
    assert browser.put("message-policies/nothing", body).status_code == 404


def test_hours_and_budget_are_changed(browser):
    answer = browser.put("message-policies/settings", _settings(sms_per_day=50))
    assert answer.json["data"]["sms_per_day"] == 50
    assert browser.put("message-policies/settings", _settings(marketing_from=22)).status_code == 422


def test_the_password_of_the_email_account_is_never_shown(browser):
    saved = browser.put("message-policies/email-account", ACCOUNT)
    assert saved.status_code == 200, saved.text
    assert browser.put("message-policies/email-account", {**ACCOUNT, "password": ""}).status_code == 200
    everything = browser.get("message-policies").text + saved.text
    assert "hidden-77" not in everything + str([entry.after for entry in audit.list_entries()])
    unsafe = browser.put("message-policies/email-account", {**ACCOUNT, "host": "mail.example.com"})
    assert unsafe.json["data"]["field"] == "security"
    for _ in range(2):
        assert browser.delete("message-policies/email-account").status_code == 200
    assert browser.post("message-policies/email-account/checks").json["code"] == "no_email_account"


def test_a_test_email_says_why_it_was_not_sent(browser, monkeypatch):
    class Server:
        problem = None

        def find_credential_problem(self) -> str | None:
            return self.problem

        def send(self, **mail: str) -> str:
            if self.problem:
                raise PlatformRejectedError("email", "535", self.problem)
            return mail["message_id"]

    monkeypatch.setattr(platform_clients, "email_server", lambda account: Server())
    browser.put("message-policies/email-account", ACCOUNT)
    assert browser.post("message-policies/email-account/checks").json["data"] == {"problem": None}
    body = {"recipient": "me@example.com"}
    assert browser.post("message-policies/email-account/tests", body).json["data"] == {"problem": None}
    Server.problem = "密码不正确"
    refused = browser.post("message-policies/email-account/tests", body)
    assert refused.json["data"] == {"problem": "密码不正确"}
    assert browser.post("message-policies/email-account/tests", {"recipient": "x"}).status_code == 422


def _settings(**values):
    return {
        "marketing_from": 9, "marketing_until": 21, "sms_per_day": 100, "sms_alarm_percent": 80, "keep_days": 365,
        **values,
    }  # fmt: skip

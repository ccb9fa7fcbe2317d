"""My messages: unread, read, deleted; subscribe messages are counted; settings are kept."""

import pytest

from store.customers.customers import Customer
from store.messages import policies, subscriptions, templates
from store.messages.messages import Message
from store.tenants import channels
from tests.support import message_records
from tests.support.phone import Phone

MESSAGES, SUBSCRIPTIONS, SETTINGS = (
    "/api/me/messages",
    "/api/me/message-subscriptions",
    "/api/me/message-settings",
)


def customer_of(phone: Phone) -> Customer:
    return Customer.get(Customer.public_id == phone.get("/api/me").json["data"]["id"])


@pytest.fixture
def inbox(xiaomei: Phone) -> list[str]:
    """The numbers of three messages, the latest first."""
    customer = customer_of(xiaomei)
    return [message_records.write_notice(customer, source=f"notice:{n}").number for n in range(3)][::-1]


def test_messages_are_read_and_deleted(xiaomei: Phone, inbox: list[str]):
    first = xiaomei.get(MESSAGES, page_size=2).json["data"]
    assert [row["id"] for row in first["list"]] == inbox[:2]
    assert (first["total"], first["unread_count"], first["has_more"]) == (3, 3, True)
    assert first["list"][0]["text"] == "您有 120 积分将于 3月8日到期，请尽快使用。"
    rest = xiaomei.get(MESSAGES, page_size=2, after=first["next_cursor"]).json["data"]
    assert [row["id"] for row in rest["list"]] == inbox[2:]
    for _ in range(2):
        changed = xiaomei.request("PATCH", f"{MESSAGES}/{inbox[0]}", json={"read": True})
        assert changed.json["data"]["unread"] is False
    assert xiaomei.get("/api/me").json["data"]["unread_messages"] == 2
    assert [row["id"] for row in xiaomei.get(MESSAGES, unread="true").json["data"]["list"]] == inbox[1:]
    for _ in range(2):
        assert xiaomei.request("DELETE", f"{MESSAGES}/{inbox[1]}").status_code == 200
    assert xiaomei.get(f"{MESSAGES}/{inbox[1]}").status_code == 404
    assert xiaomei.post(f"{MESSAGES}/read").json["data"] == {"unread_count": 0}
    assert xiaomei.get(MESSAGES, unread="true").json["data"]["total"] == 0
    assert Message.select().count() >= 3, "the records stay"


def test_a_message_of_another_customer_is_not_found(laowang: Phone, inbox: list[str]):
    path = f"{MESSAGES}/{inbox[0]}"
    answers = [
        laowang.get(path),
        laowang.request("PATCH", path, json={"read": True}),
        laowang.request("DELETE", path),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert Message.get(Message.number == inbox[0]).read_at is None


@pytest.fixture
def template(acme: str) -> str:
    policies.change("points_expiring", enabled=True, on_site=True, media=["subscribe"], mode="first")
    return templates.save(
        kind="points_expiring", medium="subscribe", channel_key="acme-mini", name="积分到期提醒",
        platform_id="tmpl-1", fields={"number1": "{积分}"},
    ).platform_id  # fmt: skip


@pytest.mark.parametrize(("accepted", "left"), [(True, 1), (["tmpl-1"], 1), (False, 0), ([], 0)])
def test_an_acceptance_is_one_message(xiaomei: Phone, template: str, accepted, left):
    body = {"template_ids": [template], "accepted": accepted}
    for _ in range(2):
        answer = xiaomei.post(SUBSCRIPTIONS, body, key="k-1")
        assert [row["remaining"] for row in answer.json["data"]["templates"]] == [left]
    listed = xiaomei.get(SUBSCRIPTIONS).json["data"]
    assert listed["mini_program"] == channels.get_by_key("acme-mini").name
    assert listed["templates"] == [
        {
            "template_id": template, "title": "积分到期提醒", "kind": "points_expiring", "label": "积分即将过期",
            "remaining": left,
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body", [{"template_ids": ["other"], "accepted": True}, {"template_ids": [], "accepted": True}]
)
def test_an_unknown_template_is_rejected(xiaomei: Phone, template: str, body):
    assert xiaomei.post(SUBSCRIPTIONS, body).status_code == 422
    assert subscriptions.remaining_by_template(customer_of(xiaomei), channels.get_by_key("acme-mini")) == {}


def test_without_a_mini_program_there_is_nothing_to_subscribe(xiaomei: Phone):
    assert xiaomei.get(SUBSCRIPTIONS).json["data"] == {"mini_program": None, "templates": []}
    assert xiaomei.post(SUBSCRIPTIONS, {"template_ids": ["t"], "accepted": True}).status_code == 404


def test_settings_are_kept(xiaomei: Phone):
    assert xiaomei.get(SETTINGS).json["data"]["marketing"] is False
    for _ in range(2):
        body = {"marketing": True, "opted_out_media": ["sms"]}
        changed = xiaomei.request("PUT", SETTINGS, json=body).json["data"]
        assert (changed["marketing"], changed["opted_out_media"]) == (True, ["sms"])
    assert xiaomei.get("/api/me").json["data"]["profile"]["marketing_consent"] is True
    assert (
        xiaomei.request("PUT", SETTINGS, json={"marketing": True, "opted_out_media": ["fax"]}).status_code
        == 422
    )

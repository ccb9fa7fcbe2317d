"""Card templates and pack cards in the console: drafts, activation, what is rejected, and trying it again."""

import pytest

from store.member_cards import pack_cards
from store.member_cards.pack_cards import PackCard
from store.membership import registration
from store.tenants import audit
from tests.support.card_fixtures import VALUES, add_alipay_channel, give_openid, make_live_template, receive
from tests.support.card_packs import save_picture


@pytest.fixture
def values(browser) -> dict:
    add_alipay_channel()
    pictures = {"logo_url": save_picture((500, 500)), "cover_url": save_picture((1024, 643))}
    return {**VALUES, **pictures, "activations": ["one_click"]}


def actions() -> list[str]:
    return [entry.action for entry in audit.list_entries()]


def test_template_is_drafted_changed_and_put_into_use(browser, values):
    made = browser.post("card-templates", values)
    assert made.status_code == 201, made.text
    path = f"card-templates/{made.json['data']['id']}"
    changed = browser.put(path, {**values, "title": "小二金卡"})
    assert changed.json["data"]["title"] == "小二金卡"
    for _ in range(2):
        used = browser.post(f"{path}/activation")
        assert (used.status_code, used.json["data"]["state"]) == (200, "active")
    assert [(pack["platform"], pack["is_waiting"]) for pack in used.json["data"]["packs"]] == [
        ("wechat", True), ("alipay", True),
    ]  # fmt: skip
    assert browser.post(f"{path}/retries", {"platform": "wechat"}).status_code == 200
    (row,) = browser.get("card-templates", state="active", search="金卡").json["data"]["list"]
    assert row["activations"] == ["one_click"]
    assert browser.post(f"{path}/retirement").json["data"]["state"] == "retired"
    assert actions().count("card_templates.activate") == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"), ({"activations": ["auto", "jump"]}, "activations"),
        ({"activations": []}, "activations"),
        ({"shown": ["money"]}, "shown.0"), ({"valid_days": "x"}, "valid_days"), ({"price": 1}, "price"),
    ],
)  # fmt: skip
def test_what_is_wrong_about_a_template_is_named(browser, values, change, field):
    answer = browser.post("card-templates", {**values, **change})
    assert (answer.status_code, answer.json["data"]["field"]) == (422, field)


def test_picture_of_another_size_is_rejected(browser, values):
    answer = browser.post("card-templates", {**values, "logo_url": values["cover_url"]})
    assert (answer.status_code, answer.json["data"]["field"]) == (422, "logo_url")
    assert "500×500" in answer.json["msg"]


def test_rejected_card_is_listed_counted_and_tried_again(browser):
    member = registration.register_at_desk(phone="13800138000")
    give_openid(member, "mei")
    make_live_template(activations=("auto",))
    card = receive("mei", "code1")
    PackCard.update(problem="字段太长", due_at=None).where(PackCard.id == card.id).execute()
    waiting = browser.get("home").json["data"]["waiting"]
    assert [row["count"] for row in waiting if row["key"] == "pack_cards"] == [1]
    for search in ("13800138000", member.card_number, "code1"):
        (row,) = browser.get("pack-cards", problem="yes", search=search).json["data"]["list"]
        assert (row["card_number"], row["problem"], row["state"]) == (
            member.card_number,
            "字段太长",
            "active",
        )
    for _ in range(2):
        again = browser.post(f"pack-cards/{row['reference']}/retries")
        assert (again.status_code, again.json["data"]["problem"]) == (200, "")
    assert pack_cards.find_by_reference(row["reference"]).due_at is not None
    assert browser.post("pack-cards/pcd_none/retries").status_code == 404

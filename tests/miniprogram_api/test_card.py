"""My card: what it shows, and what a client needs to add it to the packs."""

import hashlib
import json

import pytest

from store.customers import members
from store.member_cards.pack_cards import PackCard
from store.points import points
from tests.support.card_packs import CardPacks, set_up


@pytest.fixture
def packs(web, sandbox, monkeypatch) -> CardPacks:
    return set_up(web, sandbox, monkeypatch)


@pytest.fixture
def registered(xiaomei):
    """A member with 30 points."""
    card = xiaomei.press_phone_button().json["data"]["member"]["card_number"]
    points.earn(member=members.get_by_card(card), kind="promotion", value=30, key="p")
    return xiaomei


def test_card_shows_the_totals_and_the_packs(packs, registered):
    before = registered.get("/api/me/card").json["data"]
    assert (before["points"]["available"], before["design"], before["packs"]) == (30, None, [])
    packs.make_template()
    after = registered.get("/api/me/card").json["data"]
    assert (after["joined"], after["tier"]["name"], after["design"]["colour"]) == (True, "普卡", "#63b359")
    assert [(row["platform"], row["state"], row["label"]) for row in after["packs"]] == [
        ("wechat", "none", "未添加"), ("alipay", "none", "未添加"),
    ]  # fmt: skip


def test_phone_of_the_person_accepts_the_signed_parameters(packs, registered):
    packs.make_template(activations=("auto",))
    page = f"{packs.web.config['PUBLIC_URL']}/m/card?a=x"
    given = registered.post("/api/me/card/packs/wechat", {"page_url": f"{page}#y"})
    assert given.status_code == 201, given.text
    data = given.json["data"]
    held = packs.sandbox.state.wechat_cards.add("xiaomei", card_id=data["card_id"], card_ext=data["card_ext"])
    packs.deliver()
    assert (PackCard.get().code, held.fields["points"]) == (held.code, 30)
    assert registered.get("/api/me/card").json["data"]["packs"][0]["state"] == "active"
    config = data["config"]
    ticket = packs.sandbox.state.wechat_cards.ticket(packs.sandbox.state.accounts.get("wxacmemp"), "jsapi")
    text = f"jsapi_ticket={ticket}&noncestr={config['nonceStr']}&timestamp={config['timestamp']}&url={page}"
    other = registered.post("/api/me/card/packs/wechat", {"page_url": "https://shop.example/m/card"})
    assert (other.status_code, other.json["data"]["field"]) == (422, "page_url")
    assert config["signature"] == hashlib.sha1(text.encode()).hexdigest()


def test_parameters_of_a_repeat_are_those_of_the_first_call(packs, registered):
    packs.make_template()
    first, again = (
        registered.post("/api/me/card/packs/wechat", {}, key="same").json["data"] for _ in range(2)
    )
    assert first == again
    references = {
        json.loads(row["card_ext"])["outer_str"]
        for row in (first, registered.post("/api/me/card/packs/wechat", {}).json["data"])
    }
    assert len(references) == 1


def test_alipay_gives_the_address_of_its_form(packs, registered):
    packs.make_template()
    given = registered.post("/api/me/card/packs/alipay", {})
    assert given.status_code == 201, given.text
    assert "/card/apply?template_id=" in given.json["data"]["url"]


def test_nothing_can_be_added_without_a_card_or_a_membership(packs, xiaomei):
    for platform in ("wechat", "alipay"):
        assert xiaomei.post(f"/api/me/card/packs/{platform}", {}).json["code"] == "not_a_member"
    xiaomei.press_phone_button()
    for platform in ("wechat", "alipay"):
        assert xiaomei.post(f"/api/me/card/packs/{platform}", {}).json["code"] == "card_not_offered"
    packs.make_template()
    packs.sandbox.inject_fault("/cgi-bin/ticket/getticket", "http_500", times=5)
    assert xiaomei.post("/api/me/card/packs/wechat", {}).json["code"] == "card_pack_unavailable"
    packs.sandbox.clear_faults()

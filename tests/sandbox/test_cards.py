"""Card packs of the sandbox: strict signatures, one card a person, and fields that are replaced."""

import hashlib
import json

import pytest

from tests.sandbox.conftest import Sandbox
from tests.support.sandbox_client import PERSON

CARD = {
    "card_type": "MEMBER_CARD",
    "member_card": {
        "base_info": {
            "title": "小二会员", "brand_name": "小二便利", "color": "Color010", "logo_url": "http://x",
            "notice": "请出示", "description": "须知", "date_info": {"type": "DATE_TYPE_PERMANENT"},
            "can_give_friend": True,
        },
        "prerogative": "会员价", "auto_activate": True,
    },
}  # fmt: skip


@pytest.fixture
def card_id(shop: Sandbox) -> str:
    return shop.post("/card/create", {"card": CARD})["card_id"]


def add(shop: Sandbox, card_id: str, person: str = PERSON, **changes: str) -> dict:
    ticket = shop.get("/cgi-bin/ticket/getticket", type="wx_card", access_token=shop.token())["ticket"]
    given = {
        "timestamp": str(shop.clock.wall_time()),
        "nonce_str": "n",
        "openid": shop.openid(person),
        **changes,
    }
    values = sorted([ticket, card_id, "", *(given[name] for name in ("timestamp", "nonce_str", "openid"))])
    signature = hashlib.sha1("".join(values).encode()).hexdigest()
    body = {"card_id": card_id, "card_ext": json.dumps({"signature": signature, **given})}
    return shop.client.post(f"/sandbox/people/{person}/cards", json=body).json


def test_card_is_added_once_by_the_person_it_is_signed_for(shop, card_id):
    first = add(shop, card_id)
    assert add(shop, card_id)["code"] == first["code"]
    assert add(shop, card_id, openid=shop.openid("laowang"))["error"] == "wrong_person"
    assert add(shop, card_id, timestamp="1")["error"] == "bad_signature"
    assert add(shop, card_id, signature="x")["error"] == "bad_signature"


def test_fields_are_replaced_and_a_deleted_card_takes_none(shop, card_id):
    code = add(shop, card_id)["code"]
    for _ in range(2):
        answer = shop.post("/card/membercard/updateuser", {"card_id": card_id, "code": code, "bonus": 30})
        assert (answer["errcode"], answer["result_bonus"]) == (0, 30)
    shop.client.post(f"/sandbox/people/{PERSON}/cards/{code}/actions", json={"action": "delete"})
    assert (
        shop.post("/card/membercard/updateuser", {"card_id": card_id, "code": code, "bonus": 9})["errcode"]
        == 40127
    )
    assert shop.get(f"/sandbox/people/{PERSON}/cards")["list"] == []
    assert add(shop, card_id)["points"] == 30


def test_card_with_two_activations_or_a_long_name_is_rejected(shop):
    both = {**CARD["member_card"], "wx_activate": True}
    assert shop.post("/card/create", {"card": {**CARD, "member_card": both}})["errcode"] == 47001
    base = {**CARD["member_card"]["base_info"], "title": "一" * 10}
    long = {**CARD["member_card"], "base_info": base}
    assert shop.post("/card/create", {"card": {**CARD, "member_card": long}})["errcode"] == 45021

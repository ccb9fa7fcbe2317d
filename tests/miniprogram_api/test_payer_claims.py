"""A payer answers through the route whether the member is the same person."""

import pytest

from store.customers import members, sessions
from store.customers.sms_codes import SmsCode
from store.membership import payer_claims

HOME = "/api/me/payer-claims"


@pytest.fixture
def claim(xiaomei, laowang):
    """Laowang, who has no phone here, has paid a top-up of Xiaomei."""
    xiaomei.press_phone_button()
    SmsCode.delete().execute()
    owner, payer = (sessions.get_by_token(phone.token).customer for phone in (xiaomei, laowang))
    return payer_claims.consider(member=members.get_or_create(owner), payer=payer, top_up_number="tu-1")


def test_a_yes_joins_and_an_undo_parts(claim, xiaomei, laowang, sandbox):
    (asked,) = laowang.get(HOME).json["data"]["list"]
    assert asked["question"].startswith("绑定到 ")
    assert "****" in asked["question"]
    path = f"{HOME}/{asked['id']}"
    assert laowang.post(f"{path}/sms-codes").status_code == 201
    code = sandbox.list_messages(xiaomei.number)[0]["params"]["code"]
    answer = laowang.post(f"{path}/answers", {"answer": "yes", "code": code})
    assert (answer.status_code, answer.json["data"]["state"]) == (201, "accepted")
    mine, theirs = (phone.get("/api/me").json["data"]["id"] for phone in (xiaomei, laowang))
    assert mine == theirs
    assert laowang.post(f"{path}/undos").json["data"]["state"] == "undone"
    assert laowang.get("/api/me").json["data"]["id"] != mine


def test_a_no_ends_the_question(claim, laowang):
    path = f"{HOME}/{claim.public_id}/answers"
    assert laowang.post(path, {"answer": "yes"}).json["code"] == "invalid"
    assert laowang.post(path, {"answer": "no"}).json["data"]["state"] == "declined"
    assert laowang.get(HOME).json["data"]["list"] == []


def test_the_member_sees_no_question_to_the_payer(claim, xiaomei):
    assert xiaomei.get(HOME).json["data"]["list"] == []
    assert xiaomei.post(f"{HOME}/{claim.public_id}/answers", {"answer": "no"}).status_code == 404

"""An Alipay mini-program signs people in by its own code."""

import pytest

from store.customers import identities, payers, sessions
from store.customers.customers import Customer
from store.tenants import channels


@pytest.fixture
def app(acme, sandbox):
    found = sandbox.state.alipay.apps.create({"name": "小二便利"})
    keys = found.credentials()
    channels.add(
        kind="alipay", name="小二便利", appid=found.app_id, secret=keys["private_key_pem"], key="acme-alipay",
        platform_public_key=keys["public_keys"][0],
    )  # fmt: skip
    return found


def sign_in(phone, sandbox, app, *, code="", person="xiaomei", **rest):
    code = code or sandbox.state.login_codes.issue("alipay", appid=app.app_id, person_id=person)
    return phone.post("/api/sessions", {"account": "acme-alipay", "platform": "alipay", "code": code, **rest})


def test_a_person_of_alipay_comes_back_as_the_same_customer(phone_of, sandbox, app):
    first, second = (sign_in(phone_of("xiaomei"), sandbox, app) for _ in range(2))
    assert first.status_code == 201, first.json
    assert first.json["data"]["customer"] == second.json["data"]["customer"]
    customer = sessions.get_by_token(first.json["data"]["token"]).customer
    assert {row.provider for row in identities.list_for(customer)} == {"alipay_user"}
    assert Customer.select().count() == 1


def test_who_paid_before_signs_in_as_the_same_customer(phone_of, sandbox, app):
    token = sign_in(phone_of("xiaomei"), sandbox, app).json["data"]["token"]
    customer = sessions.get_by_token(token).customer
    (identity, *_) = identities.list_for(customer)
    paid = payers.find_or_open(platform="alipay", app_id=app.app_id, payer_id=identity.subject)
    assert paid == customer


def test_a_phone_makes_an_alipay_person_a_member(phone_of, sandbox, app):
    phone = phone_of("xiaomei")
    phone.token = sign_in(phone, sandbox, app).json["data"]["token"]
    phone.accept_agreements()
    answer = phone.post("/api/me/registration", {"phone": phone.number, "code": phone.sms_code()})
    assert answer.status_code == 200, answer.json


@pytest.mark.parametrize("platform", ["wechat", "alipay"])
def test_a_platform_that_is_not_the_account_s_is_refused(phone_of, sandbox, app, platform):
    account = {"wechat": "acme-alipay", "alipay": "acme-mini"}[platform]
    answer = phone_of("xiaomei").post(
        "/api/sessions", {"account": account, "platform": platform, "code": "c"}
    )
    assert (answer.status_code, answer.json["code"]) == (422, "invalid")


def test_a_used_code_opens_nothing(phone_of, sandbox, app):
    code = sandbox.state.login_codes.issue("alipay", appid=app.app_id, person_id="xiaomei")
    assert sign_in(phone_of("xiaomei"), sandbox, app, code=code).status_code == 201
    again = sign_in(phone_of("xiaomei"), sandbox, app, code=code)
    assert (again.status_code, again.json["code"]) == (422, "code_invalid")

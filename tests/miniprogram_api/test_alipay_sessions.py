"""An Alipay mini-program signs people in by its own code, and gets their phone encrypted and signed."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from sandbox import alipay_crypto
from store.core.errors import DomainError
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


AES_KEY = base64.b64encode(b"0123456789abcdef").decode()


def encrypted_phone(app, mobile: str, *, key: bytes = b"0123456789abcdef") -> dict[str, str]:
    """What `my.getPhoneNumber` returns."""
    text = json.dumps({"code": "10000", "msg": "Success", "mobile": mobile}).encode()
    padded = text + bytes([16 - len(text) % 16]) * (16 - len(text) % 16)
    encryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
    response = base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()
    return {"response": response, "sign": alipay_crypto.sign(app.platform_private_key_pem, f'"{response}"')}


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


def test_phone_of_alipay_makes_a_member_and_a_forged_one_does_not(phone_of, sandbox, app):
    phone = phone_of("xiaomei")
    phone.token = sign_in(phone, sandbox, app).json["data"]["token"]
    phone.accept_agreements()
    right = encrypted_phone(app, phone.number)
    assert phone.post("/api/me/phone", right).json["code"] == "alipay_refused"  # the key is not set yet
    channels.change(channels.get_by_key("acme-alipay"), encoding_aes_key=AES_KEY)
    forged = [
        {**right, "sign": alipay_crypto.sign(app.private_key_pem, f'"{right["response"]}"')},
        {**right, "sign": alipay_crypto.sign(app.platform_private_key_pem, right["response"])},
        encrypted_phone(app, phone.number, key=b"f" * 16),
        encrypted_phone(app, "12345"),
    ]
    for given in forged:
        answer = phone.post("/api/me/phone", given)
        assert (answer.status_code, answer.json["code"]) == (422, "code_invalid"), answer.json
    answer = phone.post("/api/me/phone", right)
    assert answer.status_code == 200, answer.json
    customer = sessions.get_by_token(phone.token).customer
    assert identities.find_phone(customer) == f"+86{phone.number}"
    assert phone.post("/api/me/phone", {"sign": right["sign"]}).status_code == 422
    with pytest.raises(DomainError):
        channels.change(channels.get_by_key("acme-alipay"), encoding_aes_key="short")

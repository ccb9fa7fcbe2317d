"""Agreements and consents: no phone is taken before the current versions are accepted."""

import pytest

from store.core import actors
from store.core.errors import DomainError
from store.customers import consents, customers, sms_codes
from store.customers.consents import Consent
from store.customers.customers import Customer
from store.customers.identities import PHONE, Identity
from store.customers.merging import merges
from store.customers.sms_codes import SmsCode
from store.membership import registration
from store.tenants import agreements

BOTH = "请先阅读并同意《用户协议》和《隐私政策》"


@pytest.fixture
def stranger(phone_of):
    """A person who has signed in and accepted nothing."""
    phone = phone_of("xiaomei")
    phone.sign_in()
    return phone


def register_by_sms(phone, **accepted):
    SmsCode.delete().execute()
    body = {"phone": phone.number, "code": phone.sms_code()}
    return phone.post("/api/me/registration", body | ({"accepted": accepted} if accepted else {}))


def press_button(phone, sandbox, **accepted):
    body = {"code": sandbox.phone_code("xiaomei")}
    return phone.post("/api/me/phone", body | ({"accepted": accepted} if accepted else {}))


def test_n16_both_texts_can_be_read_before_signing_in(phone_of):
    found = phone_of("xiaomei").get("/api/agreements", account="acme-mini").json["data"]["list"]
    assert [(each["title"], each["version"]) for each in found] == [("用户协议", 1), ("隐私政策", 1)]
    assert all("小二" in each["text"] or "acme" in each["text"].lower() for each in found)


def test_n16_no_way_of_registration_takes_a_phone_without_consent(stranger, sandbox):
    for answer in (register_by_sms(stranger), press_button(stranger, sandbox)):
        assert (answer.status_code, answer.json["code"], answer.json["msg"]) == (
            409,
            "consent_required",
            BOTH,
        )
        assert answer.json["data"]["agreements"] == {"terms": 1, "privacy": 1}
    assert not Identity.select().where(Identity.provider == PHONE).exists()
    assert SmsCode.get().attempts == 0, "the code was used before the consent"


def test_n16_a_registration_carries_its_consent(stranger):
    me = register_by_sms(stranger, terms=1, privacy=1).json["data"]
    assert (me["member"]["joined"], me["consent_due"]) == (True, False)
    rows = [(row.kind, row.version, row.channel) for row in Consent.select().order_by(Consent.id)]
    assert rows == [("terms", 1, "wechat_miniprogram"), ("privacy", 1, "wechat_miniprogram")]
    given = stranger.get("/api/me/consents").json["data"]["list"]
    assert all(each["is_current"] and each["accepted_at"] for each in given)


def test_n16_half_a_consent_is_none(stranger, sandbox):
    answer = press_button(stranger, sandbox, terms=1)
    assert (answer.json["code"], answer.json["msg"]) == ("consent_required", "请先阅读并同意《隐私政策》")
    assert press_button(stranger, sandbox, privacy=1).json["data"]["member"]["joined"] is True


def test_n16_a_new_version_is_asked_for_again(stranger):
    register_by_sms(stranger, terms=1, privacy=1)
    agreements.publish(kind="terms", text="新的协议")
    assert stranger.get("/api/me").json["data"]["consent_due"] is True
    assert register_by_sms(stranger).json["msg"] == "请先阅读并同意《用户协议》"
    old = stranger.post("/api/me/consents", {"terms": 1})
    assert (old.json["code"], old.json["msg"]) == (
        "agreement_outdated",
        "《用户协议》已更新，请阅读新版后再同意",
    )
    assert stranger.post("/api/me/consents", {"terms": 2}).status_code == 201
    assert register_by_sms(stranger).status_code == 200


def test_consenting_twice_records_once(stranger):
    first, second = (stranger.post("/api/me/consents", {"terms": 1, "privacy": 1}).json for _ in range(2))
    assert first["data"] == second["data"]
    assert Consent.select().count() == 2


@pytest.mark.parametrize("body", [{}, {"terms": 0}, {"terms": "x"}, {"terms": 2**31}, {"other": 1}])
def test_a_senseless_consent_is_refused(stranger, body):
    assert stranger.post("/api/me/consents", body).status_code in (409, 422)
    assert Consent.select().count() == 0


def test_a_clerk_s_registration_records_the_desk(acme):
    member = registration.register_at_desk(phone="13800138000")
    registration.register_at_desk(phone="13800138000")
    rows = [(row.customer_id, row.kind, row.channel) for row in Consent.select().order_by(Consent.id)]
    assert rows == [(member.customer_id, kind, "desk") for kind in agreements.KINDS]


def test_an_erasure_ends_the_consents_and_keeps_their_record(stranger):
    register_by_sms(stranger, terms=1, privacy=1)
    stranger.request("DELETE", "/api/me", json={"confirm": True})
    assert all(row.ended_at for row in Consent.select())
    stranger.sign_in()
    assert register_by_sms(stranger).json["code"] == "consent_required"


def test_a_merged_customer_s_consents_move(acme, stranger, phone_of):
    register_by_sms(stranger, terms=1, privacy=1)
    owner = Customer.get()
    other = phone_of("laowang")
    other.sign_in()
    other.accept_agreements()
    newcomer = Customer.get(Customer.id != owner.id)
    survivor = merges.merge(survivor=owner, duplicate=newcomer, proof="clerk")
    assert {row.customer_id for row in Consent.select()} == {survivor.id}
    consents.ensure_accepted(survivor)


def test_the_operation_itself_asks_for_the_consent_of_a_customer(acme):
    """No other caller can take a phone from a customer without it."""
    code = sms_codes.request(phone="13800138000", purpose="register", client_ip="")
    proof = registration.verify_phone(phone="13800138000", code=code)
    customer = customers.create_customer(source="h5")
    with (
        actors.acting_as(actors.Actor(kind="customer", name="c")),
        pytest.raises(DomainError, match=BOTH),
    ):
        registration.register(verified_phone=proof, source="h5", customer=customer)
    assert not Identity.select().exists()

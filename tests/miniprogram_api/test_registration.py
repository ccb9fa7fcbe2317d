"""Registration: one phone, one customer, also when several requests come at the same moment."""

from threading import Barrier

import pytest

from store import purchases
from store.check_ins import check_ins
from store.core.database import db
from store.customers import customers, followers, identities, members, sessions, sms_codes
from store.customers.customers import Customer
from store.customers.identities import Identity
from store.customers.sms_codes import SmsCode
from store.membership import registration
from store.points import points
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.stored_value import authorization
from store.tenants import channels
from tests.support import database
from tests.support.app_customers import create_app_customer

PHONE = "+8613800138000"


@pytest.fixture
def purchase(acme):
    """Records what a person has paid at a shop; returns the shop's public id."""

    def done(phone, paid_fen):
        shop = shops.create_shop(code="S1", name="一店", location=Coordinates(116.4, 39.9))
        customer = customers.get_by_public_id(phone.get("/api/me").json["data"]["id"])
        member = members.get_or_create(customer)
        purchases.record(member=member, order_number="o-1", paid_fen=paid_fen, shop_id=shop.id)
        return shop.public_id

    return done


def registered(phone, number=None, **options):
    body = {"phone": number or phone.number, "code": phone.sms_code(number)}
    return phone.post("/api/me/registration", body, **options)


def masked(number):
    return f"{number[:3]}****{number[-4:]}"


def test_the_phone_button_makes_a_member_with_the_base_tier(xiaomei):
    me = xiaomei.press_phone_button().json["data"]
    assert me["member"]["joined"] is True
    assert me["member"]["tier"] == {"code": "base", "name": "普卡"}
    assert me["phone_masked"] == masked(xiaomei.number)


def test_f17_a_number_that_the_platform_vouches_for_is_taken(phone_of, sandbox):
    """The metadata of the library do not know this Hong Kong mobile."""
    person = sandbox.state.people.add(name="港友", phone="85281123456")
    phone = phone_of(person.id)
    phone.sign_in()
    me = phone.press_phone_button().json["data"]
    assert me["member"]["joined"] is True
    customer = identities.find_by_phone("+85281123456")
    assert customer is not None
    member = members.get_or_create(customer)
    assert authorization.request_code(member=member, address="").phone == "+85281123456"
    typed = phone.post("/api/sms-codes", {"phone": "+852 8112 3456", "purpose": "register"})
    assert (typed.status_code, typed.json["code"]) == (422, "invalid")


def test_a_phone_and_its_sms_code_make_a_member(xiaomei):
    me = registered(xiaomei).json["data"]
    assert me["member"]["joined"] is True
    assert me["phone_masked"] == masked(xiaomei.number)


def test_registering_twice_changes_nothing(xiaomei):
    first = xiaomei.press_phone_button().json["data"]
    assert xiaomei.press_phone_button().json["data"] == first


def test_a_used_phone_code_is_refused(xiaomei, sandbox):
    body = {"code": sandbox.phone_code("xiaomei")}
    assert xiaomei.post("/api/me/phone", body).status_code == 200
    assert xiaomei.post("/api/me/phone", body).json["code"] == "code_invalid"


def test_a_repeat_under_the_same_key_gets_the_first_answer_though_the_code_is_used(xiaomei, sandbox):
    body = {"code": sandbox.phone_code("xiaomei")}
    first, second = (xiaomei.post("/api/me/phone", body, key="k-1") for _ in range(2))
    assert second.status_code == 200
    assert first.json["data"] == second.json["data"]


def test_a_repeat_of_an_sms_registration_gets_the_first_answer_though_the_code_is_used(xiaomei):
    body = {"phone": xiaomei.number, "code": xiaomei.sms_code()}
    first, second = (xiaomei.post("/api/me/registration", body, key="k-1") for _ in range(2))
    assert second.status_code == 200
    assert first.json["data"] == second.json["data"]


@pytest.mark.parametrize("keys", [[None] * 7, [f"k-{n}" for n in range(7)]])
def test_five_wrong_codes_close_the_right_one(xiaomei, keys):
    right = xiaomei.sms_code()
    wrong = f"{(int(right) + 1) % 10**6:06}"

    def ask(code, key):
        body = {"phone": xiaomei.number, "code": code}
        return xiaomei.post("/api/me/registration", body, key=key).json["code"]

    assert [ask(wrong, key) for key in keys[:5]] == ["code_wrong"] * 5
    assert ask(right, keys[5]) == "code_expired"


def test_a_code_of_one_phone_does_not_prove_another(xiaomei, laowang):
    code = xiaomei.sms_code()
    answer = xiaomei.post("/api/me/registration", {"phone": laowang.number, "code": code})
    assert answer.json["code"] == "code_expired"


def test_a_session_goes_on_with_the_survivor_and_the_points_of_both(xiaomei, laowang):
    """The same phone, proved from two WeChats: one person once the old one confirms, and both tokens are theirs."""
    for phone in (xiaomei, laowang):
        phone.post("/api/me/check-ins")
    first = registered(xiaomei).json["data"]
    asked = ask_about_the_phone_of(xiaomei, laowang)
    confirmed = xiaomei.post(f"/api/me/phone-confirmations/{asked['phone_claim']['id']}", {"is_mine": True})
    assert confirmed.json["data"] == {"accepted": True}
    assert xiaomei.get("/api/me").json["data"] == laowang.get("/api/me").json["data"]
    assert laowang.get("/api/me").json["data"]["id"] == first["id"]


def ask_about_the_phone_of(holder, claimant):
    """Verify the holder's phone from another WeChat; return what its person sees."""
    SmsCode.delete().execute()  # the pause between two codes of a phone is not what is tested here
    return registered(claimant, holder.number).json["data"]


def test_f05_who_verifies_a_members_phone_sees_a_question_and_nothing_of_the_member(xiaomei, laowang):
    mine = laowang.get("/api/me").json["data"]
    xiaomei.post("/api/me/check-ins")
    xiaomei.request("PATCH", "/api/me", json={"name": "张小美"})
    registered(xiaomei)
    asked = ask_about_the_phone_of(xiaomei, laowang)
    claim = asked.pop("phone_claim")
    mine.pop("phone_claim")
    assert asked == mine
    assert (claim["question"], claim["attempts_left"]) == ("该手机号已有会员，是您本人吗？", 3)
    assert laowang.get("/api/me").json["data"]["phone_claim"] == claim
    assert xiaomei.get("/api/me").json["data"]["phone_confirmation"]["id"] == claim["id"]


def test_f05_shop_and_amount_prove_that_it_is_the_same_person(xiaomei, laowang, purchase):
    first = registered(xiaomei).json["data"]
    shop_id = purchase(xiaomei, 1990)
    claim = ask_about_the_phone_of(xiaomei, laowang)["phone_claim"]
    path = f"/api/me/phone-claims/{claim['id']}/purchase-proofs"
    wrong = laowang.post(path, {"store_id": shop_id, "amount_fen": 1991})
    assert (wrong.status_code, wrong.json["code"]) == (409, "proof_wrong")
    assert laowang.get("/api/me").json["data"]["phone_claim"]["attempts_left"] == 2
    right = {"store_id": shop_id, "amount_fen": 1990}
    answers = [laowang.post(path, right, key="k-1").json["data"] for _ in range(2)]
    assert answers[0] == answers[1]
    assert (answers[0]["id"], answers[0]["phone_claim"]) == (first["id"], None)


def test_f05_three_refused_proofs_count_though_the_request_is_refused(xiaomei, laowang, purchase):
    registered(xiaomei)
    shop_id = purchase(xiaomei, 1990)
    claim = ask_about_the_phone_of(xiaomei, laowang)["phone_claim"]
    path = f"/api/me/phone-claims/{claim['id']}/purchase-proofs"
    codes = [
        laowang.post(path, {"store_id": shop_id, "amount_fen": 1}, key=f"k-{number}").json["code"]
        for number in range(3)
    ]
    assert codes == ["proof_wrong"] * 3
    assert laowang.post(path, {"store_id": shop_id, "amount_fen": 1990}).json["code"] == "clerk_only"


def test_f05_no_opens_a_new_member_with_the_phone(xiaomei, laowang):
    registered(xiaomei)
    claim = ask_about_the_phone_of(xiaomei, laowang)["phone_claim"]
    me = laowang.post(f"/api/me/phone-claims/{claim['id']}/new-memberships").json["data"]
    assert (me["member"]["joined"], me["phone_masked"]) == (True, masked(xiaomei.number))
    old = xiaomei.get("/api/me").json["data"]
    assert (old["member"]["joined"], old["phone_masked"]) == (True, None)


def test_f05_another_person_cannot_answer_a_claim(xiaomei, laowang, phone_of):
    registered(xiaomei)
    claim = ask_about_the_phone_of(xiaomei, laowang)["phone_claim"]
    third = phone_of("lili")
    third.sign_in()
    for path, body in (
        (f"phone-claims/{claim['id']}/new-memberships", None),
        (f"phone-claims/{claim['id']}/purchase-proofs", {"store_id": "sto_x", "amount_fen": 1}),
        (f"phone-confirmations/{claim['id']}", {"is_mine": True}),
    ):
        assert third.post(f"/api/me/{path}", body).status_code == 404
    assert laowang.post(f"/api/me/phone-confirmations/{claim['id']}", {"is_mine": True}).status_code == 404


def test_a_phone_of_another_member_needs_an_sms_and_then_changes_hands(xiaomei, laowang, sandbox):
    xiaomei.press_phone_button()
    registered(laowang)
    taken = laowang.post("/api/me/phone", {"code": sandbox.phone_code("xiaomei")})
    assert (taken.status_code, taken.json["code"]) == (409, "phone_needs_sms")
    assert registered(laowang, xiaomei.number).json["data"]["phone_masked"] == masked(xiaomei.number)
    assert xiaomei.get("/api/me").json["data"]["phone_masked"] is None
    assert xiaomei.get("/api/me").json["data"]["member"]["joined"] is True


def test_an_official_account_s_page_has_no_phone_button(xiaomei, phone_of, sandbox):
    page = phone_of("xiaomei")
    follower = followers.get_or_create_customer(
        channel=channels.get_by_key("acme-mp"), openid="o-1", source="wechat_official"
    )
    page.token = sessions.open_session(customer=follower, channel_id=channels.get_by_key("acme-mp").id)
    page.accept_agreements()
    assert page.post("/api/me/phone", {"code": "x"}).json["code"] == "not_a_miniprogram"


def test_many_apps_that_prove_one_phone_at_once_become_one_customer(acme):
    asking = [create_app_customer(number) for number in range(16)]
    joined = database.run_concurrently(16, lambda n: register_by_platform(asking[n]))
    assert all(isinstance(member, members.Member) for member in joined), joined
    assert len({member.customer_id for member in joined}) == 1
    assert Customer.select().where(Customer.merged_into.is_null()).count() == 1
    assert bound_phones() == 1


def test_one_who_proves_two_members_phones_at_once_does_not_join_them(acme):
    """The asker can become one of the two; the other's phone would need an SMS."""
    for turn in range(8):
        phones = [f"+86138001381{turn}{n}" for n in range(2)]
        holders = [
            register_by_platform(create_follower(f"{turn}-{n}"), phones[n]).customer_id for n in range(2)
        ]
        asker = create_app_customer(turn)
        database.run_concurrently(
            2, lambda n, asker=asker, phones=phones: register_by_platform(asker, phones[n])
        )
        active = {customers.survivor(Customer.get_by_id(row_id)).id for row_id in holders}
        assert len(active) == 2


def test_a_member_who_registers_and_checks_in_at_once_keeps_every_point(acme):
    first, second = create_follower(1), create_app_customer(2)
    register_by_platform(first)
    works = [
        lambda: register_by_platform(second),
        lambda: check_ins.check_in(customer=second, source="h5"),
        lambda: check_ins.check_in(customer=first, source="h5"),
        lambda: register_by_platform(first),
    ]
    outcomes = database.run_concurrently(4, lambda n: works[n]())
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)], outcomes
    member = members.get_or_create(customers.survivor(first))
    earned = sum(entry.signed_value for entry in points.list_entries(points.get_or_create_account(member)))
    assert points.balance(member) == earned == 5, "one check-in a day, in every order"


def test_control_without_its_guards_one_phone_is_bound_to_many(acme, monkeypatch):
    """No unique index, no transaction: everybody looks before anybody binds."""
    looked, gate = identities.find_by_phone, Barrier(4)
    asking = [create_follower(number) for number in range(4)]

    def look(phone):
        found = looked(phone)
        gate.wait()
        return found

    def bind(number):
        return registration._customer_for_phone(
            phone=PHONE, customer=asking[number], source="h5", shop_id=None, by_sms=False
        )

    monkeypatch.setattr(identities, "find_by_phone", look)
    db.database.execute_sql("DROP INDEX identity_bound")
    try:
        database.run_concurrently(4, bind)
        assert bound_phones() == 4
    finally:
        Identity.delete().execute()
        unique = next(
            index for index in Identity._meta.indexes if getattr(index, "_name", "") == "identity_bound"
        )
        db.database.execute(unique)


def create_follower(number):
    channel = channels.get_by_key("acme-mini")
    return followers.get_or_create_customer(
        channel=channel, openid=f"o-{number}", source="wechat_miniprogram"
    )


def register_by_platform(customer, phone=PHONE):
    return registration.register_by_platform(phone=phone, source="wechat_miniprogram", customer=customer)


def bound_phones():
    held = (Identity.provider == identities.PHONE) & Identity.unbound_at.is_null()
    return Identity.select().where(held).count()


def test_a_try_inside_a_verb_is_a_mistake_that_shows(acme):
    code = sms_codes.request(phone=PHONE, purpose="register", client_ip="")
    with pytest.raises(RuntimeError):
        db.transactional(lambda: sms_codes.verify(phone=PHONE, purpose="register", code=code))()

"""Pay-as-member (支付即会员): who pays is a customer, and one member with the order once the phone is known."""

from typing import Any

import pytest

from store.customers import members, programmes, sessions
from store.customers.customers import Customer
from store.customers.members import Member
from store.customers.merging.journal import Merge
from store.customers.sms_codes import SmsCode
from store.membership.payer_claims import PayerClaim
from store.orders.tables import Order
from store.payments import merchants
from store.points import points
from store.points import rules as point_rules
from store.tenants import channels, cost_centres
from tasks import relay
from tests.support.phone import Phone
from tests.till.conftest import Till

PERSON, SPOUSE = "xiaomei", "laowang"


@pytest.fixture
def wechat(web, sandbox, shop):
    """A merchant whose payers are people of the mini-program."""
    given = sandbox.state.wechat_pay.merchants.create({"app_ids": ["wxacmemini"]}).credentials()
    return merchants.add(
        platform="wechat_pay", name="小二便利", merchant_id=given.pop("merchant_id"), app_id="wxacmemini",
        credentials=given,
    )  # fmt: skip


@pytest.fixture
def alipay(web, sandbox, shop):
    """An application of Alipay that takes payments and signs people in. Return its number."""
    app = sandbox.state.alipay.apps.create({"name": "小二便利"})
    given = app.credentials()
    channels.add(
        kind="alipay", name="小二便利", appid=app.app_id, secret=given["private_key_pem"], key="acme-alipay",
        platform_public_key=given["public_keys"][0],
    )  # fmt: skip
    merchants.add(
        platform="alipay", name="小二便利", merchant_id=given["seller_id"], app_id=given.pop("app_id"),
        credentials=given,
    )  # fmt: skip
    return app.app_id


@pytest.fixture(autouse=True)
def _point_a_yuan(web) -> None:
    point_rules.add_rule(
        group=points.list_groups(programmes.get_default())[0], name="消费积分", basis="amount", points=1,
        per_units=100, cost_centre=cost_centres.create(code="points", name="积分"),
    )  # fmt: skip


def sell(till: Till, sandbox: Any, platform: str, person: str = PERSON) -> Order:
    """A sale of 12.80 by a person's pay code."""
    number = till.post("/till/sales", {"amount_fen": 1_280}).json["data"]["number"]
    body = {"auth_code": sandbox.state.wallets.pay_code(person, platform).code}
    answer = till.post(f"/till/sales/{number}/charges", body)
    assert answer.json["data"]["state"] == "paid", answer.json
    relay.run("acme")
    return get_order(number)


def get_order(number: str) -> Order:
    return Order.get(Order.number == number)


def find_member(phone: Phone) -> Member:
    assert phone.token is not None
    return members.get_or_create(sessions.get_by_token(phone.token).customer)


def sign_in_by_alipay(phone: Phone, sandbox: Any, app_id: str) -> None:
    code = sandbox.state.login_codes.issue("alipay", appid=app_id, person_id=phone.person)
    body = {"account": "acme-alipay", "platform": "alipay", "code": code}
    phone.token = phone.post("/api/sessions", body).json["data"]["token"]


def test_a_stranger_of_wechat_pays_and_later_gives_the_phone(till, web, sandbox, wechat):
    order = sell(till, sandbox, "wechat_pay")
    assert order.member_id is None
    assert Customer.get_by_id(order.customer_id).source == "wechat_pay"
    phone = Phone(web, sandbox, PERSON)
    phone.sign_in()
    assert phone.press_phone_button().status_code == 200
    relay.run("acme")
    member = find_member(phone)
    assert get_order(order.number).member_id == member.id
    assert points.balance(member) == 12
    assert Customer.select().where(Customer.merged_into.is_null()).count() == 1


def test_a_stranger_of_alipay_pays_first_and_is_the_same_member(till, web, sandbox, wechat, alipay):
    """The phone is given in the mini-program of WeChat first, and then in that of Alipay, where the order is."""
    order = sell(till, sandbox, "alipay")
    assert Customer.get_by_id(order.customer_id).source == "alipay"
    mini = Phone(web, sandbox, PERSON)
    mini.sign_in()
    mini.press_phone_button()
    relay.run("acme")
    assert get_order(order.number).member_id is None
    other = Phone(web, sandbox, PERSON)
    sign_in_by_alipay(other, sandbox, alipay)
    other.accept_agreements()
    answer = other.post("/api/me/registration", {"phone": other.number, "code": other.sms_code()})
    assert answer.status_code == 200, answer.json
    relay.run("acme")
    member = find_member(mini)
    assert find_member(other) == member
    assert get_order(order.number).member_id == member.id
    assert points.balance(member) == 12


def test_a_member_who_pays_has_the_order_at_once(till, web, sandbox, wechat):
    phone = Phone(web, sandbox, PERSON)
    phone.sign_in()
    phone.press_phone_button()
    order = sell(till, sandbox, "wechat_pay")
    assert get_order(order.number).member_id == find_member(phone).id
    assert points.balance(find_member(phone)) == 12


@pytest.fixture
def topped_up(till, web, sandbox, wechat, alipay, manager):
    """A member of the mini-program and a payer of Alipay who has bought before and tops the member up."""

    def top_up(payer: str) -> tuple[Member, Order]:
        order = sell(till, sandbox, "alipay", payer)
        phone = Phone(web, sandbox, PERSON)
        phone.sign_in()
        phone.press_phone_button()
        member = find_member(phone)
        body = {
            "amount_fen": 2_000, "method": "code", "manager_pin": "741852",
            "auth_code": sandbox.state.wallets.pay_code(payer, "alipay").code,
        }  # fmt: skip
        answer = till.post(f"/till/members/{member.card_number}/top-ups", body)
        assert answer.json["data"]["state"] == "paid", answer.json
        relay.run("acme")
        SmsCode.delete().execute()
        return member, order

    return top_up


def test_a_top_up_of_one_s_own_joins_after_a_yes(topped_up, web, sandbox, alipay):
    member, order = topped_up(PERSON)
    payer = Phone(web, sandbox, PERSON)
    sign_in_by_alipay(payer, sandbox, alipay)
    (claim,) = payer.get("/api/me/payer-claims").json["data"]["list"]
    claim_path = f"/api/me/payer-claims/{claim['id']}"
    assert payer.post(f"{claim_path}/sms-codes").status_code == 201
    code = sandbox.list_messages(payer.number)[0]["params"]["code"]
    answer = payer.post(f"{claim_path}/answers", {"answer": "yes", "code": code})
    assert answer.status_code == 201, answer.json
    relay.run("acme")
    assert get_order(order.number).member_id == member.id
    assert points.balance(member) == 12


def test_a_spouse_s_top_up_joins_no_one_unasked(topped_up, web, sandbox, alipay):
    member, order = topped_up(SPOUSE)
    assert Merge.select().count() == 0
    assert get_order(order.number).member_id is None
    assert points.balance(member) == 0
    assert PayerClaim.get().state == "open"
    assert PayerClaim.get().customer_id == get_order(order.number).customer_id != member.customer_id

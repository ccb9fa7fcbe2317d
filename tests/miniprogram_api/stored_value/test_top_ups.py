"""A top-up online: the page gets what it needs to pay, and the money arrives once."""

import pytest

import payment_calls
from store.core.events import Event
from store.customers import members, sessions
from store.payments import attempts, merchants, payables
from store.payments.attempts import PaymentAttempt
from store.stored_value import accounts, top_up_payables, top_up_refunds, top_up_rules
from store.stored_value.top_up_refunds import TopUpRefund
from store.stored_value.top_ups import TopUp
from tests.support import database

HOME = "/api/me/stored-value/top-ups"


@pytest.fixture
def payments_of_top_ups():
    before = dict(payables._table)
    payables.install({"top_up": top_up_payables.FUNCTIONS})
    yield
    payables.install(before)


@pytest.fixture
def merchant(acme, sandbox, payments_of_top_ups):
    found = sandbox.state.wechat_pay.merchants.create({"name": "小二", "app_ids": ["wxacmemini"]})
    secrets = found.credentials()
    return merchants.add(
        platform="wechat_pay", name="小二", merchant_id=secrets.pop("merchant_id"), app_id="wxacmemini",
        credentials=secrets,
    )  # fmt: skip


@pytest.fixture
def mei(xiaomei, merchant):
    xiaomei.press_phone_button()
    top_up_rules.add(code="summer", name="充值有礼", steps=[{"amount_fen": 10_000, "bonus_fen": 1_000}])
    return xiaomei


def balance(phone):
    data = phone.get("/api/me/stored-value").json["data"]
    return data["principal_fen"], data["bonus_fen"]


def pay(sandbox, answer):
    sandbox.state.wechat_pay.confirm("xiaomei", token=answer["payment"]["package"].removeprefix("prepay_id="))
    return payment_calls.query(attempts.get(answer["payment_number"]))


def test_a_top_up_is_paid_with_what_the_route_gave(mei, sandbox):
    (offer,) = mei.get("/api/me/stored-value").json["data"]["top_up_rules"][0]["offers"]
    answer = mei.post(HOME, {"offer_id": offer["id"], "method": "wechat"})
    assert answer.status_code == 201, answer.json
    data = answer.json["data"]
    assert (data["state"], data["amount_fen"], data["bonus_fen"]) == ("requested", 10_000, 1_000)
    assert {"timeStamp", "nonceStr", "package", "signType", "paySign"} <= set(data["payment"])
    assert pay(sandbox, data).state == "succeeded"
    assert balance(mei) == (10_000, 1_000)
    found = mei.get(f"{HOME}/{data['number']}").json["data"]
    assert (found["state"], found["method"]) == ("paid", "wechat")
    assert mei.get(HOME).json["data"]["list"] == [found]


def test_the_same_key_is_one_top_up(mei):
    body = {"amount_fen": 1_234, "method": "wechat"}
    first, second = (mei.post(HOME, body, key="k-1").json["data"] for _ in range(2))
    assert first == second
    assert (TopUp.select().count(), PaymentAttempt.select().count()) == (1, 1)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"amount_fen": 100, "offer_id": "summer:10000", "method": "wechat"}, 422, "invalid"),
        ({"method": "wechat"}, 422, "invalid"),
        ({"amount_fen": 0, "method": "wechat"}, 422, "invalid"),
        ({"amount_fen": 100, "method": "cash"}, 422, "invalid"),
        ({"offer_id": "summer:1", "method": "wechat"}, 404, "not_found"),
        ({"amount_fen": 100, "method": "alipay"}, 409, "wrong_method"),
    ],
)
def test_what_cannot_be_paid_changes_nothing(mei, body, status, code):
    before = database.dump_rows()
    answer = mei.post(HOME, body)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert database.dump_rows() == before


def test_a_top_up_of_another_member_is_not_found(mei, laowang):
    number = mei.post(HOME, {"amount_fen": 100, "method": "wechat"}).json["data"]["number"]
    assert laowang.get(f"{HOME}/{number}").status_code == 404


def test_a_refund_goes_back_through_the_payment(mei, sandbox):
    data = mei.post(HOME, {"amount_fen": 10_000, "method": "wechat"}).json["data"]
    pay(sandbox, data)
    asked = mei.post("/api/me/stored-value/refund-requests", {"confirm": True})
    assert asked.json["data"]["state"] == "granted", asked.json
    refund = TopUpRefund.get()
    event = Event.get(Event.kind == "top_ups.refund_requested")
    for _ in range(2):
        top_up_refunds.ask_platform(event)
    (row,) = attempts.get(data["payment_number"]).refunds
    assert (row.number, row.amount_fen) == (refund.number, 10_000)
    payment_calls.send_refund(row)
    payment_calls.send_refund(type(row).get_by_id(row.id))
    top_up_refunds.confirm_paid(Event.get(Event.kind == "refunds.succeeded"))
    assert TopUpRefund.get().state == "completed"
    member = members.get_or_create(sessions.get_by_token(mei.token).customer)
    assert accounts.find_by_member(member).total_fen == 0

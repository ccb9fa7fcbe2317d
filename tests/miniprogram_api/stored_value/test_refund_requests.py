"""The member asks for the principal back through the route, and reads the answer."""

from store.core import actors
from store.customers import members, sessions
from store.stored_value import payments as stored_value_payments
from store.stored_value import refund_requests, top_up_payments

HOME = "/api/me/stored-value/refund-requests"
CASHIER = actors.Actor(kind="staff", name="小李")


def member_of(phone):
    return members.get_or_create(sessions.get_by_token(phone.token).customer)


def top_up(phone):
    with actors.acting_as(CASHIER):
        top_up_payments.take_cash(member=member_of(phone), amount_fen=10_000, key="r-1")


def test_a_request_is_answered_by_staff_and_read_by_the_member(xiaomei):
    top_up(xiaomei)
    stored_value_payments.spend(member=member_of(xiaomei), amount_fen=100, key="o-1")
    first, second = (xiaomei.post(HOME, {"confirm": True}) for _ in range(2))
    assert (first.status_code, first.json["data"]["state"]) == (201, "open")
    assert second.json["data"]["number"] == first.json["data"]["number"]
    with actors.acting_as(CASHIER):
        refund_requests.reject(number=first.json["data"]["number"], reason="请到店办理")
    (row,) = xiaomei.get(HOME).json["data"]["list"]
    assert (row["label"], row["answer"], row["principal_fen"]) == ("未同意", "请到店办理", 9_900)


def test_a_new_top_up_is_granted_at_once(xiaomei):
    top_up(xiaomei)
    assert xiaomei.post(HOME, {"confirm": True}).json["data"]["label"] == "已同意"
    assert xiaomei.get("/api/me/stored-value").json["data"]["available_fen"] == 0


def test_a_request_needs_a_confirmation_and_a_balance(xiaomei):
    assert xiaomei.post(HOME, {}).json["code"] == "invalid"
    assert xiaomei.post(HOME, {"confirm": True}).json["code"] == "nothing_to_refund"

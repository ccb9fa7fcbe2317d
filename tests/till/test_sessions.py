"""Sign-in at a till, and what ends it."""

import pytest

from store.tills import cashiers, sessions, terminals
from store.tills.cashiers import Cashier
from store.tills.sessions import TillSession
from tests.till.conftest import PIN


def test_a_cashier_signs_in_and_out(till, issued, shop):
    data = till.get("/till/session").json["data"]
    assert data["terminal"] == {
        "code": "T1", "name": "一号台", "store": {"id": shop.public_id, "name": "西站店"},
    }  # fmt: skip
    assert data["cashier"] == {"number": "1001", "name": "小李", "rights": ["sell"]}
    assert data["shift"] is None
    assert data["settings"] == {"round_down_to_fen": 1, "paper_columns": 32, "points_per_yuan": 100}
    assert till.request("DELETE", "/till/session").json["data"] == {"closed": True}
    assert till.get("/till/session").status_code == 401


def test_a_repeated_sign_in_gets_the_same_token(new_till, issued, cashier):
    first, second = (new_till().sign_in_as(issued.secret, key="k1").json["data"] for _ in range(2))
    assert first == second
    assert TillSession.select().count() == 1


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"secret": "acme.wrong"}, "terminal_unknown"),
        ({"secret": "stranger.wrong"}, "unauthorized"),
        ({"secret": "wrong"}, "unauthorized"),
        ({"pin": "000001"}, "pin_wrong"),
        ({"number": "7777"}, "pin_wrong"),
    ],
)
def test_whatever_is_wrong_is_answered_with_401(new_till, issued, cashier, wrong, code):
    answer = new_till().sign_in_as(**{"secret": issued.secret, **wrong})
    assert (answer.status_code, answer.json["code"]) == (401, code)
    assert TillSession.select().count() == 0


def test_five_wrong_pins_lock(new_till, issued, cashier):
    for _ in range(5):
        assert new_till().sign_in_as(issued.secret, pin="000001").json["code"] == "pin_wrong"
    answer = new_till().sign_in_as(issued.secret)
    assert (answer.status_code, answer.json["code"]) == (429, "pin_locked")
    assert answer.json["data"]["retry_after_s"] > 800


def test_sign_ins_of_an_address_are_limited(new_till, issued, cashier, monkeypatch):
    monkeypatch.setattr(sessions, "MAX_SIGN_INS_PER_MINUTE", 2)
    answers = [new_till().sign_in_as(issued.secret).status_code for _ in range(3)]
    assert answers == [201, 201, 429]


@pytest.mark.parametrize("pin", ["25803", "2580366", "25803a", ""])
def test_a_pin_of_another_form_counts_no_attempt(new_till, issued, cashier, pin):
    assert new_till().sign_in_as(issued.secret, pin=pin).status_code == 422
    assert Cashier.get_by_id(cashier.id).failed_attempts == 0


def test_a_disabled_terminal_or_cashier_is_signed_out_at_once(till, issued, cashier):
    cashiers.disable(cashier)
    assert till.get("/till/session").json["code"] == "unauthorized"
    cashiers.set_pin(cashier, pin=PIN)
    assert till.sign_in_as(issued.secret).status_code == 201
    terminals.disable(issued.terminal)
    assert till.get("/till/session").status_code == 401


@pytest.mark.parametrize(
    "header", ["", "Basic x", "Bearer", "Bearer acme.x", "Bearer stranger.x", "Bearer x"]
)
def test_no_other_token_counts(till, header):
    assert till.request("GET", "/till/session", headers={"Authorization": header}).status_code == 401


def test_a_customer_is_not_a_cashier(till, new_till):
    phone = new_till()
    phone.sign_in()
    assert phone.get("/till/session").status_code == 401
    phone.token = till.token
    assert phone.get("/api/me").status_code == 401

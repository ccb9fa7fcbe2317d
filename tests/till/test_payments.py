"""Payments of a shop over HTTP: for its managers alone, by page, with the sums."""

import pytest

from store.core import clock
from store.tenants import business_days
from tests.support.order_fixtures import create_shop, line, pay_cash, place, settle, start_attempt
from tests.till.conftest import MANAGER_PIN


@pytest.fixture
def managed(new_till, issued, cashier, manager):
    """A till at which the manager is signed in."""
    made = new_till()
    assert made.sign_in_as(issued.secret, "9001", MANAGER_PIN).status_code == 201
    return made


@pytest.fixture
def paid(shop):
    """Two payments of the shop, and one of another."""
    online = place(shop, line(1_280), key="o1")
    attempt = settle(start_attempt(online, "A1"), "succeeded").attempt
    orders = [online, pay_cash(place(shop, line(500)))]
    pay_cash(place(create_shop("S2"), line(999)))
    return orders, attempt


def test_m8_a_manager_sees_the_payments_of_the_own_shop(managed, paid):
    (online, cash), _ = paid
    data = managed.get("/till/payments").json["data"]
    assert [(row["order_number"], row["label"], row["paid_fen"]) for row in data["list"]] == [
        (cash.number, "现金", 500), (online.number, "微信网页支付", 1_280),
    ]  # fmt: skip
    summary = data["summary"]
    assert (data["total"], summary["paid_fen"], summary["coupon_fen"]) == (2, 1_780, 0)
    assert [row["report"] for row in summary["kinds"]] == ["微信网页支付", "现金付款"]


def test_a_cashier_without_the_right_sees_nothing(till, paid):
    answer = till.get("/till/payments")
    assert (answer.status_code, answer.json["code"]) == (403, "manager_required")


def test_pages_follow_one_another(managed, paid):
    first = managed.get("/till/payments", page_size=1).json["data"]
    rest = managed.get("/till/payments", page_size=1, after=first["next_cursor"]).json["data"]
    everything = managed.get("/till/payments").json["data"]
    assert first["list"] + rest["list"] == everything["list"]
    assert (first["has_more"], rest["next_cursor"], rest["summary"]) == (True, None, first["summary"])


def test_filters_narrow_list_and_sums(managed, paid):
    (online, _), attempt = paid
    today = business_days.day_of(clock.now()).isoformat()
    for query, count in (
        ({"kind": "cash"}, 1), ({"order": online.number}, 1), ({"q": attempt.number}, 1), ({"state": "closed"}, 0),
        ({"from": today, "to": today}, 2), ({"to": "2020-01-01"}, 0),
    ):  # fmt: skip
        data = managed.get("/till/payments", **query).json["data"]
        assert (data["total"], len(data["list"])) == (count, count), query
    assert managed.get("/till/payments", kind="cash").json["data"]["summary"]["paid_fen"] == 500


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "gold"}, {"state": "gone"}, {"from": "yesterday"}, {"q": "x" * 65}, {"after": "forged"},
        {"from": "2026-12-01", "to": "2026-11-01"}, {"page_size": "101"}, {"shop": "2"},
    ],
)  # fmt: skip
def test_wrong_filters_are_rejected(managed, query):
    assert managed.get("/till/payments", **query).status_code == 422

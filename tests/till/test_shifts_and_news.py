"""Shifts and news over HTTP."""

import base64

import pytest

from store.tills import news, shifts
from store.tills.shifts import CashSums, Shift


@pytest.fixture
def cash(monkeypatch):
    monkeypatch.setattr(shifts, "_sum_cash", lambda shift: CashSums(50_000, 10_000, 1_000))


def test_a_shift_from_opening_to_its_slip(till, cash):
    assert till.get("/till/shifts/current").status_code == 404
    assert till.get("/till/shifts/latest/slip").json["code"] == "no_shift"
    opened = till.post("/till/shifts", {"opening_fen": 20_000}, key="k1")
    assert opened.status_code == 201
    assert till.post("/till/shifts", {"opening_fen": 20_000}, key="k1").json["data"] == opened.json["data"]
    assert till.get("/till/session").json["data"]["shift"] == opened.json["data"]
    assert opened.json["data"]["expected_fen"] is None
    closed = till.post("/till/shifts/current/closing", {"counted_fen": 78_900}, key="k2")
    again = till.post("/till/shifts/current/closing", {"counted_fen": 78_900}, key="k2")
    assert closed.json["data"] == again.json["data"]
    assert (closed.json["data"]["expected_fen"], closed.json["data"]["difference_fen"]) == (79_000, -100)
    page = till.get("/till/shifts/latest/slip", format="html", width="80").json["data"]
    assert "-￥1.00" in page["html"]
    printed = till.get("/till/shifts/latest/slip", format="escpos", width="58").json["data"]
    assert "交班单".encode("gb18030") in base64.b64decode(printed["escpos"])
    assert till.get("/till/shifts/latest/slip", width="57").status_code == 422
    assert Shift.select().count() == 1


def test_a_second_shift_is_rejected(till):
    assert till.post("/till/shifts", {"opening_fen": 0}).status_code == 201
    refused = till.post("/till/shifts", {"opening_fen": 0})
    assert (refused.status_code, refused.json["code"]) == (409, "shift_open")
    assert till.post("/till/shifts/current/closing", {"counted_fen": 0}).status_code == 201
    assert till.post("/till/shifts/current/closing", {"counted_fen": 0}).json["code"] == "no_shift"


@pytest.mark.parametrize("amount", [-1, 1.5, "x", None, 10**12])
def test_amounts_out_of_bounds_are_rejected(till, amount):
    assert till.post("/till/shifts", {"opening_fen": amount}).status_code == 422
    assert Shift.select().count() == 0


def test_a_till_reads_its_news_from_where_it_signed_in(till, issued):
    news.record(kind="surplus", message="旧消息", terminal_id=issued.terminal.id)
    start = till.get("/till/news").json["data"]
    assert start["list"] == []
    news.record(
        kind="payment_succeeded", message="已付 12.80 元", sale_number="9", terminal_id=issued.terminal.id
    )
    data = till.get("/till/news", after=start["next"]).json["data"]
    assert [(row["kind"], row["message"], row["sale_number"]) for row in data["list"]] == [
        ("payment_succeeded", "已付 12.80 元", "9")
    ]
    assert till.get("/till/news", after=data["next"]).json["data"] == {"list": [], "next": data["next"]}

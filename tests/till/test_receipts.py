"""Receipts of real sales as ESC/POS and as a page, and the cash of cancelled sales in the shift."""

import base64
import re

from store.coupons import coupons
from store.points import points
from store.stored_value import payment_codes
from tasks import relay
from tests.support import coupon_fixtures, order_fixtures
from tests.till.conftest import Till
from tests.till.test_sales import open_sale


def read_escpos(till: Till, number: str, **query: str) -> str:
    """The text of a receipt's bytes, its white space made one."""
    data = till.get(f"/till/sales/{number}/slip", format="escpos", **query).json["data"]
    assert data["html"] is None
    raw = base64.b64decode(data["escpos"])
    assert raw.startswith(b"\x1b@")
    return re.sub(r"\s+", " ", raw.decode("gb18030", errors="ignore"))


def test_a_receipt_of_a_mixed_sale_is_the_same_on_paper_and_page(till, member):
    points.adjust(member=member, value=1_000, reason="补登", key="k1")
    order_fixtures.top_up(member, 5_000)
    coupon = coupons.issue(rule=coupon_fixtures.create_listed_rule(), member=member, key="k")
    sale = open_sale(
        till, lines=[{"name": "鲜牛奶", "unit_price_fen": 5_000, "quantity": 2}], member=member.card_number,
        coupon_codes=[coupon.code], points=1_000,
        stored_value={"amount_fen": 3_000, "payment_code": payment_codes.issue_code(member=member).code},
    )  # fmt: skip
    number = sale["number"]
    assert till.get(f"/till/sales/{number}/slip", format="escpos").status_code == 409
    till.post(f"/till/sales/{number}/cash", {"received_fen": sale["due_fen"] + 500})
    for width in ("58", "80"):
        text = read_escpos(till, number, width=width)
        for part in ("鲜牛奶", "2 x ￥50.00", "五元券 -￥5.00", "储值支付 ￥30.00", "找零 ￥5.00", number):
            assert part in text, (part, text)
        assert "重印" not in text
    assert "重印" in read_escpos(till, number, reprint="true")
    page = till.get(f"/till/sales/{number}/slip", format="html").json["data"]["html"]
    assert "五元券" in page


def test_stored_value_pays_the_rest_after_cash(till, member):
    order_fixtures.top_up(member, 5_000)
    sale = open_sale(till, amount_fen=1_280, member=member.card_number)
    url = f"/till/sales/{sale['number']}"
    till.post(f"{url}/cash", {"received_fen": 500})
    code = payment_codes.issue_code(member=member).code
    body = {"stored_value": {"amount_fen": 780, "payment_code": code}}
    paid = till.request("PATCH", url, json=body)
    assert paid.status_code == 200, paid.json
    assert (paid.json["data"]["state"], paid.json["data"]["paid_fen"]) == ("paid", 500)
    refused = till.request("PATCH", url, json={"coupon_codes": "best"})
    assert refused.status_code == 409
    relay.run("acme")


def test_cash_of_a_cancelled_sale_leaves_the_drawer(till):
    till.post("/till/shifts", {"opening_fen": 10_000})
    url = f"/till/sales/{open_sale(till, amount_fen=1_280)['number']}"
    till.post(f"{url}/cash", {"received_fen": 500})
    assert till.request("DELETE", url).json["data"]["state"] == "closed"
    closed = till.post("/till/shifts/current/closing", {"counted_fen": 10_000}).json["data"]
    assert (closed["sales_fen"], closed["refunds_fen"], closed["difference_fen"]) == (500, 500, 0)

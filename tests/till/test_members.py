"""Members and coupons at a till."""

import pytest

from store.core import actors
from store.coupons import coupons
from store.customers import consents, freezes, member_codes, members
from store.points import points
from store.stored_value import top_up_payments
from store.tenants.audit import AuditEntry
from store.tills import sessions
from tests.support import coupon_fixtures
from tests.till.conftest import MANAGER_PIN, MEMBER_PHONE


@pytest.fixture
def coupon(member):
    return coupons.issue(rule=coupon_fixtures.create_listed_rule(), member=member, key="k")


def test_a_member_is_found_by_phone_and_card(till, member, coupon):
    points.adjust(member=member, value=30, reason="补登", key="k1")
    with actors.acting_as(actors.Actor(kind="staff", name="1001")):
        top_up_payments.take_cash(member=member, amount_fen=5_000, key="k2")
    card = member.card_number
    for text in (MEMBER_PHONE, "+86 138-0013-8000", card, f" {card[:4]} {card[4:]} "):
        [found] = till.get("/till/members", q=text).json["data"]["list"]
        assert (found["id"], found["card"], found["phone"]) == (
            member.public_id, member.card_number, "138****8000",
        )  # fmt: skip
        assert (found["tier"], found["points"], found["stored_value_fen"]) == ("普卡", 30, 5_000)
        assert [(row["code"], row["usable"], row["reason"]) for row in found["coupons"]] == [
            (coupon.code, True, None)
        ]


def test_a_new_member_is_registered_once_with_consent_into_the_shop(till, shop):
    body = {"phone": "139 0013 9000", "consent": True}
    refused = till.post("/till/members", {**body, "consent": False})
    assert (refused.status_code, refused.json["data"]["field"]) == (422, "consent")
    made, again = (till.post("/till/members", body) for _ in range(2))
    assert (made.status_code, made.json["data"]["phone"]) == (201, "139****9000")
    assert again.json["data"]["card"] == made.json["data"]["card"]
    member = members.get_by_card(made.json["data"]["card"])
    assert (member.shop_id, member.source) == (shop.id, "clerk")
    assert [row.channel for row in consents.list_history(member.customer)] == ["desk"] * 2
    [entry] = AuditEntry.select().where(AuditEntry.action == "memberships.register")
    assert (entry.actor, entry.subject) == ("1001", f"member:{member.public_id}")
    assert till.post("/till/members", {**body, "phone": "12345"}).json["code"] == "invalid"


def test_a_frozen_member_is_shown_with_nothing_to_spend(till, member, coupon):
    with actors.acting_as(actors.Actor(kind="staff", name="1001")):
        top_up_payments.take_cash(member=member, amount_fen=5_000, key="k2")
        freezes.freeze(member=member, reason="核实异常消费")
    [found] = till.get("/till/members", q=member.card_number).json["data"]["list"]
    assert (found["is_frozen"], found["stored_value_fen"]) == (True, 0)
    assert [(row["usable"], row["reason"]) for row in found["coupons"]] == [(False, "会员已冻结")]


def test_a_member_code_is_used_up_and_a_repeat_at_the_same_till_is_answered(till, member):
    code = member_codes.compute_current(member).code
    for _ in range(2):
        [found] = till.get("/till/members", q=code).json["data"]["list"]
        assert found["id"] == member.public_id
    with pytest.raises(Exception, match="会员码"):
        member_codes.identify(code=code, till="T2", key="k")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("13900139000", 200),
        ("8000000000000000", 200),
        ("890000000000000000", 422),
        ("hello", 422),
        ("1", 422),
    ],
)
def test_no_member_is_found(till, member, text, status):
    answer = till.get("/till/members", q=text)
    assert answer.status_code == status
    assert status != 200 or answer.json["data"]["list"] == []


def test_searches_are_limited(till, member, monkeypatch):
    monkeypatch.setattr(sessions, "MAX_SEARCHES_PER_MINUTE", 1)
    assert [till.get("/till/members", q=MEMBER_PHONE).status_code for _ in range(2)] == [200, 429]


def test_the_member_gets_an_sms_code(till, member, sandbox):
    path = f"/till/members/{member.card_number}/sms-codes"
    sent = till.post(path, key="k1")
    assert (sent.status_code, sent.json["data"]["valid_s"]) == (201, 300)
    assert till.post(path, key="k1").json["data"] == sent.json["data"]
    assert len(sandbox.list_messages(MEMBER_PHONE)) == 1
    assert till.post(path).status_code == 429
    assert till.post("/till/members/8000000000000000/sms-codes").status_code == 404


def adjust(till, member, value=10, pin=None, **options):
    body = {"points": value, "reason": "漏积分", "manager_pin": pin}
    return till.post(f"/till/members/{member.card_number}/points", body, **options)


def test_points_need_the_right_or_a_manager(till, member):
    refused = adjust(till, member)
    assert (refused.status_code, refused.json["code"]) == (403, "manager_required")
    assert adjust(till, member, pin="000001").json["code"] == "manager_pin_wrong"
    done = adjust(till, member, pin=MANAGER_PIN, key="k1")
    assert (done.status_code, done.json["data"]) == (201, {"points": 10, "balance": 10})
    assert adjust(till, member, pin=MANAGER_PIN, key="k1").json["data"] == done.json["data"]
    assert points.balance(member) == 10
    approvals = AuditEntry.select().where(AuditEntry.action == "cashiers.authorize")
    assert [(row.actor, row.after["manager"]) for row in approvals] == [("1001", "9001")]


def test_a_manager_takes_points_and_never_more_than_there_are(till, issued, member):
    till.sign_in_as(issued.secret, "9001", MANAGER_PIN)
    adjust(till, member, 10)
    assert adjust(till, member, -4).json["data"] == {"points": -4, "balance": 6}
    assert adjust(till, member, -7).json["code"] == "points_short"
    assert adjust(till, member, 0).status_code == 422
    assert points.balance(member) == 6


@pytest.mark.parametrize("reason", ["", " ", "x" * 201, "a\x00b", None])
def test_points_need_a_reason(till, issued, member, reason):
    till.sign_in_as(issued.secret, "9001", MANAGER_PIN)
    answer = till.post(f"/till/members/{member.card_number}/points", {"points": 1, "reason": reason})
    assert answer.status_code == 422
    assert points.balance(member) == 0


def redeem(till, code, amount_fen=None, **options):
    return till.post("/till/coupon-redemptions", {"code": code, "amount_fen": amount_fen}, **options)


def test_a_coupon_is_redeemed_without_a_sale_once(till, coupon):
    done = redeem(till, coupon.code, key="k1")
    assert done.status_code == 201
    data = done.json["data"]
    assert (data["code"], data["value_fen"] > 0, data["order_number"][0]) == (coupon.code, True, "9")
    assert redeem(till, coupon.code, key="k1").json["data"] == data
    assert redeem(till, coupon.code, key="k2").status_code == 409
    assert coupons.get_by_code(coupon.code).state == "used"


def test_a_coupon_that_does_not_apply_stays(till, member):
    rule = coupon_fixtures.create_listed_rule(threshold_fen=3_000)
    coupon = coupons.issue(rule=rule, member=member, key="k")
    refused = redeem(till, coupon.code, 2_999)
    assert (refused.status_code, refused.json["code"]) == (409, "coupon_not_applicable")
    assert redeem(till, "6000000000000000").status_code == 404
    assert redeem(till, coupon.code, 0).status_code == 422
    assert coupons.get_by_code(coupon.code).state == "issued"
    assert redeem(till, coupon.code, 3_000).json["data"]["payable_fen"] == 2_500


@pytest.mark.parametrize(
    ("benefit", "amount_fen", "value_fen"),
    [
        ({"kind": "voucher", "worth_fen": 500}, None, 500),
        ({"kind": "exchange", "products": ["tea"], "price_fen": 100}, None, 1),
        ({"kind": "exchange", "products": ["tea"], "price_fen": 100}, 1_000, 900),
        ({"kind": "percent_off", "percent": 20}, 1_000, 200),
    ],
)
def test_each_kind_of_coupon_is_redeemed(till, member, benefit, amount_fen, value_fen):
    rule = coupon_fixtures.create_listed_rule(benefit=benefit, threshold_fen=0)
    coupon = coupons.issue(rule=rule, member=member, key="k")
    assert redeem(till, coupon.code, amount_fen).json["data"]["value_fen"] == value_fen


def test_a_percentage_needs_an_amount(till, member):
    rule = coupon_fixtures.create_listed_rule(benefit={"kind": "percent_off", "percent": 20}, threshold_fen=0)
    coupon = coupons.issue(rule=rule, member=member, key="k")
    refused = redeem(till, coupon.code)
    assert (refused.status_code, refused.json["data"]["field"]) == (422, "amount_fen")

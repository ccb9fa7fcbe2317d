"""Stored value through the route: the balance, the statement, codes to pay with, a lost phone."""

import base64
import csv
import io
import json
import re

import pytest

from store.core import actors, numbers
from store.core.database import db
from store.core.errors import DomainError
from store.customers import members, sessions
from store.stored_value import accounts as stored_value_accounts
from store.stored_value import authorization as stored_value_authorization
from store.stored_value import payments as stored_value_payments
from store.stored_value import top_up_payments, top_up_rules
from store.stored_value.accounts import StoredValueSettings
from store.stored_value.authorization import StoredValueSecuritySettings
from store.stored_value.ledger import StoredValueAccount
from store.stored_value.payment_codes import PaymentCode, PaymentCodeSettings
from store.tenants import settings
from tests.support import database

HOME = "/api/me/stored-value"
CODES, LOSS = f"{HOME}/payment-codes", f"{HOME}/loss-reports"
CASHIER = actors.Actor(kind="staff", name="小李")


def member_of(phone):
    return members.get_or_create(sessions.get_by_token(phone.token).customer)


def top_up(phone, amount_fen, key="r-1"):
    with actors.acting_as(CASHIER):
        top_up_payments.take_cash(member=member_of(phone), amount_fen=amount_fen, key=key)


@pytest.fixture
def mei(xiaomei):
    """Xiaomei, a member with 100 + 10 yuan of which 55 are spent."""
    xiaomei.press_phone_button()
    top_up_rules.add(code="summer", name="充值有礼", steps=[{"amount_fen": 10_000, "bonus_fen": 1_000}])
    top_up(xiaomei, 10_000)
    stored_value_payments.spend(member=member_of(xiaomei), amount_fen=5_500, key="o-1", order_number="1001")
    return xiaomei


@pytest.fixture
def wang(laowang):
    laowang.press_phone_button()
    return laowang


def show_account(phone):
    return phone.get(HOME).json["data"]


def test_who_never_topped_up_has_zero_and_no_account_is_opened(wang):
    result = show_account(wang)
    assert [result[name] for name in ("available_fen", "has_account", "joined", "frozen")] == [
        0,
        False,
        True,
        False,
    ]
    assert result["headroom_fen"] == 500_000
    assert StoredValueAccount.select().count() == 0


def test_the_account_is_reported_with_its_limits_and_rules(mei):
    settings.change(StoredValueSettings, purchase_limit_fen=20_000, daily_limit_fen=30_000)
    settings.change(StoredValueSecuritySettings, authorization_required=True, exempt_up_to_fen=1_000)
    stored_value_payments.hold(
        member=member_of(mei),
        amount_fen=1_100,
        order_number="o-2",
        authorization=stored_value_authorization.authorize_by_session(
            session=sessions.get_by_token(mei.token)
        ),
    )
    result = show_account(mei)
    names = ("principal_fen", "bonus_fen", "held_fen", "available_fen", "headroom_fen", "frozen_at")
    assert [result[name] for name in names] == [4_000, 400, 1_100, 4_400, 494_500, None]
    assert result["security"] == {
        "authorization_required": True,
        "exempt_up_to_fen": 1_000,
        "purchase_limit_fen": 20_000,
        "daily_limit_fen": 30_000,
        "spent_today_fen": 6_600,
    }
    rule = {"name": "充值有礼", "description": "充 100 元送 10 元", "already_used": False, "ends_at": None}
    rule["offers"] = [{"id": "summer:10000", "amount_fen": 10_000, "bonus_fen": 1_000}]
    assert result["top_up_rules"] == [rule]


def test_a_rule_for_once_is_marked_when_it_was_used(wang):
    top_up_rules.add(
        code="first", name="首充", steps=[{"amount_fen": 5_000, "bonus_fen": 500}], single_use=True
    )
    assert [rule["already_used"] for rule in show_account(wang)["top_up_rules"]] == [False]
    top_up(wang, 5_000)
    assert [rule["already_used"] for rule in show_account(wang)["top_up_rules"]] == [True]
    assert offer(wang, 5_000)["bonus_fen"] == 0


def offer(phone, amount_fen):
    return phone.get(f"{HOME}/top-up-offers", amount_fen=amount_fen).json["data"]


def test_an_offer_tells_the_bonus_and_whether_it_fits(mei):
    assert offer(mei, 10_000) == {
        "amount_fen": 10_000, "bonus_fen": 1_000, "total_fen": 11_000, "rule": "充值有礼", "headroom_fen": 494_500,
        "is_allowed": True,
    }  # fmt: skip
    assert offer(mei, 9_999)["bonus_fen"] == 0
    assert offer(mei, 494_000)["is_allowed"] is False


@pytest.mark.parametrize("amount", ["0", "-1", "500001", "1.5", "x", "", "9" * 40])
def test_an_offer_for_what_is_no_amount_is_refused(mei, amount):
    answer = mei.get(f"{HOME}/top-up-offers", amount_fen=amount)
    assert (answer.status_code, answer.json["data"]["field"]) == (422, "amount_fen")


def statement(phone, **query):
    return phone.get(f"{HOME}/entries", **query).json["data"]


def test_the_statement_tells_each_booking_and_the_balance_after_it(mei):
    result = statement(mei)
    assert [(row["label"], row["amount_fen"], row["balance_fen"]) for row in result["list"]] == [
        ("消费", -5_500, 5_500), ("充值", 11_000, 11_000),
    ]  # fmt: skip
    assert result["list"][0]["order_number"] == "1001"
    assert (result["credited_fen"], result["debited_fen"], result["has_more"]) == (11_000, 5_500, False)


def test_pages_join_without_a_gap_or_a_double(mei):
    for number in range(5):
        stored_value_payments.spend(member=member_of(mei), amount_fen=100 + number, key=f"p-{number}")
    whole, seen, cursor = statement(mei)["list"], [], None
    while True:
        page = statement(mei, limit=2, **({"cursor": cursor} if cursor else {}))
        seen += page["list"]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            break
    assert seen == whole
    assert len(whole) == 7


def test_a_month_can_be_asked_for(mei):
    at = statement(mei)["list"][0]["booked_at"]
    month = at[:7]
    assert len(statement(mei, month=month)["list"]) in (1, 2)  # the test may run over the edge of a month
    assert statement(mei, month="2001-01") == {
        "list": [], "credited_fen": 0, "debited_fen": 0, "next_cursor": None, "has_more": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    "query",
    [{"month": "2026-13"}, {"month": "x"}, {"limit": 0}, {"limit": 100}, {"cursor": "1"}, {"member": "mem_1"}],
)  # fmt: skip
def test_what_a_statement_cannot_be_is_refused(mei, query):
    assert mei.get(f"{HOME}/entries", **query).status_code == 422


def test_a_cursor_of_another_customer_or_another_ledger_opens_nothing(mei, wang):
    cursor = statement(mei, limit=1)["next_cursor"]
    assert wang.get(f"{HOME}/entries", cursor=cursor).json["data"]["field"] == "cursor"
    assert mei.get("/api/me/points/entries", cursor=cursor).status_code == 422
    assert statement(mei, limit=1, cursor=cursor)["list"][0]["kind"] == "top_up"


def test_the_statement_can_be_kept_as_csv(mei):
    stored_value_payments.refund_by_key(key="o-1", amount_fen=500, refund_key="r", reason="=cmd|'/c calc'!A1")
    answer = mei.get(f"{HOME}/statement.csv")
    assert answer.mimetype == "text/csv"
    disposition = answer.headers["Content-Disposition"]  # ASCII, as RFC 6266 wants it
    assert re.fullmatch(
        r"attachment; filename=\"download\.csv\"; filename\*=UTF-8''[%0-9A-F]+-[0-9-]{10}\.csv", disposition
    )
    assert answer.headers["Cache-Control"] == "no-store"
    text = answer.get_data(as_text=True)
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [row["类型"] for row in rows] == ["充值", "消费", "消费退款"]
    assert rows[-1]["说明"] == "'=cmd|'/c calc'!A1"
    assert "小李" not in text


def test_whole_statements_have_a_limit(mei):
    statuses = [mei.get(f"{HOME}/statement.csv").status_code for _ in range(21)]
    assert statuses == [200] * 20 + [429]


def test_a_payment_code_is_shown_as_digits_and_picture_and_pays_once(mei):
    answer = mei.post(CODES)
    assert answer.status_code == 201
    result = answer.json["data"]
    assert numbers.find_kind(result["code"]) == "payment_code"
    assert 55 <= result["expires_in_s"] <= 60
    kind, _, data = result["picture"].partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert base64.b64decode(data).startswith(b"<svg")
    proof, member = stored_value_authorization.authorize_by_payment_code(code=result["code"], till="t")
    stored_value_payments.spend(member=member, amount_fen=100, key="o-2", payment_authorization=proof)
    assert show_account(mei)["available_fen"] == 5_400


def test_the_next_code_ends_the_one_before(mei):
    first, second = (mei.post(CODES).json["data"]["code"] for _ in range(2))
    assert first != second
    assert (
        PaymentCode.select()
        .where(PaymentCode.expires_at > max(row.issued_at for row in PaymentCode.select()))
        .count()
        == 1
    )


def test_the_same_key_gets_the_same_code(mei):
    first, second = (mei.post(CODES, key="k").json["data"] for _ in range(2))
    assert first == second
    assert PaymentCode.select().count() == 1


def test_no_row_holds_a_code_in_clear(mei):
    code = mei.post(CODES, key="k").json["data"]["code"]
    rows = database.dump_rows()
    kept = [str(row) for row in db.database.execute_sql("SELECT * FROM stored_response").fetchall()]
    del rows["stored_response"]  # read as columns its answers are in clear, so it is checked as it is stored
    assert kept
    assert code not in json.dumps([rows, kept], default=str)


def test_a_follower_is_asked_to_register_first(xiaomei):
    answer = xiaomei.post(CODES)
    assert (answer.status_code, answer.json["code"], answer.json["msg"]) == (
        409,
        "not_joined",
        "请先注册会员",
    )


def test_codes_have_a_limit(mei):
    settings.change(PaymentCodeSettings, issues_per_minute=3)
    assert [mei.post(CODES).status_code for _ in range(4)] == [201, 201, 201, 429]


def test_a_reported_loss_stops_codes_and_purchases_at_once(mei):
    code = mei.post(CODES).json["data"]["code"]
    answer = mei.post(LOSS)
    assert (answer.status_code, answer.json["data"]["frozen"]) == (201, True)
    assert mei.post(CODES).json["code"] == "stored_value_frozen"
    proof, member = stored_value_authorization.authorize_by_payment_code(code=code, till="t")
    with pytest.raises(DomainError, check=lambda no: no.code == "stored_value_frozen"):
        stored_value_payments.spend(member=member, amount_fen=100, key="o-2", payment_authorization=proof)
    assert (show_account(mei)["frozen"], show_account(mei)["available_fen"]) == (True, 5_500)


def test_a_loss_reported_twice_is_one_and_no_note_of_staff_is_shown(mei):
    stored_value_accounts.freeze(member=member_of(mei), reason="疑似盗用")
    first, second = (mei.post(LOSS) for _ in range(2))
    assert first.json["data"]["frozen_at"] == second.json["data"]["frozen_at"]
    assert "疑似盗用" not in mei.get(HOME).text


def test_who_has_no_account_cannot_lose_it(wang):
    assert wang.post(LOSS).json["code"] == "no_stored_value_account"
    assert StoredValueAccount.select().count() == 0


def test_no_route_opens_a_frozen_account_again(web):
    rules = {rule.rule for rule in web.url_map.iter_rules() if rule.rule.startswith(HOME)}
    assert not [rule for rule in rules if re.search("freeze|thaw", rule)]


@pytest.mark.parametrize("path", [CODES, LOSS])
def test_a_body_is_neither_needed_nor_harmful(mei, path):
    assert mei.post(path, {"member": "mem_1", "code": "1"}).status_code == 201


def test_another_customer_s_money_is_out_of_reach(mei, wang):
    assert show_account(wang)["available_fen"] == 0
    assert statement(wang)["list"] == []
    assert wang.get(f"{HOME}/statement.csv").get_data(as_text=True).count("\n") == 1
    wang.post(CODES)
    top_up(wang, 100, key="r-2")
    wang.post(LOSS)
    assert show_account(mei)["frozen"] is False


def test_without_a_token_nothing_is_returned(xiaomei):
    for path in ("", "/entries", "/statement.csv", "/top-up-offers"):
        assert xiaomei.request("GET", HOME + path, headers={}).status_code == 401
    for path in (CODES, LOSS):
        assert xiaomei.request("POST", path, headers={}).status_code == 401


def test_n05_the_phone_sees_the_payment_and_the_balance(mei):
    assert mei.get(f"{CODES}/latest-use").json["data"] == {"use": None}
    code = mei.post(CODES).json["data"]["code"]
    proof, member = stored_value_authorization.authorize_by_payment_code(code=code, till="t")
    stored_value_payments.hold(member=member, amount_fen=1_250, order_number="o-2", authorization=proof)
    held = mei.get(f"{CODES}/latest-use").json["data"]["use"]
    assert (held["state"], held["amount_fen"], held["available_fen"]) == ("held", 1_250, 4_250)
    stored_value_payments.commit(order_number="o-2")
    stored_value_payments.spend(member=member, amount_fen=100, key="o-3")  # not by a code
    use = mei.get(f"{CODES}/latest-use").json["data"]["use"]
    assert use == held | {"state": "committed", "available_fen": 4_150}
    mei.post(CODES)
    assert mei.get(f"{CODES}/latest-use").json["data"]["use"] == use

"""Stored value at the shell: cash in, purchases with a proof, refunds, freezing, statements."""

import csv
import re

import pytest

from store.company import settings
from store.company.audit import Operation
from store.kernel import db
from store.loyalty import payment_codes
from store.loyalty.value_proofs import ValueSecurity
from store.people import identities, members
from store.shop import shops
from store.shop.places import Place

PHONE, MANAGER = "13812345678", "13900139000"


@pytest.fixture
def card(shell):
    shell("members", "join", PHONE)
    return members.of_customer(identities.phone_holder(f"+86{PHONE}")).card_number


@pytest.fixture
def rich(shell, card):
    """A card with 100 + 10 yuan."""
    assert shell("value", "rules", "add", "summer", "充值有礼", "100:10", "500:80").exit_code == 0
    assert shell("value", "top-up", card, "100", "--receipt", "r-1").exit_code == 0
    return card


@pytest.fixture
def secured(rich):
    settings.change(ValueSecurity, required=True)
    return rich


@pytest.fixture
def sent(platform):
    """The codes that the carrier was handed, by phone."""
    platform.answers["/sms/messages"] = {"message_id": "m-1"}

    def read():
        bodies = [body for _, body in platform.asked if isinstance(body, dict) and "params" in body]
        return [(body["phone"], body["params"]["code"]) for body in bodies]

    return read


def balance(told, card):
    facts = told("value", "show", card)
    return facts["principal_fen"], facts["bonus_fen"]


def test_cash_comes_in_once_a_receipt(shell, told, rich):
    again = shell("value", "top-up", rich, "100", "--receipt", "r-1")
    assert re.search(r"充值单 tu_\w+：已充值 100.00 元，赠送 10.00 元\n.*余额 110.00 元", again.output)
    assert balance(told, rich) == (10_000, 1_000)
    assert [row["state"] for row in told("value", "top-ups", rich)] == ["paid"]
    assert Operation.select().where(Operation.verb == "top_up_payments.take_cash").count() == 1


def test_a_purchase_is_made_once_a_key(shell, told, rich):
    for _ in range(2):
        result = shell("value", "spend", rich, "55", "--key", "o-1", "--order", "1001")
        assert "已消费 55.00 元（本金 50.00，赠金 5.00）" in result.output
    assert balance(told, rich) == (5_000, 500)
    assert [row["key"] for row in told("value", "spends", rich)] == ["o-1"]


def test_without_a_proof_nothing_is_spent_where_one_is_required(shell, told, secured):
    result = shell("value", "spend", secured, "55", "--key", "o-1")
    assert (result.exit_code, "请验证会员短信验证码或付款码" in result.output) == (1, True)
    assert balance(told, secured) == (10_000, 1_000)


def test_a_payment_code_pays_once_and_is_not_echoed(shell, told, secured):
    code = payment_codes.show(member=members.of_card(secured)).code
    words = ("value", "spend", secured, "11", "--by", "payment-code")
    result = shell(*words, "--key", "o-1", input=f"{code}\n")
    assert "已消费 11.00 元" in result.output
    assert code not in result.output
    assert "付款码无效或已过期" in shell(*words, "--key", "o-2", input=f"{code}\n").output
    assert balance(told, secured) == (9_000, 900)


@pytest.mark.parametrize("by", ["payment-code", "sms", "manager"])
def test_a_purchase_asked_for_again_by_its_key_needs_no_code(shell, told, sent, secured, by):
    shops.open_shop(code="S1", name="一号店", place=Place(121.47, 31.23))
    shell("value", "managers", "appoint", "S1", MANAGER)
    if by == "payment-code":
        code = payment_codes.show(member=members.of_card(secured)).code
    else:
        shell("value", "ask-code", secured, *(("--manager", "--shop", "S1") if by == "manager" else ()))
        ((_, code),) = sent()
    words = ("value", "spend", secured, "11", "--by", by, "--key", "o-1", "--shop", "S1")
    first = shell(*words, input=f"{code}\n").output
    assert "已消费 11.00 元" in first
    again = shell(*words, input="")
    assert (again.exit_code, again.output) == (0, "\n".join(first.split("\n")[1:]))
    assert balance(told, secured) == (9_000, 900)
    other = shell("value", "spend", secured, "12", "--by", by, "--key", "o-1", "--shop", "S1", input="")
    assert (other.exit_code, "该业务编号已用于另一笔消费" in other.output) == (1, True)


def test_a_payment_code_of_another_member_is_refused(shell, told, secured):
    shell("members", "join", "13700137000")
    other = members.of_customer(identities.phone_holder("+8613700137000"))
    code = payment_codes.show(member=other).code
    result = shell("value", "spend", secured, "11", "--by", "payment-code", "--key", "o-1", input=f"{code}\n")
    assert "验证信息与会员不符" in result.output
    assert balance(told, secured) == (10_000, 1_000)


def test_a_code_by_sms_proves_a_purchase(shell, sent, secured):
    assert shell("value", "ask-code", secured).output == "验证码已发送\n"
    ((phone, code),) = sent()
    assert phone == PHONE
    words = ("value", "spend", secured, "11", "--by", "sms", "--key", "o-1")
    wrong = "000000" if code != "000000" else "111111"
    assert "验证码不正确" in shell(*words, input=f"{wrong}\n").output
    assert "已消费 11.00 元" in shell(*words, input=f"{code}\n").output


def test_a_store_manager_vouches_and_that_is_recorded(shell, told, sent, secured):
    shops.open_shop(code="S1", name="一号店", place=Place(121.47, 31.23))
    assert shell("value", "managers", "appoint", "S1", MANAGER).output == "门店 S1 的店长手机 139****9000\n"
    assert [(row["shop"], row["phone"]) for row in told("value", "managers", "list")] == [
        ("S1", "139****9000")
    ]
    shell("value", "ask-code", secured, "--manager", "--shop", "S1")
    ((phone, code),) = sent()
    assert phone == MANAGER
    words = ("value", "spend", secured, "11", "--by", "manager", "--key", "o-1")
    assert shell(*words).exit_code == 2
    assert "已消费 11.00 元" in shell(*words, "--shop", "S1", input=f"{code}\n").output
    assert Operation.select().where(Operation.verb == "value_proofs.by_manager").count() == 1
    for _ in range(2):
        shell("value", "managers", "dismiss", "S1")
    assert told("value", "managers", "list") == []


def test_a_purchase_is_given_back_once_a_return(shell, told, rich):
    shell("value", "spend", rich, "55", "--key", "o-1")
    for _ in range(2):
        assert "已退 11.00 元" in shell("value", "refund", "o-1", "11", "--refund-key", "r").output
    assert balance(told, rich) == (6_000, 600)
    assert "退款金额超过可退金额" in shell("value", "refund", "o-1", "45", "--refund-key", "r2").output


def test_a_cash_top_up_is_handed_back(shell, told, rich):
    number = told("value", "top-ups", rich)[0]["number"]
    words = ("value", "refund-top-up", number, "50", "--key", "b-1", "--reason", "顾客要求")
    for _ in range(2):
        assert "已退还 50.00 元，扣回赠金 5.00 元" in shell(*words).output
    assert balance(told, rich) == (5_000, 500)


def test_a_frozen_account_pays_nothing_until_it_is_opened(shell, told, rich):
    for _ in range(2):
        assert shell("value", "freeze", rich, "--reason", "挂失").output == "已冻结\n"
    assert "已冻结" in shell("value", "spend", rich, "1", "--key", "o-1").output
    assert told("value", "show", rich)["frozen_reason"] == "挂失"
    assert shell("value", "unfreeze", rich, "--reason", "找回手机").output == "已解冻\n"
    assert shell("value", "spend", rich, "1", "--key", "o-1").exit_code == 0


def test_the_statement_is_listed_and_written_as_csv(shell, told, rich, tmp_path):
    shell("value", "spend", rich, "55", "--key", "o-1", "--order", "=1+1")
    lines = told("value", "statement", rich)
    assert [(line["word"], line["balance_fen"]) for line in lines] == [("消费", 5_500), ("充值", 11_000)]
    file = tmp_path / "statement.csv"
    assert shell("value", "statement", rich, "--csv", str(file)).exit_code == 0
    assert file.read_bytes().startswith("\ufeff时间".encode())
    with file.open(encoding="utf-8-sig", newline="") as text:
        assert [row["订单号"] for row in csv.DictReader(text)] == ["", "'=1+1"]
    assert shell("value", "statement", rich, "--csv", str(tmp_path / "none" / "x.csv")).exit_code == 1


def test_rules_are_listed_added_once_and_ended(shell, told, rich):
    again = shell("value", "rules", "add", "summer", "另一个名字", "1:1")
    assert again.output == "充值规则 summer（充值有礼）：充 100 元送 10 元，充 500 元送 80 元\n"
    for _ in range(2):
        assert shell("value", "rules", "end", "summer").exit_code == 0
    (rule,) = told("value", "rules", "list")
    assert (rule["code"], rule["ends_at"] is not None) == ("summer", True)
    assert "赠送" not in shell("value", "top-up", rich, "100", "--receipt", "r-2").output


@pytest.mark.parametrize(
    "words",
    [
        ("top-up", "{card}", "0", "--receipt", "x"), ("top-up", "{card}", "-5", "--receipt", "x"),
        ("top-up", "{card}", "1e3", "--receipt", "x"), ("top-up", "{card}", "5001", "--receipt", "x"),
        ("top-up", "0000000000000000", "5", "--receipt", "x"), ("top-up", "{card}", "5", "--receipt", "x" * 101),
        ("top-up", "{card}", "5", "--receipt", "x", "--shop", "none"), ("spend", "{card}", "1000", "--key", "x"),
        ("spend", "{card}", "0.001", "--key", "x"), ("refund", "none", "1", "--refund-key", "x"),
        ("refund-top-up", "none", "1", "--key", "x", "--reason", "x"), ("freeze", "{card}", "--reason", " "),
        ("rules", "add", "x", "名", "100:"), ("rules", "add", "x", "名", "500:80", "100:10"),
        ("rules", "add", "x", "名", "100:10", "--from", "2026-02-01", "--to", "2026-01-01"),
        ("rules", "add", "x", "名", "100:10", "--from", "0001-01-01"),
        ("rules", "add", "x", "名", "100:10", "--to", "9999-12-31"), ("top-up", "{card}", "٥", "--receipt", "x"),
        ("top-up", "{card}", "5", "--receipt", " "), ("spend", "{card}", "1", "--key", "x", "--order", "o" * 65),
        ("refund", "o-1", "1", "--refund-key", "x" * 101),
        ("rules", "end", "none"), ("managers", "appoint", "none", "13900139000"), ("ask-code", "{card}", "--manager"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_a_sentence(shell, told, rich, words):
    result = shell("value", *(word.format(card=rich) for word in words))
    assert result.exit_code in (1, 2)
    assert "Error" in result.output
    assert balance(told, rich) == (10_000, 1_000)


def test_a_card_without_an_account_says_so(shell, card):
    assert "该会员尚未充值" in shell("value", "show", card).output
    assert "尚无储值明细" in shell("value", "statement", card).output


def test_no_phone_stands_in_the_log_of_operations(shell, secured):
    shell("value", "ask-code", secured)
    rows = str(db.database.execute_sql("SELECT * FROM operation").fetchall())
    assert PHONE not in rows

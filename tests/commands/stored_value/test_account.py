"""Stored value at the shell: cash in, purchases with a proof, refunds, freezing, statements."""

import csv
import re

import pytest

from store.core.database import db
from store.customers import identities, members
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.stored_value import payment_codes
from store.stored_value.authorization import StoredValueSecuritySettings
from store.tenants import settings
from store.tenants.audit import AuditEntry

PHONE, MANAGER = "13812345678", "13900139000"


@pytest.fixture
def card(run_command):
    run_command("members", "register", PHONE)
    return members.get_or_create(identities.find_by_phone(f"+86{PHONE}")).card_number


@pytest.fixture
def funded_card(run_command, card):
    """A card with 100 + 10 yuan."""
    assert (
        run_command("stored-value", "top-up-rules", "add", "summer", "充值有礼", "100:10", "500:80").exit_code
        == 0
    )
    assert run_command("stored-value", "top-up", card, "100", "--receipt", "r-1").exit_code == 0
    return card


@pytest.fixture
def secured_card(funded_card):
    settings.change(StoredValueSecuritySettings, authorization_required=True)
    return funded_card


@pytest.fixture
def sent_codes(platform):
    """The codes that the provider was handed, by phone."""
    platform.answers["/sms/messages"] = {"message_id": "m-1"}

    def read():
        bodies = [body for _, body in platform.asked if isinstance(body, dict) and "params" in body]
        return [(body["phone"], body["params"]["code"]) for body in bodies]

    return read


def balance(run_json, card):
    facts = run_json("stored-value", "show", card)
    return facts["principal_fen"], facts["bonus_fen"]


def test_cash_comes_in_once_a_receipt(run_command, run_json, funded_card):
    again = run_command("stored-value", "top-up", funded_card, "100", "--receipt", "r-1")
    assert re.search(r"充值单 tu_\w+：已充值 100.00 元，赠送 10.00 元\n.*余额 110.00 元", again.output)
    assert balance(run_json, funded_card) == (10_000, 1_000)
    assert [row["state"] for row in run_json("stored-value", "top-ups", funded_card)] == ["paid"]
    assert AuditEntry.select().where(AuditEntry.action == "top_up_payments.take_cash").count() == 1


def test_a_purchase_is_made_once_a_key(run_command, run_json, funded_card):
    for _ in range(2):
        result = run_command("stored-value", "spend", funded_card, "55", "--key", "o-1", "--order", "1001")
        assert "已消费 55.00 元（本金 50.00，赠金 5.00）" in result.output
    assert balance(run_json, funded_card) == (5_000, 500)
    assert [row["key"] for row in run_json("stored-value", "payments", funded_card)] == ["o-1"]


def test_without_a_proof_nothing_is_spent_where_one_is_required(run_command, run_json, secured_card):
    result = run_command("stored-value", "spend", secured_card, "55", "--key", "o-1")
    assert (result.exit_code, "请验证会员短信验证码或付款码" in result.output) == (1, True)
    assert balance(run_json, secured_card) == (10_000, 1_000)


def test_a_payment_code_pays_once_and_is_not_echoed(run_command, run_json, secured_card):
    code = payment_codes.issue_code(member=members.get_by_card(secured_card)).code
    words = ("stored-value", "spend", secured_card, "11", "--by", "payment-code")
    result = run_command(*words, "--key", "o-1", input=f"{code}\n")
    assert "已消费 11.00 元" in result.output
    assert code not in result.output
    assert "付款码无效或已过期" in run_command(*words, "--key", "o-2", input=f"{code}\n").output
    assert balance(run_json, secured_card) == (9_000, 900)


@pytest.mark.parametrize("by", ["payment-code", "sms", "manager"])
def test_a_purchase_asked_for_again_by_its_key_needs_no_code(
    run_command, run_json, sent_codes, secured_card, by
):
    shops.create_shop(code="S1", name="一号店", location=Coordinates(121.47, 31.23))
    run_command("stored-value", "managers", "appoint", "S1", MANAGER)
    if by == "payment-code":
        code = payment_codes.issue_code(member=members.get_by_card(secured_card)).code
    else:
        run_command(
            "stored-value",
            "request-code",
            secured_card,
            *(("--manager", "--shop", "S1") if by == "manager" else ()),
        )
        ((_, code),) = sent_codes()
    words = ("stored-value", "spend", secured_card, "11", "--by", by, "--key", "o-1", "--shop", "S1")
    first = run_command(*words, input=f"{code}\n").output
    assert "已消费 11.00 元" in first
    again = run_command(*words, input="")
    assert (again.exit_code, again.output) == (0, "\n".join(first.split("\n")[1:]))
    assert balance(run_json, secured_card) == (9_000, 900)
    other = run_command(
        "stored-value", "spend", secured_card, "12", "--by", by, "--key", "o-1", "--shop", "S1", input=""
    )
    assert (other.exit_code, "该业务编号已用于另一笔消费" in other.output) == (1, True)


def test_a_payment_code_of_another_member_is_refused(run_command, run_json, secured_card):
    run_command("members", "register", "13700137000")
    other = members.get_or_create(identities.find_by_phone("+8613700137000"))
    code = payment_codes.issue_code(member=other).code
    result = run_command(
        "stored-value", "spend", secured_card, "11", "--by", "payment-code", "--key", "o-1", input=f"{code}\n"
    )
    assert "验证信息与会员不符" in result.output
    assert balance(run_json, secured_card) == (10_000, 1_000)


def test_a_code_by_sms_proves_a_purchase(run_command, sent_codes, secured_card):
    assert run_command("stored-value", "request-code", secured_card).output == "验证码已发送\n"
    ((phone, code),) = sent_codes()
    assert phone == PHONE
    words = ("stored-value", "spend", secured_card, "11", "--by", "sms", "--key", "o-1")
    wrong = "000000" if code != "000000" else "111111"
    assert "验证码不正确" in run_command(*words, input=f"{wrong}\n").output
    assert "已消费 11.00 元" in run_command(*words, input=f"{code}\n").output


def test_a_store_manager_vouches_and_that_is_recorded(run_command, run_json, sent_codes, secured_card):
    shops.create_shop(code="S1", name="一号店", location=Coordinates(121.47, 31.23))
    assert (
        run_command("stored-value", "managers", "appoint", "S1", MANAGER).output
        == "门店 S1 的店长手机 139****9000\n"
    )
    assert [(row["shop"], row["phone"]) for row in run_json("stored-value", "managers", "list")] == [
        ("S1", "139****9000")
    ]
    run_command("stored-value", "request-code", secured_card, "--manager", "--shop", "S1")
    ((phone, code),) = sent_codes()
    assert phone == MANAGER
    words = ("stored-value", "spend", secured_card, "11", "--by", "manager", "--key", "o-1")
    assert run_command(*words).exit_code == 2
    assert "已消费 11.00 元" in run_command(*words, "--shop", "S1", input=f"{code}\n").output
    assert AuditEntry.select().where(AuditEntry.action == "stored_value.authorize_by_manager").count() == 1
    for _ in range(2):
        run_command("stored-value", "managers", "dismiss", "S1")
    assert run_json("stored-value", "managers", "list") == []


def test_a_purchase_is_given_back_once_a_return(run_command, run_json, funded_card):
    run_command("stored-value", "spend", funded_card, "55", "--key", "o-1")
    for _ in range(2):
        assert (
            "已退 11.00 元" in run_command("stored-value", "refund", "o-1", "11", "--refund-key", "r").output
        )
    assert balance(run_json, funded_card) == (6_000, 600)
    assert (
        "退款金额超过可退金额"
        in run_command("stored-value", "refund", "o-1", "45", "--refund-key", "r2").output
    )


def test_a_cash_top_up_is_handed_back(run_command, run_json, funded_card):
    number = run_json("stored-value", "top-ups", funded_card)[0]["number"]
    words = ("stored-value", "refund-top-up", number, "50", "--key", "b-1", "--reason", "顾客要求")
    for _ in range(2):
        assert "已退还 50.00 元，扣回赠金 5.00 元" in run_command(*words).output
    assert balance(run_json, funded_card) == (5_000, 500)


def test_a_frozen_account_pays_nothing_until_it_is_opened(run_command, run_json, funded_card):
    for _ in range(2):
        assert run_command("stored-value", "freeze", funded_card, "--reason", "挂失").output == "已冻结\n"
    assert "已冻结" in run_command("stored-value", "spend", funded_card, "1", "--key", "o-1").output
    assert run_json("stored-value", "show", funded_card)["frozen_reason"] == "挂失"
    assert run_command("stored-value", "unfreeze", funded_card, "--reason", "找回手机").output == "已解冻\n"
    assert run_command("stored-value", "spend", funded_card, "1", "--key", "o-1").exit_code == 0


def test_the_statement_is_listed_and_written_as_csv(run_command, run_json, funded_card, tmp_path):
    run_command("stored-value", "spend", funded_card, "55", "--key", "o-1", "--order", "=1+1")
    lines = run_json("stored-value", "statement", funded_card)
    assert [(line["label"], line["balance_fen"]) for line in lines] == [("消费", 5_500), ("充值", 11_000)]
    file = tmp_path / "statement.csv"
    assert run_command("stored-value", "statement", funded_card, "--csv", str(file)).exit_code == 0
    assert file.read_bytes().startswith("\ufeff时间".encode())
    with file.open(encoding="utf-8-sig", newline="") as text:
        assert [row["订单号"] for row in csv.DictReader(text)] == ["", "'=1+1"]
    assert (
        run_command(
            "stored-value", "statement", funded_card, "--csv", str(tmp_path / "none" / "x.csv")
        ).exit_code
        == 1
    )


def test_rules_are_listed_added_once_and_ended(run_command, run_json, funded_card):
    again = run_command("stored-value", "top-up-rules", "add", "summer", "充值有礼", "100:10", "500:80")
    assert again.output == "充值规则 summer（充值有礼）：充 100 元送 10 元，充 500 元送 80 元\n"
    other = run_command("stored-value", "top-up-rules", "add", "summer", "充值有礼", "1:1")
    assert "已存在，优惠为“充 100 元送 10 元，充 500 元送 80 元”" in other.output
    other = run_command("stored-value", "top-up-rules", "add", "summer", "另一个名字", "1:1")
    assert (other.exit_code, other.output) == (1, "Error: 充值规则 summer 已存在，名称为“充值有礼”\n")
    for _ in range(2):
        assert run_command("stored-value", "top-up-rules", "end", "summer").exit_code == 0
    (rule,) = run_json("stored-value", "top-up-rules", "list")
    assert (rule["code"], rule["ends_at"] is not None) == ("summer", True)
    assert "赠送" not in run_command("stored-value", "top-up", funded_card, "100", "--receipt", "r-2").output


@pytest.mark.parametrize(
    "words",
    [
        ("top-up", "{card}", "0", "--receipt", "x"), ("top-up", "{card}", "-5", "--receipt", "x"),
        ("top-up", "{card}", "1e3", "--receipt", "x"), ("top-up", "{card}", "5001", "--receipt", "x"),
        ("top-up", "0000000000000000", "5", "--receipt", "x"), ("top-up", "{card}", "5", "--receipt", "x" * 101),
        ("top-up", "{card}", "5", "--receipt", "x", "--shop", "none"), ("spend", "{card}", "1000", "--key", "x"),
        ("spend", "{card}", "0.001", "--key", "x"), ("refund", "none", "1", "--refund-key", "x"),
        ("refund-top-up", "none", "1", "--key", "x", "--reason", "x"), ("freeze", "{card}", "--reason", " "),
        ("top-up-rules", "add", "x", "名", "100:"), ("top-up-rules", "add", "x", "名", "500:80", "100:10"),
        ("top-up-rules", "add", "x", "名", "100:10", "--from", "2026-02-01", "--to", "2026-01-01"),
        ("top-up-rules", "add", "x", "名", "100:10", "--from", "0001-01-01"),
        ("top-up-rules", "add", "x", "名", "100:10", "--to", "9999-12-31"), ("top-up", "{card}", "٥", "--receipt", "x"),
        ("top-up", "{card}", "5", "--receipt", " "), ("spend", "{card}", "1", "--key", "x", "--order", "o" * 65),
        ("refund", "o-1", "1", "--refund-key", "x" * 101),
        ("top-up-rules", "end", "none"), ("managers", "appoint", "none", "13900139000"),
        ("request-code", "{card}", "--manager"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_a_sentence(run_command, run_json, funded_card, words):
    result = run_command("stored-value", *(word.format(card=funded_card) for word in words))
    assert result.exit_code in (1, 2)
    assert "Error" in result.output
    assert balance(run_json, funded_card) == (10_000, 1_000)


def test_a_card_without_an_account_says_so(run_command, card):
    assert "该会员尚未充值" in run_command("stored-value", "show", card).output
    assert "尚无储值明细" in run_command("stored-value", "statement", card).output


def test_no_phone_is_in_the_log_of_operations(run_command, secured_card):
    run_command("stored-value", "request-code", secured_card)
    rows = str(db.database.execute_sql("SELECT * FROM audit_entry").fetchall())
    assert PHONE not in rows

"""Every call of the client with its main path, its rejections and its repetitions."""

from datetime import UTC, datetime, timedelta

import pytest

from platforms.alipay.person import AlipayPerson
from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from tests.platforms.alipay.conftest import NUMBER, PERSON, Shop, in_half_an_hour


def test_pay_code_is_charged_once(shop: Shop) -> None:
    before = shop.balance()
    answer = shop.charge(shop_code="S01", device_id="T1")
    assert (answer.number, answer.outcome, answer.amount_fen, answer.payer_fen) == (
        NUMBER,
        "succeeded",
        1_280,
        1_280,
    )
    assert (answer.app_id, answer.merchant_id) == (shop.app.app_id, shop.app.seller_id)
    assert answer.payer_id == shop.user_id()
    assert answer.platform_number
    assert abs(answer.paid_at - datetime.now(UTC)) < timedelta(seconds=10)
    assert shop.balance() == before - 1_280


def test_number_that_is_already_paid_is_in_doubt_and_not_charged_again(shop: Shop) -> None:
    shop.charge()
    before = shop.balance()
    with pytest.raises(OutcomeUnknownError) as raised:
        shop.charge()
    assert raised.value.code == "ACQ.TRADE_HAS_SUCCESS"
    assert shop.balance() == before
    assert shop.pay.query(number=NUMBER).outcome == "succeeded"


@pytest.mark.parametrize("text", ["134567890123456789", "2812345", "28" + "1" * 23, "２８" + "1" * 16])
def test_text_that_is_no_pay_code_is_refused_without_a_call(shop: Shop, text: str) -> None:
    with pytest.raises(PlatformRejectedError) as raised:
        shop.charge(auth_code=text)
    assert raised.value.code == "auth_code"


def test_used_pay_code_is_refused(shop: Shop) -> None:
    code = shop.show_code()
    shop.charge(auth_code=code)
    with pytest.raises(PlatformRejectedError) as raised:
        shop.charge(number="A00002", auth_code=code)
    assert raised.value.code == "ACQ.PAYMENT_AUTH_CODE_INVALID"
    assert "付款码" in raised.value.message


def test_too_small_balance_is_refused(shop: Shop) -> None:
    shop.sandbox.state.wallets.configure(PERSON, balance_fen=100)
    with pytest.raises(PlatformRejectedError) as raised:
        shop.charge()
    assert raised.value.code == "ACQ.BUYER_BALANCE_NOT_ENOUGH"


def test_code_1_charge_waits_for_the_password_and_a_query_finds_it_paid(shop: Shop) -> None:
    assert shop.charge(amount_fen=200_000).outcome == "pending"
    assert shop.pay.query(number=NUMBER).outcome == "pending"
    shop.sandbox.state.wallets.enter_password(shop.prompt())
    answer = shop.pay.query(number=NUMBER)
    assert (answer.outcome, answer.amount_fen) == ("succeeded", 200_000)
    shop.wait_for_notices()
    assert shop.parse().outcome == "succeeded"


def test_code_2_reversed_charge_cannot_be_paid_by_a_late_password(shop: Shop) -> None:
    shop.fault("alipay.trade.pay", "pending")
    assert shop.charge(amount_fen=30).outcome == "pending"
    prompt, before = shop.prompt(), shop.balance()
    reversal = shop.pay.reverse(number=NUMBER)
    assert (reversal.is_final, reversal.must_repeat, reversal.reason) == (True, False, "close")
    with pytest.raises(Exception, match="not_waiting"):
        shop.sandbox.state.wallets.enter_password(prompt)
    assert shop.pay.query(number=NUMBER).outcome == "closed"
    assert shop.balance() == before


def test_code_2_reversal_is_repeated_while_alipay_says_so(shop: Shop) -> None:
    shop.charge(amount_fen=30)
    shop.fault("alipay.trade.cancel", "error", times=2)
    answers = [shop.pay.reverse(number=NUMBER) for _ in range(3)]
    assert [answer.must_repeat for answer in answers] == [True, True, False]
    assert [answer.is_final for answer in answers] == [False, False, True]


def test_code_3_cancelled_password_closes_the_number(shop: Shop) -> None:
    shop.charge(amount_fen=200_000)
    shop.sandbox.state.wallets.cancel(shop.prompt())
    assert shop.pay.query(number=NUMBER).outcome == "closed"
    with pytest.raises(PlatformRejectedError):
        shop.charge(amount_fen=200_000)
    assert shop.charge(number="A00002").outcome == "succeeded"


def test_reversal_of_a_paid_charge_gives_the_money_back_once(shop: Shop) -> None:
    before = shop.balance()
    shop.charge()
    reversals = [shop.pay.reverse(number=NUMBER) for _ in range(2)]
    assert [reversal.reason for reversal in reversals] == ["refund", "refund"]
    assert shop.balance() == before
    assert shop.pay.query(number=NUMBER).outcome == "closed"


def test_number_that_was_reversed_before_its_charge_arrived_is_never_charged(shop: Shop) -> None:
    assert shop.pay.query(number=NUMBER).outcome == "not_found"
    assert shop.pay.reverse(number=NUMBER).is_final
    with pytest.raises(PlatformRejectedError):
        shop.charge()


def test_qr_code_is_paid_by_a_scan(shop: Shop) -> None:
    code = shop.native()
    assert code.startswith("https://qr.alipay.com/")
    assert shop.native() == code
    assert shop.pay.query(number=NUMBER).outcome == "not_found"
    shop.confirm(code)
    assert shop.pay.query(number=NUMBER).amount_fen == 9_900


def test_trade_of_a_mini_program_is_paid_by_its_person(shop: Shop) -> None:
    arguments = shop.pay.prepay_create(
        number=NUMBER,
        amount_fen=2_050,
        description="小二便利",
        buyer_id=shop.user_id(),
        expires_at=in_half_an_hour(),
    )
    assert shop.pay.query(number=NUMBER).outcome == "pending"
    shop.confirm(arguments["tradeNO"])
    answer = shop.pay.query(number=NUMBER)
    assert (answer.outcome, answer.amount_fen, answer.payer_id) == ("succeeded", 2_050, shop.user_id())


def test_app_without_user_ids_pays_by_open_id(shop: Shop) -> None:
    shop.app.identity = "open_id"
    assert shop.pay.prepay_create(
        number=NUMBER,
        amount_fen=1,
        description="小二便利",
        buyer_id=shop.user_id(),
        expires_at=in_half_an_hour(),
    )
    assert shop.charge(number="A00002").payer_id == shop.user_id()


def test_qr_code_ends_at_its_expiry(shop: Shop) -> None:
    code = shop.native()
    shop.sandbox.state.clock.advance(seconds=1801)
    with pytest.raises(Exception, match="not_payable"):
        shop.sandbox.state.alipay.confirm(PERSON, token=code)


def test_unpaid_trade_is_closed_and_a_paid_one_says_that_it_is_paid(shop: Shop) -> None:
    shop.fault("alipay.trade.pay", "pending")
    shop.charge()
    assert shop.pay.close(number=NUMBER).outcome == "closed"
    assert shop.pay.close(number=NUMBER).outcome == "closed"
    shop.charge(number="A00002")
    answer = shop.pay.close(number="A00002")
    assert (answer.outcome, answer.amount_fen) == ("succeeded", 1_280)
    assert shop.pay.close(number="A00003").outcome == "not_found"


def test_ali_5_subject_with_unusual_characters_is_signed_as_it_is_sent(shop: Shop) -> None:
    subject = '旗舰版 — it\'s 50% off + "quoted" \\ {a}b} 😀'
    assert shop.charge(description=subject).outcome == "succeeded"
    assert shop.sandbox.state.alipay.list_trades()[0].subject == subject
    shop.wait_for_notices()
    assert shop.parse().outcome == "succeeded"


def test_characters_that_alipay_rejects_in_subjects_are_replaced(shop: Shop) -> None:
    assert shop.charge(description="A/B=C&D\n" * 40).outcome == "succeeded"
    assert shop.sandbox.state.alipay.list_trades()[0].subject.startswith("A／B＝C＆D A／")


@pytest.mark.parametrize("number", ["", "A" * 65, "a-b", "a/b", "编号"])
def test_number_that_alipay_does_not_take_is_an_error_of_the_caller(shop: Shop, number: str) -> None:
    with pytest.raises(ValueError, match="number"):
        shop.pay.query(number=number)


def test_code_of_sign_in_gives_the_person_once(shop: Shop) -> None:
    code = shop.sandbox.state.login_codes.issue("alipay", appid=shop.app.app_id, person_id=PERSON)
    assert shop.pay.exchange_code(code) == AlipayPerson(user_id=shop.user_id(), open_id="")
    with pytest.raises(PlatformRejectedError) as raised:
        shop.pay.exchange_code(code)
    assert raised.value.code == "isv.code-invalid"


def test_new_app_gives_the_open_id_only(shop: Shop) -> None:
    shop.app.identity = "open_id"
    code = shop.sandbox.state.login_codes.issue("alipay", appid=shop.app.app_id, person_id=PERSON)
    person = shop.pay.exchange_code(code)
    assert (person.user_id, person.open_id) == ("", shop.user_id())
    assert shop.user_id() not in repr(person)


def test_authorization_page_sends_the_person_back_with_a_code(shop: Shop) -> None:
    url = shop.pay.authorization_url("https://shop.example/m/me?a=1", state="s1")
    with shop.http as session:
        response = session.get(url, headers={"Cookie": f"sandbox_person={PERSON}"})
    target, _, query = response.headers["Location"].partition("?")
    values = dict(pair.split("=") for pair in query.split("&"))
    assert (target, values["a"], values["state"]) == ("https://shop.example/m/me", "1", "s1")
    assert shop.client().exchange_code(values["auth_code"]).user_id == shop.user_id()

"""The client of WeChat Pay against the sandbox: the main path of every call."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from sandbox import openids
from tests.platforms.wechat_pay.conftest import APP_ID, PERSON, Shop

CODEPAY = "/v3/pay/transactions/codepay"
ORDER = "/v3/pay/transactions/out-trade-no/<number>"


def test_pay_code_pays_and_the_query_says_the_same(shop: Shop) -> None:
    charged = shop.charge(shop_code="S01", device_id="T1")
    assert charged == shop.pay.query(number="A00001")
    assert (charged.outcome, charged.amount_fen, charged.payer_fen) == ("succeeded", 1_250, 1_250)
    assert (charged.merchant_id, charged.app_id) == (shop.merchant.merchant_id, APP_ID)
    assert charged.payer_id == openids.derive_openid(person_id=PERSON, appid=APP_ID)
    assert charged.paid_at.utcoffset() == timedelta(hours=8)
    assert shop.balance() == 500_000 - 1_250


@pytest.mark.parametrize("fen", [8_012, 1_990, 29])
def test_wx_15_amounts_reach_the_platform_in_whole_fen(shop: Shop, fen: int) -> None:
    assert shop.charge(amount_fen=fen).amount_fen == fen


@pytest.mark.parametrize("amount", [0, -1, 29.0, True])
def test_wx_15_no_amount_but_whole_fen_is_sent(shop: Shop, amount: Any) -> None:
    with pytest.raises(ValueError):
        shop.charge(amount_fen=amount)


def test_code_1_password_makes_the_charge_pending_and_a_query_finds_it_paid(shop: Shop) -> None:
    pending = shop.charge(amount_fen=100_001)
    assert (pending.outcome, pending.reason) == ("pending", "USERPAYING")
    assert shop.pay.query(number="A00001").outcome == "pending"
    shop.sandbox.state.wallets.enter_password(shop.prompt())
    assert shop.pay.query(number="A00001").outcome == "succeeded"
    assert shop.receiver.notices == []  # the platform sends none for pay codes


@pytest.mark.parametrize("status", [202, 400])
def test_code_1_error_userpaying_is_pending(shop: Shop, status: int) -> None:
    shop.fault(CODEPAY, "error", code="USERPAYING", status=status)
    assert shop.charge().outcome == "pending"


def test_code_2_reversed_payment_cannot_be_paid_by_the_late_password(shop: Shop) -> None:
    shop.charge(amount_fen=100_001)
    prompt = shop.prompt()
    shop.fault(f"{ORDER}/reverse", "error", code="USERPAYING", status=400)
    first, second = shop.pay.reverse(number="A00001"), shop.pay.reverse(number="A00001")
    assert (first.is_final, first.must_repeat) == (False, True)
    assert second.is_final
    with pytest.raises(Exception, match="not_waiting"):
        shop.sandbox.state.wallets.enter_password(prompt)
    assert shop.pay.query(number="A00001").outcome == "closed"
    assert shop.balance() == 500_000


def test_code_3_cancelled_password_fails_for_this_number_only(shop: Shop) -> None:
    shop.charge(amount_fen=100_001)
    shop.sandbox.state.wallets.cancel(shop.prompt())
    assert shop.pay.query(number="A00001").outcome == "failed"
    assert shop.charge("A00002", amount_fen=100_001).outcome == "pending"


def test_code_4_timed_out_charge_is_found_paid_and_reversed_in_full(shop: Shop, impatient: Any) -> None:
    shop.fault(CODEPAY, "late_answer", delay_s=0.6)
    client = shop.client(http=impatient)
    with pytest.raises(OutcomeUnknownError) as raised:
        client.charge_code(
            number="A00001", amount_fen=30, description="糖", auth_code=shop.show_code(), app_id=APP_ID
        )
    assert raised.value.perhaps_sent
    assert shop.pay.query(number="A00001").outcome == "succeeded"
    for _ in range(2):
        assert shop.pay.reverse(number="A00001").is_final
    assert shop.balance() == 500_000


def test_code_4_charge_that_was_not_executed_is_not_found(shop: Shop) -> None:
    shop.fault(CODEPAY, "error")
    with pytest.raises(OutcomeUnknownError):
        shop.charge()
    assert shop.pay.query(number="A00001").outcome == "not_found"
    assert shop.pay.reverse(number="A00001").is_final


def test_used_code_and_small_balance_are_rejected(shop: Shop) -> None:
    code = shop.show_code()
    shop.charge(auth_code=code)
    with pytest.raises(PlatformRejectedError) as used:
        shop.charge("A00002", auth_code=code)
    assert used.value.code == "AUTHCODEINVALID"
    shop.sandbox.state.wallets.configure(PERSON, balance_fen=1)
    with pytest.raises(PlatformRejectedError) as poor:
        shop.charge("A00003")
    assert poor.value.code == "NOTENOUGH"


def test_second_charge_with_a_paid_number_is_in_doubt_until_queried(shop: Shop) -> None:
    shop.charge()
    with pytest.raises(OutcomeUnknownError) as paid:
        shop.charge()
    assert paid.value.code == "ORDERPAID"
    assert shop.balance() == 500_000 - 1_250


def test_reversal_learns_the_app_id_where_it_is_not_given(shop: Shop) -> None:
    shop.charge()
    assert shop.client(app_id="").reverse(number="A00001").is_final
    assert shop.balance() == 500_000


def test_native_order_is_paid_by_phone_and_its_notice_is_read(shop: Shop) -> None:
    url = shop.native()
    assert url.startswith("weixin://wxpay/")
    assert shop.pay.query(number="A00001").outcome == "pending"
    shop.pay_by_phone(url)
    notice = shop.parse()
    assert notice.notice_id
    assert (notice.outcome, notice.amount_fen, notice.number) == ("succeeded", 9_900, "A00001")
    assert shop.pay.query(number="A00001").platform_number == notice.platform_number


def test_jsapi_order_gives_signed_arguments(shop: Shop) -> None:
    openid = openids.derive_openid(person_id=PERSON, appid=APP_ID)
    arguments = shop.pay.prepay_jsapi(
        number="A00001",
        amount_fen=990,
        description="小二便利" * 20,
        app_id=APP_ID,
        openid=openid,
        expires_at=datetime.now(UTC) + timedelta(minutes=30),
    )
    assert set(arguments) == {"appId", "timeStamp", "nonceStr", "package", "signType", "paySign"}
    shop.pay_by_phone(arguments["package"].removeprefix("prepay_id="))
    assert shop.parse().payer_id == openid


def test_close_is_repeatable_and_says_if_the_order_is_paid(shop: Shop) -> None:
    shop.native()
    for _ in range(2):
        assert shop.pay.close(number="A00001").outcome == "closed"
    assert shop.pay.query(number="A00001").outcome == "closed"
    shop.pay_by_phone(shop.native("A00002"))
    assert shop.pay.close(number="A00002").outcome == "succeeded"
    assert shop.pay.close(number="A00003").outcome == "not_found"
    shop.charge("A00004", amount_fen=100_001)
    assert shop.pay.close(number="A00004").outcome == "pending"


def test_wx_2_expired_order_cannot_be_paid_unless_the_platform_ignores_the_time(shop: Shop) -> None:
    url = shop.native()
    shop.sandbox.state.clock.offset_s = 1_801
    with pytest.raises(Exception, match="not_payable"):
        shop.pay_by_phone(url)
    shop.sandbox.state.wechat_pay.confirm(PERSON, token=url, ignore_expiry=True)
    assert shop.pay.query(number="A00001").outcome == "succeeded"


@pytest.mark.parametrize("number", ["", "a/b", "a?b", "a b", "a" * 65])
def test_number_that_would_change_the_path_is_not_sent(shop: Shop, number: str) -> None:
    with pytest.raises(ValueError):
        shop.pay.query(number=number)


def test_secrets_are_not_shown(shop: Shop) -> None:
    shown = repr(shop.credentials) + repr(shop.pay)
    assert "PRIVATE" not in shown
    assert shop.merchant.api_v3_key not in shown

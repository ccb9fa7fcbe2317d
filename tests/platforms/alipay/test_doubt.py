"""Responses that prove nothing: unsigned, forged, unreadable, late or about something else."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest

from platforms.alipay.amounts import to_beijing_text
from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from sandbox import alipay_crypto as crypto
from tests.platforms.alipay.conftest import NUMBER, Shop
from tests.platforms.conftest import FakePlatform, PreparedResponse

PAY = "alipay.trade.pay"
PAID = {
    "code": "10000", "msg": "Success", "out_trade_no": NUMBER, "trade_no": "T1", "total_amount": "12.80",
    "buyer_pay_amount": "12.80", "trade_status": "TRADE_SUCCESS",
}  # fmt: skip


@pytest.fixture
def answer(shop: Shop, platform: FakePlatform) -> Callable[..., None]:
    """Let the gateway answer with these fields, signed over exactly their text."""

    def prepare(value: dict[str, Any], *, text: str | None = None, method: str = PAY, more: str = "") -> None:
        inner = text if text is not None else json.dumps(value, ensure_ascii=False)
        sign = crypto.sign(shop.app.platform_private_key_pem, inner)
        name = method.replace(".", "_") + "_response"
        body = f'{{ "{name}" : {inner}{more} , "sign":"{sign}" }}'
        platform.prepare("/gateway.do", PreparedResponse(body.encode()))

    return prepare


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("unsigned", "unverified"),
        ("forged", "unverified"),
        ("http_500", "http-500"),
        ("garbage", "unreadable"),
        ("error", "SYSTEM_ERROR"),
        ("error_after", "SYSTEM_ERROR"),
    ],
)
def test_charge_without_a_reliable_answer_is_in_doubt(shop: Shop, kind: str, code: str) -> None:
    shop.fault(PAY, kind)
    with pytest.raises(OutcomeUnknownError) as raised:
        shop.charge()
    assert raised.value.code == code
    assert raised.value.perhaps_sent


@pytest.mark.parametrize(("kind", "outcome"), [("timeout", "not_found"), ("late_answer", "succeeded")])
def test_code_4_charge_that_times_out_is_queried_and_never_charged_twice(
    shop: Shop, impatient: Any, kind: str, outcome: str
) -> None:
    before = shop.balance()
    shop.fault(PAY, kind, delay_s=0.6)
    with pytest.raises(OutcomeUnknownError) as raised:
        shop.charge(amount_fen=30, client=shop.client(http=impatient))
    assert raised.value.perhaps_sent
    assert shop.pay.query(number=NUMBER).outcome == outcome
    shop.pay.reverse(number=NUMBER)
    shop.charge(number="A00002", amount_fen=30)
    assert shop.balance() == before - 30


def test_refused_connection_did_nothing(shop: Shop) -> None:
    shop.http.base_url = "http://127.0.0.1:1"
    with pytest.raises(OutcomeUnknownError) as raised:
        shop.charge(auth_code="280000000000000001")
    assert not raised.value.perhaps_sent


def test_system_error_with_the_code_of_rejections_is_in_doubt(shop: Shop, answer: Any, http: Any) -> None:
    answer({"code": "40004", "sub_code": "ACQ.SYSTEM_ERROR", "sub_msg": "系统错误"})
    with pytest.raises(OutcomeUnknownError):
        shop.charge(client=shop.client(http=http))


def test_limited_call_did_nothing_and_may_be_repeated(shop: Shop, answer: Any, http: Any) -> None:
    answer({"code": "40005", "sub_code": "isv.app-call-limited"})
    with pytest.raises(OutcomeUnknownError) as raised:
        shop.charge(client=shop.client(http=http))
    assert not raised.value.perhaps_sent


@pytest.mark.parametrize("code", ["40001", "40002", "40003", "40004", "40006"])
def test_signed_rejection_is_certain(shop: Shop, answer: Any, http: Any, code: str) -> None:
    answer({"code": code, "sub_code": "ACQ.BUYER_SELLER_EQUAL", "sub_msg": "买卖家不能相同"})
    with pytest.raises(PlatformRejectedError) as raised:
        shop.charge(client=shop.client(http=http))
    assert (raised.value.code, raised.value.message) == ("ACQ.BUYER_SELLER_EQUAL", "买卖家不能相同")


@pytest.mark.parametrize("text", ["a}b", "{", '"}', "\\", "——版", "alipay_trade_pay_response", "\u2028"])
def test_braces_and_quotes_inside_of_strings_do_not_end_the_signed_text(
    shop: Shop, answer: Any, http: Any, text: str
) -> None:
    answer(PAID | {"store_name": text, "nested": {"list": [{"text": text}]}})
    assert shop.charge(client=shop.client(http=http)).outcome == "succeeded"


def test_signature_covers_the_text_as_it_was_sent(shop: Shop, answer: Any, http: Any) -> None:
    answer({}, text=json.dumps(PAID, indent=2).replace("12.80", "12.8\\u0030"))
    assert shop.charge(client=shop.client(http=http)).amount_fen == 1_280


def test_second_object_of_the_same_name_is_unreadable(shop: Shop, answer: Any, http: Any) -> None:
    """A reader could take the one that is not signed."""
    answer(PAID, more=',"alipay_trade_pay_response":{"code":"10000"}')
    with pytest.raises(OutcomeUnknownError) as raised:
        shop.charge(client=shop.client(http=http))
    assert raised.value.code == "unreadable"


@pytest.mark.parametrize(
    "change",
    [
        {"out_trade_no": "A00009"},
        {"trade_no": ""},
        {"total_amount": "12.8O"},
        {"total_amount": "-1.00"},
        {"total_amount": "1.280"},
        {"total_amount": "１２.80"},
        {"total_amount": True},
        {"code": ""},
        {"code": "99999"},
    ],
)
def test_answer_about_something_else_or_without_its_fields_is_in_doubt(
    shop: Shop, answer: Any, http: Any, change: dict[str, Any]
) -> None:
    answer(PAID | change)
    with pytest.raises(OutcomeUnknownError):
        shop.charge(client=shop.client(http=http))


def test_amount_of_another_size_is_shown_as_it_is(shop: Shop) -> None:
    shop.fault(PAY, "wrong_amount")
    assert shop.charge().amount_fen == 1_281


def test_amounts_are_exact_also_as_numbers(shop: Shop, answer: Any, http: Any) -> None:
    answer({}, text=json.dumps(PAID).replace('"total_amount": "12.80"', '"total_amount": 1234567.89'))
    assert shop.charge(client=shop.client(http=http)).amount_fen == 123_456_789


def test_several_public_keys_are_valid_during_a_rotation(shop: Shop) -> None:
    other = crypto.to_public_key(shop.app.private_key_pem)
    assert (
        shop.charge(client=shop.client(public_keys=(other, *shop.credentials.public_keys))).outcome
        == "succeeded"
    )
    with pytest.raises(OutcomeUnknownError):
        shop.client(public_keys=(other,)).query(number=NUMBER)


def test_request_is_a_form_in_beijing_time_without_its_content_in_the_address(
    shop: Shop, answer: Any, http: Any, platform: FakePlatform
) -> None:
    answer(PAID)
    hour = to_beijing_text(datetime.now(UTC))[:13]
    shop.charge(client=shop.client(http=http), amount_fen=5, description="版" * 256)
    (request,) = platform.requests
    assert request.method == "POST"
    assert "biz_content" not in request.query
    assert request.query["charset"] == "utf-8"
    assert request.query["timestamp"][:13] in (to_beijing_text(datetime.now(UTC))[:13], hour)
    content = json.loads(dict(parse_qsl(request.body.decode()))["biz_content"])
    assert (content["total_amount"], content["subject"]) == ("0.05", "版" * 256)


def test_key_that_cannot_be_read_is_a_rejection(shop: Shop) -> None:
    with pytest.raises(PlatformRejectedError) as raised:
        shop.client(private_key_pem="MIIE").query(number=NUMBER)
    assert raised.value.code == "private_key"

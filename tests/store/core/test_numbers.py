"""What a scanner reads: the forms of all numbers, and the numbers that we generate."""

import random

import pytest

from store.core import numbers
from store.core.errors import DomainError
from store.coupons import coupons, wallet
from store.customers import members
from tests.support.coupon_fixtures import create_listed_rule

MANY = 5_000
EXAMPLES = {
    "100000000000000000": "wechat_pay_code",
    "159999999999999999": "wechat_pay_code",
    "2500000000000000": "alipay_pay_code",
    "309999999999999999999999": "alipay_pay_code",
    "881234567890123456": "payment_code",
    "891234567890123456": "member_code",
    "6123456789012345": "coupon",
    "8123456789012345": "card",
    "91234567890123456789": "order",
    "69012345": "goods",
    "69012345678901": "goods",
}


@pytest.mark.parametrize(("text", "kind"), EXAMPLES.items())
def test_n14_every_form_is_recognized(text, kind):
    assert numbers.find_kind(text) == kind


@pytest.mark.parametrize("text", [
    "", "x", "1234567", "160000000000000000", "3100000000000000", "7123456789012345", "871234567890123456",
    "8912345678901234567", "612345678901234a", "mem_abc", "250000000000000", "3" * 500,
])  # fmt: skip
def test_n14_other_texts_have_no_kind(text):
    assert numbers.find_kind(text) is None


@pytest.mark.parametrize("kind", numbers.GENERATED)
def test_n14_generated_numbers_have_their_form_and_never_repeat(kind):
    made = [numbers.generate(kind) for _ in range(MANY)]
    assert len(set(made)) == MANY
    assert {tuple(numbers.list_kinds(number)) for number in made} == {(kind,)}


def test_n14_no_number_has_two_forms():
    chance = random.Random(14)
    for _ in range(50_000):
        length = chance.randint(6, 26)
        assert len(numbers.list_kinds("".join(chance.choices("0123456789", k=length)))) <= 1


@pytest.mark.parametrize("written", [
    "8812 3456 7890 123456", "8812-3456-7890-1234-56\n", "８８１２３４５６７８９０１２３４５６",
    "\ufeff8812\u00a03456\u20137890123456",
])  # fmt: skip
def test_n14_spaces_and_hyphens_are_ignored(written):
    assert numbers.normalize(written) == "881234567890123456"
    assert numbers.find_kind(written) == "payment_code"


def test_n14_a_card_is_found_as_it_is_printed(mei):
    spaced = " ".join(mei.card_number[at : at + 4] for at in range(0, 16, 4))
    assert members.get_by_card(spaced) == mei
    assert members.get_by_card(spaced.replace(" ", "-")) == mei
    assert members.find_by_cards([spaced, "8" * 16]) == {spaced: mei}
    assert numbers.find_kind(mei.card_number) == "card"


def test_n14_a_coupon_is_found_as_it_is_shown(mei):
    coupon = coupons.issue(rule=create_listed_rule(), member=mei, key="k")
    spaced = " ".join(coupon.code[at : at + 4] for at in range(0, 16, 4))
    assert numbers.find_kind(coupon.code) == "coupon"
    assert coupons.get_by_code(spaced) == coupons.get_for_member(mei, spaced) == coupon
    assert wallet.get_coupon(mei, spaced) == coupon
    assert coupons.lock_by_codes(mei, [spaced, coupon.code]) == [coupon]


@pytest.mark.parametrize("number", ["8123456789012345", "100123", "7123456789012345"])
def test_n14_an_imported_card_number_without_another_form_is_taken(number):
    assert numbers.check_card_number(f" {number[:4]} {number[4:]}") == number


@pytest.mark.parametrize(("number", "other"), [
    ("6123456789012345", "优惠券"), ("2512345678901234", "支付宝付款码"), ("12345678", "商品"),
    ("101234567890123456", "微信付款码"), ("91234567890123456789", "订单"),
])  # fmt: skip
def test_n14_an_imported_card_number_with_another_form_is_asked_for(number, other):
    with pytest.raises(DomainError, match=f"也可能是{other}") as no:
        numbers.check_card_number(number)
    assert (no.value.code, no.value.status) == ("ambiguous_number", 422)
    assert numbers.check_card_number(number, kind="card") == number


@pytest.mark.parametrize("number", ["", "abc", "1" * 21, "12 a"])
def test_n14_an_imported_card_number_is_digits(number):
    with pytest.raises(DomainError, match="卡号应为"):
        numbers.check_card_number(number, kind="card")

"""A phone is one number however it is written; what is no mobile phone is refused."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.core.errors import DomainError
from store.customers import phones


@pytest.mark.parametrize(
    "text",
    [
        "13812345678", "138 1234 5678", "138-1234-5678", "+86 138 1234 5678", "+8613812345678", "8613812345678",
        "008613812345678", " 13812345678 ", "１３８１２３４５６７８", "（138）12345678",
    ],
)  # fmt: skip
def test_one_phone_has_many_spellings(text):
    assert phones.normalize(text) == "+8613812345678"


def test_a_normal_number_stays_as_it_is():
    assert phones.normalize(phones.normalize("13812345678")) == "+8613812345678"
    assert phones.normalize("+852 5123 4567") == "+85251234567"


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "138", "12812345678", "1381234567", "138123456789", "+1", "abc", "手机", "13812345678x1" * 50, "\x00",
        "13812345678' OR 1=1", "+86 021 6234 5678", "110", "+44 20 7946 0958", "+44 909 8790000", "+8801", "9" * 10_000,
        "13800138ooo", "138abcdefgh", "13812345678 ext 5", "13812345678;ext=5", "138 1234 5678 转 5",
    ],
)  # fmt: skip
def test_f13_what_is_no_mobile_phone_is_rejected(text):
    with pytest.raises(DomainError) as refused:
        phones.normalize(text)
    assert (refused.value.status, refused.value.details["field"]) == (422, "phone")


@given(st.text(max_size=60))
def test_any_text_is_a_phone_or_refused(text):
    with contextlib.suppress(DomainError):
        assert phones.normalize(text).startswith("+")


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("+852 8112 3456", "+85281123456"), ("+8613812345678", "+8613812345678"), ("13812345678", "+8613812345678"),
        ("+44 20 7946 0958", "+442079460958"),
    ],
)  # fmt: skip
def test_f17_a_verified_number_is_checked_by_its_form_only(text, phone):
    assert phones.normalize_verified(text) == phone


@pytest.mark.parametrize(
    "text", ["", "+1", "+85", "abc", "13800138ooo", "+852 8112 3456 ext 5", "9" * 30, "+0123456789"]
)
def test_f17_a_verified_number_that_is_no_number_is_rejected(text):
    with pytest.raises(DomainError):
        phones.normalize_verified(text)


def test_f17_the_same_number_typed_by_a_person_is_rejected():
    with pytest.raises(DomainError):
        phones.normalize("+852 8112 3456")

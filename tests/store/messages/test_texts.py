"""Whatever a variable contains, its value keeps the limits of the platform's keyword, as the sandbox checks them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox import template_values
from store.core.errors import DomainError
from store.messages import texts

TYPES = sorted(
    {"thing", "number", "letter", "symbol", "character_string", "amount", "phone_number", "name", "phrase"}
)


@pytest.mark.parametrize(
    ("keyword", "value", "fitted"),
    [
        ("thing1", "您在小二便利西站南广场店的第一次购买已经完成", "您在小二便利西站南广场店的第一次购买已…"),
        ("thing1", "一\n二", "一 二"),
        ("number2", "120", "120"),
        ("amount3", "1,234.50 元", "1234.50元"),
        ("amount3", "¥100.00", "¥100.00"),
        ("character_string4", "积分 +20", "+20"),
        ("phrase5", "会员等级升级了", "会员等级升"),
        ("name6", "欧阳小美", "欧阳小美"),
        ("date7", "2026-03-08", "2026-03-08"),
        ("date7", "长期有效", "2099-12-31"),
        ("phone_number8", "138 1234 5678", "138 1234 5678"),
        ("thing9", "", "-"),
    ],
)
def test_a_value_is_fitted_to_its_keyword(keyword: str, value: str, fitted: str):
    assert texts.fit_keyword(keyword, value) == fitted
    type_name = keyword.rstrip("0123456789")
    assert template_values.is_valid(type_name, fitted)


@settings(max_examples=60, deadline=None)
@given(type_name=st.sampled_from(TYPES), value=st.text(max_size=60))
def test_every_text_is_accepted_by_the_platform(type_name: str, value: str):
    fitted = texts.fit_keyword(f"{type_name}1", value)
    assert template_values.is_valid(type_name, fitted), (type_name, fitted)


def test_placeholders_are_filled_and_unknown_ones_are_rejected():
    assert texts.fill("您有 {积分} {积分名称}{未知}", {"积分": "12", "积分名称": "积分"}) == "您有 12 积分"
    with pytest.raises(DomainError, match="没有变量"):
        texts.ensure_known("text", "{别的}", {"积分": "12"})

"""What pydantic rejects is reported in Chinese, whatever it is."""

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
)

from store.core import validation
from store.core.errors import DomainError


class Size(StrEnum):
    SMALL = "small"
    BIG = "big"


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


class Form(BaseModel):
    """A field for each constraint that the routes and settings use."""

    model_config = ConfigDict(extra="forbid")

    text: str = ""
    short: str = Field(default="ab", min_length=2, max_length=3)
    shaped: Annotated[str, StringConstraints(pattern="^a+$")] = "a"
    whole: int = 1
    above: int = Field(default=5, gt=1, lt=9)
    within: int = Field(default=5, ge=1, le=9)
    broken: float = Field(default=1.0, allow_inf_nan=False)
    yes: bool = True
    choice: Literal["a", "b", "c"] = "a"
    size: Size = Size.BIG
    items: list[int] = Field(default=[1], min_length=1, max_length=2)
    pair: tuple[int, int] = (1, 2)
    facts: dict[str, int] = {}
    inner: Cat = Cat(kind="cat")
    pet: Annotated[Cat | Dog, Field(discriminator="kind")] = Cat(kind="cat")
    day: date = date(2026, 1, 31)
    at: datetime = datetime(2026, 1, 31)  # noqa: DTZ001 - a default that no test reads
    zoned: AwareDatetime | None = None
    ours: int = 0

    @field_validator("ours")
    @classmethod
    def _even(cls, value: int) -> int:
        if value % 2:
            raise ValueError("应为偶数")
        return value


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"text": 1}, "string_type", "应为文字"),
    ({"short": "a"}, "string_too_short", "不能少于 2 个字"),
    ({"short": "abcd"}, "string_too_long", "不能超过 3 个字"),
    ({"shaped": "b"}, "string_pattern_mismatch", "格式不正确"),
    ({"whole": None}, "int_type", "应为整数"),
    ({"whole": "x"}, "int_parsing", "应为整数"),
    ({"whole": "9" * 5000}, "int_parsing_size", "数字过大"),
    ({"whole": 1.5}, "int_from_float", "应为整数"),
    ({"above": 1}, "greater_than", "应大于 1"),
    ({"above": 9}, "less_than", "应小于 9"),
    ({"within": 0}, "greater_than_equal", "不能小于 1"),
    ({"within": 10}, "less_than_equal", "不能大于 9"),
    ({"broken": None}, "float_type", "应为数字"),
    ({"broken": "x"}, "float_parsing", "应为数字"),
    ({"broken": float("inf")}, "finite_number", "应为有限的数字"),
    ({"yes": []}, "bool_type", "应为是或否"),
    ({"yes": "maybe"}, "bool_parsing", "应为是或否"),
    ({"choice": "d"}, "literal_error", "应为 'a'、'b'、'c' 之一"),
    ({"size": "huge"}, "enum", "应为 'small'、'big' 之一"),
    ({"items": 1}, "list_type", "应为列表"),
    ({"items": []}, "too_short", "不能少于 1 项"),
    ({"items": [1, 2, 3]}, "too_long", "不能超过 2 项"),
    ({"pair": 1}, "tuple_type", "应为列表"),
    ({"facts": 1}, "dict_type", "应为对象"),
    ({"inner": 1}, "model_type", "应为对象"),
    ({"inner": {}}, "missing", "缺少必填项"),
    ({"pet": {}}, "union_tag_not_found", "缺少类型"),
    ({"pet": {"kind": "cow"}}, "union_tag_invalid", "不认识的类型"),
    ({"day": "x"}, "date_from_datetime_parsing", "应为日期，如 2026-01-31"),
    ({"day": "2026-01-31T08:00:00"}, "date_from_datetime_inexact", "应为日期，如 2026-01-31"),
    ({"day": None}, "date_type", "应为日期，如 2026-01-31"),
    ({"at": "x"}, "datetime_from_date_parsing", "应为时间，如 2026-01-31T08:00:00+08:00"),
    ({"at": "2026-01-31T99:00:00"}, "datetime_from_date_parsing", "应为时间，如 2026-01-31T08:00:00+08:00"),
    ({"at": None}, "datetime_type", "应为时间，如 2026-01-31T08:00:00+08:00"),
    ({"zoned": "2026-01-31T08:00:00"}, "timezone_aware", "应写明时区，如 2026-01-31T08:00:00+08:00"),
    ({"ours": 1}, "value_error", "应为偶数"),
    ({"stranger": 1}, "extra_forbidden", "不认识的字段"),
]


@pytest.mark.parametrize(("values", "kind", "sentence"), WRONG, ids=[kind for _, kind, _ in WRONG])
def test_each_rejection_has_its_sentence(values, kind, sentence):
    with pytest.raises(ValidationError) as error:
        Form.model_validate(values)
    assert error.value.errors()[0]["type"] == kind
    assert validation.to_domain_error(error.value).details["reason"] == sentence


def test_no_sentence_goes_unused_and_none_is_english():
    tried = {kind for _, kind, _ in WRONG} | {
        "date_parsing",
        "datetime_parsing",
        "json_invalid",
        "model_attributes_type",
    }
    assert set(validation._MESSAGES) <= tried
    for sentence in validation._MESSAGES.values():
        assert re.search(r"[\u4e00-\u9fff]", sentence)


def test_the_field_and_all_errors_are_named():
    with pytest.raises(DomainError) as refused:
        validation.validate(Form, {"items": [1, "x"], "whole": "x"})
    assert refused.value.status == 422
    assert refused.value.details["field"] == "whole"
    assert [error["field"] for error in refused.value.details["errors"]] == ["whole", "items.1"]


@pytest.mark.parametrize("values", [None, 7, "text", [], b"x"])
def test_what_is_no_object_at_all_is_refused(values):
    with pytest.raises(DomainError, match="应为对象"):
        validation.validate(Form, values)


def test_braces_in_what_was_sent_are_harmless():
    with pytest.raises(DomainError):
        validation.validate(Form, {"{0.__class__}": 1, "choice": "{x}"})


class Stay(BaseModel):
    first: Annotated[validation.IsoDate, Field(ge=date(2000, 1, 1), lt=date(2030, 1, 1))]


@pytest.mark.parametrize(
    ("day", "words"), [("1999-12-31", "不能早于 2000-01-01"), ("2030-01-01", "应早于 2030-01-01")]
)
def test_a09_bounds_of_days_are_shown_as_days(day, words):
    with pytest.raises(DomainError) as caught:
        validation.validate(Stay, {"first": day})
    assert caught.value.message == words

"""The fields of a profile as people and staff may enter them."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
)

from store.core import clock
from store.core.invisible_text import remove_invisible
from store.core.validation import IsoDate

MAX_AGE_YEARS = 120

# PostgreSQL cannot keep a zero byte, and no page wants the other control characters.
_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
_EMAIL = r"^[^@\s\x00-\x1f]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"
_LINK = r"^https?://[^\s\\\x00-\x1f]+$"
_ID_NUMBER = r"^[1-9][0-9]{16}[0-9Xx]$"
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _validate_birthday(day: date) -> date:
    today = clock.today()
    if day > today:
        raise ValueError("不能晚于今天")
    if today.year - day.year > MAX_AGE_YEARS:
        raise ValueError(f"年龄不能超过 {MAX_AGE_YEARS} 岁")
    return day


def _validate_check_digit(number: str) -> str:
    """Check the last digit of a mainland ID number (GB 11643)."""
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, number, strict=False))
    if number[17].upper() != "10X98765432"[total % 11]:
        raise ValueError("身份证号不正确")
    return number.upper()


def _strip_invisible(value: Any) -> Any:
    return remove_invisible(value).strip() if isinstance(value, str) else value


PrintableText = Annotated[
    str,
    BeforeValidator(_strip_invisible),
    StringConstraints(strip_whitespace=True, min_length=1, pattern=_PRINTABLE),
]
ShortText = Annotated[PrintableText, Field(max_length=40)]
LongText = Annotated[PrintableText, Field(max_length=200)]
Link = Annotated[str, StringConstraints(max_length=500, pattern=_LINK)]
Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120, pattern=_EMAIL)]
Birthday = Annotated[IsoDate, AfterValidator(_validate_birthday)]
IdNumber = Annotated[str, StringConstraints(pattern=_ID_NUMBER), AfterValidator(_validate_check_digit)]


class Profile(BaseModel):
    """What a person may enter; only given fields change, null clears one."""

    model_config = ConfigDict(extra="forbid")

    name: ShortText | None = None
    nickname: ShortText | None = None
    avatar_url: Link | None = None
    gender: Literal["male", "female"] | None = None
    birthday: Birthday | None = None
    email: Email | None = None
    province: ShortText | None = None
    city: ShortText | None = None
    address: LongText | None = None
    marketing_consent: StrictBool = False


class VerifiedProfile(Profile):
    """A profile with the fields that only staff enter after checking a document."""

    id_number: IdNumber | None = None

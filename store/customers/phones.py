"""Phone numbers: stored in E.164, found by keyed hash, shown masked."""

import re
import unicodedata

import phonenumbers

from store.core import encryption, errors
from store.core.invisible_text import remove_invisible

_WRITTEN = re.compile(r"[\d\s+().-]{1,40}")
_MAINLAND_MOBILE = re.compile(r"\+861[3-9]\d{9}")
_WELL_FORMED = re.compile(r"\+[1-9]\d{6,14}")
_MOBILE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def normalize(text: str) -> str:
    """Normalize a mobile number: `138 1234 5678` → `+8613812345678`. Raises DomainError(invalid).

    Letters are rejected, which the library would read as the digits of a keypad or as an extension.
    """
    parsed, phone = _parse(text)
    if parsed.country_code == 86 and not _MAINLAND_MOBILE.fullmatch(phone):
        raise errors.invalid("phone", "请输入 11 位大陆手机号")
    if parsed.country_code != 86 and phonenumbers.number_type(parsed) not in _MOBILE:
        raise _invalid_phone()
    return phone


def find_normalized(text: str) -> str | None:
    """Return the normalized number, also a foreign one, or None for another text."""
    try:
        return normalize_verified(text)
    except errors.DomainError:
        return None


def normalize_verified(text: str) -> str:
    """Normalize a number that a platform verified or that is stored. Raises DomainError(invalid).

    Only the form is checked: countries open new ranges before the metadata of the library know them.
    """
    _, phone = _parse(text)
    if not _WELL_FORMED.fullmatch(phone):
        raise _invalid_phone()
    return phone


def _parse(text: str) -> tuple[phonenumbers.PhoneNumber, str]:
    """Return the number and its form in E.164."""
    if not _WRITTEN.fullmatch(unicodedata.normalize("NFKC", remove_invisible(text))):
        raise _invalid_phone()
    try:
        parsed = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException:
        raise _invalid_phone() from None
    return parsed, phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _invalid_phone() -> errors.DomainError:
    return errors.invalid("phone", "请输入正确的手机号")


def blind_index(phone: str) -> str:
    """Return the keyed hash of a normalized phone number."""
    return encryption.blind_index(phone, purpose="phone")

"""Phone numbers: stored in E.164, found by keyed hash, shown masked."""

import re
import unicodedata

import phonenumbers

from store.core import encryption, errors
from store.core.invisible_text import remove_invisible

_WRITTEN = re.compile(r"[\d\s+().-]{1,40}")
_MAINLAND_MOBILE = re.compile(r"\+861[3-9]\d{9}")
_MOBILE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def normalize(text: str) -> str:
    """Normalize a mobile number: `138 1234 5678` → `+8613812345678`. Raises DomainError(invalid).

    Letters are rejected, which the library would read as the digits of a keypad or as an extension.
    """
    if not _WRITTEN.fullmatch(unicodedata.normalize("NFKC", remove_invisible(text))):
        raise errors.invalid("phone", "请输入正确的手机号")
    try:
        parsed = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException:
        raise errors.invalid("phone", "请输入正确的手机号") from None
    phone = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if parsed.country_code == 86 and not _MAINLAND_MOBILE.fullmatch(phone):
        raise errors.invalid("phone", "请输入 11 位大陆手机号")
    if parsed.country_code != 86 and phonenumbers.number_type(parsed) not in _MOBILE:
        raise errors.invalid("phone", "请输入正确的手机号")
    return phone


def find_normalized(text: str) -> str | None:
    """Return the normalized mobile number, or None for another text."""
    try:
        return normalize(text)
    except errors.DomainError:
        return None


def blind_index(phone: str) -> str:
    """Return the keyed hash of a normalized phone number."""
    return encryption.blind_index(phone, purpose="phone")

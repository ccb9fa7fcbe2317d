"""The HTTP requests of the SMS providers: status reports, and what people answer to a message."""

import json
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from platforms.sms.base import CHINA_PREFIX, SmsReport, SmsState, parse_china_time

MAX_BODY_BYTES = 1024 * 1024
MAX_ENTRIES = 500
MAX_NUMBER_LENGTH = 128
MAX_CODE_LENGTH = 64
MAX_TEXT_LENGTH = 2000
MAX_PHONE_DIGITS = 15
UNSUBSCRIBE_WORDS = frozenset({"R", "TD", "T", "退订"})
SANDBOX_STATES: dict[str, SmsState] = {"sending": "sending", "delivered": "delivered", "failed": "failed"}
TENCENT_STATES: dict[str, SmsState] = {"SUCCESS": "delivered", "FAIL": "failed"}

Provider = Literal["sandbox", "alibaba", "tencent"]
Row = dict[str, Any]
Entry = TypeVar("Entry")


@dataclass(frozen=True)
class SmsUplink:
    """A text message of a person to the provider's number."""

    phone_e164: str = field(repr=False)
    text: str = field(repr=False)
    at: datetime

    @property
    def is_unsubscription(self) -> bool:
        """Return whether the person wants no more marketing messages, in any width and case."""
        return unicodedata.normalize("NFKC", self.text).strip().upper() in UNSUBSCRIBE_WORDS


def parse_reports(provider: Provider, body: bytes) -> list[SmsReport]:
    """Return the status reports of a request of the provider.

    Raises ValueError for a malformed body, more than 1 MB or more than 500 reports. The body is not authenticated:
    anyone who knows the URL can send one.
    """
    readers = {
        "alibaba": _read_alibaba_report,
        "tencent": _read_tencent_report,
        "sandbox": read_sandbox_report,
    }
    return _parse(body, readers[provider])


def parse_uplinks(provider: Provider, body: bytes) -> list[SmsUplink]:
    """Return the answers of people in a request of the provider. Raises ValueError as `parse_reports`."""
    readers = {
        "alibaba": _read_alibaba_uplink,
        "tencent": _read_tencent_uplink,
        "sandbox": _read_sandbox_uplink,
    }
    return _parse(body, readers[provider])


def read_sandbox_report(row: Row) -> SmsReport:
    """Return the report of one message of the sandbox. Raises ValueError."""
    return SmsReport(
        message_id=_text(row, "message_id", MAX_NUMBER_LENGTH),
        request_id=_text(row, "request_id", MAX_NUMBER_LENGTH),
        state=_state(row, "state", SANDBOX_STATES),
        code=_text(row, "code", MAX_CODE_LENGTH),
        at=_unix_time(row, "at"),
    )


def _read_sandbox_uplink(row: Row) -> SmsUplink:
    return SmsUplink(
        _phone(_text(row, "phone", 20)), _text(row, "text", MAX_TEXT_LENGTH), _unix_time(row, "at")
    )


def _read_alibaba_report(row: Row) -> SmsReport:
    """Read a report of SmsReport."""
    if not isinstance(row.get("success"), bool):
        raise ValueError("success is missing")
    return SmsReport(
        message_id=_text(row, "biz_id", MAX_NUMBER_LENGTH),
        request_id=_optional_text(row, "out_id", MAX_NUMBER_LENGTH),
        state="delivered" if row["success"] else "failed",
        code=_optional_text(row, "err_code", MAX_CODE_LENGTH),
        at=parse_china_time(_text(row, "report_time", 20)),
    )


def _read_alibaba_uplink(row: Row) -> SmsUplink:
    """Read an answer of SmsUp."""
    return SmsUplink(
        _phone(_text(row, "phone_number", 20)),
        _text(row, "content", MAX_TEXT_LENGTH),
        parse_china_time(_text(row, "send_time", 20)),
    )


def _read_tencent_report(row: Row) -> SmsReport:
    """Read a status notification (tencentcloud.com/document/product/382/43547), which has no number of ours."""
    return SmsReport(
        message_id=_text(row, "sid", MAX_NUMBER_LENGTH),
        request_id="",
        state=_state(row, "report_status", TENCENT_STATES),
        code=_optional_text(row, "errmsg", MAX_CODE_LENGTH),
        at=parse_china_time(_text(row, "user_receive_time", 20)),
    )


def _read_tencent_uplink(row: Row) -> SmsUplink:
    """Read a reply (tencentcloud.com/document/product/382/43548). Tencent sends one object, not a list."""
    number = _text(row, "nationcode", 4).removeprefix("+") + _text(row, "mobile", 20)
    return SmsUplink(_phone(f"+{number}"), _text(row, "text", MAX_TEXT_LENGTH), _unix_time(row, "time"))


def _parse(body: bytes, read: Callable[[Row], Entry]) -> list[Entry]:
    if len(body) > MAX_BODY_BYTES:
        raise ValueError("the body is longer than 1 MB")
    try:
        value = json.loads(body)
    except RecursionError:  # deeply nested brackets exceed the recursion limit
        raise ValueError("the body is nested too deeply") from None
    rows = [value] if isinstance(value, dict) else value
    if (
        not isinstance(rows, list)
        or len(rows) > MAX_ENTRIES
        or not all(isinstance(row, dict) for row in rows)
    ):
        raise ValueError("the body is not a list of at most 500 objects")
    return [read(row) for row in rows]


def _text(row: Row, name: str, max_length: int) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value or len(value) > max_length:
        raise ValueError(f"{name} is missing or too long")
    return value


def _optional_text(row: Row, name: str, max_length: int) -> str:
    return "" if row.get(name) in (None, "") else _text(row, name, max_length)


def _state(row: Row, name: str, states: dict[str, SmsState]) -> SmsState:
    text = _text(row, name, MAX_CODE_LENGTH)
    if text not in states:
        raise ValueError(f"{name} is unknown")
    return states[text]


def _unix_time(row: Row, name: str) -> datetime:
    value: Any = row.get(name, -1)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 10**11:
        raise ValueError(f"{name} is not a time in seconds")
    return datetime.fromtimestamp(value, UTC)


def _phone(text: str) -> str:
    """Return the number in E.164. Eleven digits without a country code are a mobile number in China."""
    digits = text.removeprefix("+").removeprefix("00")
    if not digits.isascii() or not digits.isdecimal() or not 7 <= len(digits) <= MAX_PHONE_DIGITS:
        raise ValueError("the phone number is malformed")
    is_national = not text.startswith(("+", "00")) and len(digits) == 11 and digits.startswith("1")
    return f"{CHINA_PREFIX}{digits}" if is_national else f"+{digits}"

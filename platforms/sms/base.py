"""The interface of the SMS providers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Literal, Protocol, runtime_checkable

from platforms.errors import OutcomeUnknownError

CHINA_PREFIX = "+86"
CHINA_TIME = timezone(timedelta(hours=8))

SmsState = Literal["sending", "delivered", "failed"]


@dataclass(frozen=True)
class SmsReport:
    """The state of a message at the provider. `message_id` or `request_id` is "" where the provider does not say it."""

    message_id: str
    request_id: str
    state: SmsState
    code: str
    at: datetime


class SmsSender(Protocol):
    """A provider of SMS."""

    def send(self, phone_e164: str, template: str, params: Mapping[str, str], request_id: str) -> str:
        """Send a message and return the message id of the provider.

        `params` are in the order of the variables of the template, because Tencent reads only their order.
        Raises PlatformRejectedError, or OutcomeUnknownError if the message may have been sent. Providers send a
        repeated `request_id` again and only show it in their reports.
        """


@runtime_checkable
class SmsFinder(Protocol):
    """A provider that finds a message by our number, so that an unknown outcome can be resolved."""

    def find_message(self, phone_e164: str, request_id: str, day: date) -> SmsReport | None:
        """Find the message of a request that was sent on a day, in China's time.

        Returns None if the provider has no such message, which right after the sending may only mean that it is not
        listed yet. Raises PlatformRejectedError or OutcomeUnknownError.
        """


def to_national_format(phone_e164: str) -> str:
    """Return the number in the format of the providers: 11 digits in China, else with country code."""
    return phone_e164.removeprefix(CHINA_PREFIX).removeprefix("+")


def require_message_id(value: object) -> str:
    """Return the message id of an accepted message.

    Raises OutcomeUnknownError if it is missing.
    """
    if not isinstance(value, str) or not value:
        raise OutcomeUnknownError("sms", "unreadable", "短信平台应答里没有短信编号")
    return value


def parse_china_time(text: str) -> datetime:
    """Return the UTC time of `2017-01-01 08:00:00` in China's time. Raises ValueError."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA_TIME).astimezone(UTC)

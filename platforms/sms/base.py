"""The interface of the SMS providers."""

from collections.abc import Mapping
from typing import Protocol

from platforms.errors import OutcomeUnknownError

CHINA_PREFIX = "+86"


class SmsSender(Protocol):
    def send(self, phone_e164: str, template: str, params: Mapping[str, str], request_id: str) -> str:
        """Send a message and return the message id of the provider.

        `params` are in the order of the variables of the template, because Tencent reads only their order.
        Raises PlatformRejectedError, or OutcomeUnknownError if the message may have been sent. Providers send a
        repeated `request_id` again and only show it in their reports.
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

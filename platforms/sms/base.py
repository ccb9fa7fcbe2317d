"""Text messages: one way to send them, whoever carries them."""

from collections.abc import Mapping
from typing import Protocol

from platforms.errors import OutcomeUnknownError

CHINA_PREFIX = "+86"


class SmsSender(Protocol):
    def send(self, phone_e164: str, template: str, params: Mapping[str, str], request_id: str) -> str:
        """The carrier's number of the message, accepted but not yet delivered.

        `params` stand in the order of the template's variables, because Tencent knows them by order only.
        Raises PlatformRejectedError, or OutcomeUnknownError if it may have been sent: real providers send a repeated
        `request_id` again, they only show it in their reports.
        """


def to_national_format(phone_e164: str) -> str:
    """The number as Chinese carriers write it: 11 digits at home, country code and number abroad."""
    return phone_e164.removeprefix(CHINA_PREFIX).removeprefix("+")


def require_message_id(value: object) -> str:
    """The message number of an accepted message, which must be there."""
    if not isinstance(value, str) or not value:
        raise OutcomeUnknownError("sms", "unreadable", "短信平台应答里没有短信编号")
    return value

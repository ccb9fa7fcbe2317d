"""Rejections of the platform: which are worth another attempt."""

from platforms.errors import PlatformRejectedError
from platforms.wechat.errors import TEMPORARY_CODES
from store.core.outbox import PermanentError


def to_error(refused: PlatformRejectedError) -> Exception:
    """Return the error to raise: the rejection itself, or PermanentError for one that repeats for sure."""
    return refused if refused.code in TEMPORARY_CODES else PermanentError(str(refused))

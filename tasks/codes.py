"""Asking the platform for QR codes: what a designed code still lacks before it can be printed."""

from datetime import timedelta

import accounts
from store.activities import qr_codes
from store.activities.qr_codes import QrCode
from store.company import channels
from store.kernel import clock
from store.kernel.events import Event

FRESH = timedelta(minutes=1)  # a temporary code with less than this left is as good as gone


def make(event: Event) -> None:
    """Reaction to `qr_codes.designed`."""
    ready(qr_codes.find(event.properties["code_id"]))


def ready(code: QrCode) -> QrCode:
    """The code with what its picture holds, asked of the platform unless it is there and still lasts.

    Not inside a transaction. The scene stays the same, so asking once more does no harm.
    """
    if is_ready(code):
        return code
    account = accounts.official(channels.of_id(code.channel_id))
    asked_at = clock.now()
    given = account.create_code(code.scene, permanent=code.permanent, expires_s=code.lasts_s)
    ends = None if given.expires_s is None else asked_at + timedelta(seconds=given.expires_s)
    return qr_codes.given(code.id, ticket=given.ticket, url=given.url, expires_at=ends)


def is_ready(code: QrCode) -> bool:
    """Whether the code can be printed as it is."""
    return bool(code.url) and (code.expires_at is None or code.expires_at > clock.now() + FRESH)

"""Fetch the tickets of QR codes from the platform."""

from datetime import timedelta

import platform_clients
from platforms.errors import PlatformRejectedError
from store.core import clock
from store.core.events import Event
from store.official_accounts import qr_codes
from store.official_accounts.qr_codes import QrCode
from store.tenants import channels
from tasks.official_accounts import rejections


def fetch_ticket(event: Event) -> None:
    """Fetch the ticket of a QR code, if it still exists."""
    code = qr_codes.find_by_id(event.properties["code_id"])
    if code is None:
        return
    try:
        ensure_ticket(code)
    except PlatformRejectedError as refused:
        raise rejections.to_error(refused) from refused


def ensure_ticket(code: QrCode) -> QrCode:
    """Return the code with a valid ticket. Fetch one from the platform if needed.

    Not inside a transaction. The scene stays the same, so asking once more does no harm.
    """
    if qr_codes.has_valid_ticket(code):
        return code
    account = platform_clients.chat_client(channels.get_by_id(code.channel_id))
    asked_at = clock.now()
    given = account.create_qr_code(code.scene, permanent=code.permanent, expires_s=code.lifetime_s)
    ends = None if given.expires_s is None else asked_at + timedelta(seconds=given.expires_s)
    return qr_codes.store_ticket(code.id, ticket=given.ticket, url=given.url, expires_at=ends)

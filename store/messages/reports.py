"""Delivery reports (状态报告) of platforms and SMS providers about messages that were sent."""

from datetime import datetime

import structlog

from store.core import clock, encryption
from store.core.database import db
from store.messages import messages
from store.messages.messages import Message

SANDBOX_PREFIX = "sandbox-"  # of the account key where a tenant has no provider; followed by its slug
SECRET_LENGTH = 32

log = structlog.get_logger("message_reports")


def sms_path(account_key: str) -> str:
    """Return the path to which an SMS provider posts, followed by `/reports` or `/replies`."""
    secret = encryption.blind_index(account_key, purpose="sms_report_url")[:SECRET_LENGTH]
    return f"/notify/sms/{account_key}/{secret}"


@db.transactional
def record(
    *, medium: str, provider_number: str = "", number: str = "", delivered: bool, code: str = "", reason: str = "",
    at: datetime | None = None,
) -> bool:  # fmt: skip
    """Record a report and return whether it is of one of our messages. Idempotent.

    A message that was not delivered is tried on the next medium. A report of a message that is final otherwise
    changes nothing.
    """
    row = Message.find(number=number, lock=True) if number else None
    if row is None and provider_number:
        row = Message.find(provider_number=provider_number, medium=medium, lock=True)
    if row is None or row.medium != medium:
        log.info("report_of_unknown_message", medium=medium)
        return False
    if row.state not in ("sending", "sent", "perhaps_sent"):
        return True
    if delivered:
        when = at or clock.now()
        row.update_fields(
            state="delivered", delivered_at=when, sent_at=row.sent_at or when, reason_code="", reason="",
            provider_number=provider_number or row.provider_number,
        )  # fmt: skip
    else:
        row.update_fields(state="failed", reason_code=code[:60], reason=(reason or code)[:200])
        messages.write_next(row)
        if row.remaining:
            messages.request_sending()
    return True

"""How the lists of messages show a record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from store.messages.kinds import MEDIA
from store.messages.message_rows import MessageRow


def to_row(row: MessageRow) -> dict[str, Any]:
    """Return a record for a list or a drawer. The address is masked."""
    message = row.message
    return {
        "number": message.number, "title": message.title or row.kind, "kind": row.kind, "purpose": row.purpose,
        "medium": message.medium, "medium_label": MEDIA[message.medium], "template_name": message.template_name,
        "platform_template": message.platform_template, "customer": row.customer, "card_number": row.card_number,
        "address": row.address, "channel": row.channel, "path": message.path, "text": message.text,
        "state": message.state, "reason": message.reason, "attempts": message.attempts,
        "can_send_again": message.state in ("failed", "skipped") and message.reason_code != "erased",
        "created_at": message.created_at.isoformat(), "sent_at": _to_text(message.sent_at),
        "delivered_at": _to_text(message.delivered_at), "read_at": _to_text(message.read_at),
    }  # fmt: skip


def to_label_options(labels: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the options of a choice."""
    return [{"value": value, "label": label} for value, label in labels.items()]


def _to_text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None

"""What messages the tests find in the records."""

from typing import Any

from store.core.events import Event
from store.customers.customers import Customer
from store.messages import messages, notifications
from store.messages.kinds import CHAT_REPLY, KINDS
from store.messages.messages import Message


def list_messages(**equal: Any) -> list[Message]:
    """Return the messages whose columns equal these values, in the order of their writing."""
    rows = Message.select().order_by(Message.id)
    return list(rows.filter(**equal) if equal else rows)


def list_texts(medium: str = "site", **equal: Any) -> list[str]:
    """Return the texts of the messages on a medium."""
    return [row.text for row in list_messages(medium=medium, **equal)]


def list_replies() -> list[dict[str, Any]]:
    """Return the chat replies that wait to be sent or were sent."""
    return [reply for row in list_messages(kind=CHAT_REPLY) for reply in row.variables["replies"]]


def notify_of(event_kind: str) -> None:
    """Write the messages of all events of a kind, as the relay does."""
    for event in Event.find_all(kind=event_kind):
        notifications.write(event)


def write_notice(customer: Customer, *, source: str = "notice:1") -> Message:
    """Write a notice of expiring points and return its site message."""
    variables = {"积分": "120", "积分名称": "积分", "到期日": "3月8日"}
    messages.write(KINDS["points_expiring"], customer_id=customer.id, source=source, variables=variables)
    return list_messages(source=source, medium="site")[0]

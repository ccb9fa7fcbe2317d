"""What messages the tests find in the records."""

from collections.abc import Mapping
from typing import Any

from store.core.events import Event
from store.customers.customers import Customer
from store.messages import messages, notifications
from store.messages.kinds import CHAT_REPLY, KINDS, MessageKind
from store.messages.messages import Message, NewMessage


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
        for subscriber in notifications.subscribers()[event_kind]:
            subscriber.handle(event)


def write(kind: MessageKind, customer: Customer, *, source: str, variables: Mapping[str, str]) -> None:
    """Write a message of a kind to a customer."""
    messages.write_many(kind, [NewMessage(customer.id, source, variables)])


def write_notice(customer: Customer, *, source: str = "notice:1") -> Message:
    """Write a notice of expiring points and return its site message."""
    variables = {"积分": "120", "积分名称": "积分", "到期日": "3月8日"}
    write(KINDS["points_expiring"], customer, source=source, variables=variables)
    return list_messages(source=source, medium="site")[0]

"""My messages (我的消息): the site messages of a customer, unread or read, until the customer deletes them."""

from datetime import timedelta
from typing import Any

from store.core import clock, errors, keyset
from store.core.database import db
from store.core.keyset import Position
from store.customers.customers import Customer
from store.messages.messages import Message
from store.messages.settings import MessageSettings
from store.tenants import settings

KEYS = ((Message.id, True),)
PURGE_BATCH_SIZE = 1_000


def read_page(
    customer: Customer, *, unread: bool = False, page: int = 1, page_size: int = 20,
    after: Position | None = None,
) -> tuple[list[Message], int]:  # fmt: skip
    """Return messages of a customer, the latest first, and the number of all, or only the unread ones.

    One row more than a page is allowed.
    """
    rows = Message.select().where(_visible(customer))
    if unread:
        rows = rows.where(Message.read_at.is_null())
    found = keyset.select_page(rows, KEYS, page=page, page_size=page_size, after=after)
    return found, count(customer, unread=unread)


def get_position(message: Message) -> Position:
    """Return the position of a message in the list."""
    return (message.id,)


def count(customer: Customer, *, unread: bool = False) -> int:
    """Return the number of messages of a customer, or of the unread ones."""
    rows = Message.select().where(_visible(customer))
    return int((rows.where(Message.read_at.is_null()) if unread else rows).count())


def get(customer: Customer, number: str) -> Message:
    """Return a message of a customer. Raises DomainError(not_found)."""
    row = Message.select().where(_visible(customer) & (Message.number == number)).first()
    if row is None:
        raise errors.not_found("该消息")
    return row


@db.transactional
def mark_all_read(customer: Customer) -> int:
    """Mark all messages as read and return how many were unread. Idempotent."""
    unread = _visible(customer) & Message.read_at.is_null()
    return int(Message.update(read_at=clock.now()).where(unread).execute())


@db.transactional
def set_read(customer: Customer, number: str, read: bool) -> Message:
    """Mark a message as read or unread. Idempotent. Raises DomainError(not_found)."""
    row = get(customer, number)
    if (row.read_at is not None) != read:
        row.update_fields(read_at=clock.now() if read else None)
    return row


@db.transactional
def delete(customer: Customer, number: str) -> None:
    """Delete a message from the customer's list. Idempotent. The record stays. Raises DomainError(not_found)."""
    row = Message.find(number=number, customer=customer.id, medium="site")
    if row is None:
        raise errors.not_found("该消息")
    if row.deleted_at is None:
        row.update_fields(deleted_at=clock.now())


@db.transactional
def purge_expired() -> int:
    """Delete a batch of records older than the setting and return their number."""
    limit = clock.now() - timedelta(days=settings.read(MessageSettings).keep_days)
    old = Message.select(Message.id).where(Message.created_at < limit).limit(PURGE_BATCH_SIZE)
    return int(Message.delete().where(Message.id.in_(old)).execute())


def _visible(customer: Customer) -> Any:
    mine = (Message.customer == customer.id) & (Message.medium == "site")
    return mine & Message.deleted_at.is_null()

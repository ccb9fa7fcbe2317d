"""My messages (我的消息): the site messages of a customer, unread or read, until the customer deletes them."""

from collections.abc import Sequence
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


def list_page(
    customer: Customer, *, unread: bool = False, page: int = 1, page_size: int = 20,
    after: Position | None = None,
) -> list[Message]:  # fmt: skip
    """Return messages of a customer, the latest first, or only the unread ones. One row more than a page is allowed."""
    rows = Message.select().where(_visible(customer))
    if unread:
        rows = rows.where(Message.read_at.is_null())
    return keyset.select_page(rows, KEYS, page=page, page_size=page_size, after=after)


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
def mark_read(customer: Customer, numbers: Sequence[str] | None = None) -> int:
    """Mark messages as read, without numbers all, and return how many were unread. Idempotent."""
    mine: Any = _visible(customer) & Message.read_at.is_null()
    if numbers is not None:
        mine &= Message.number.in_(list(numbers))
    return int(Message.update(read_at=clock.now()).where(mine).execute())


@db.transactional
def mark_unread(customer: Customer, number: str) -> Message:
    """Mark a message as unread again. Idempotent. Raises DomainError(not_found)."""
    row = get(customer, number)
    row.update_fields(read_at=None)
    return row


@db.transactional
def delete(customer: Customer, number: str) -> None:
    """Delete a message from the customer's list. Idempotent. The record of it stays."""
    mine = _visible(customer) & (Message.number == number)
    Message.update(deleted_at=clock.now()).where(mine).execute()


@db.transactional
def purge_expired() -> int:
    """Delete a batch of records older than the setting and return their number."""
    limit = clock.now() - timedelta(days=settings.read(MessageSettings).keep_days)
    old = Message.select(Message.id).where(Message.created_at < limit).limit(PURGE_BATCH_SIZE)
    return int(Message.delete().where(Message.id.in_(old)).execute())


def _visible(customer: Customer) -> Any:
    mine = (Message.customer == customer.id) & (Message.medium == "site")
    return mine & Message.deleted_at.is_null()

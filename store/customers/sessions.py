"""Sessions of customers in a mini-program or on pages, behind a bearer token.

The token is `<tenant>.<random>`; only its hash is stored, so the table's content opens no session.
"""

import hashlib
from datetime import timedelta
from typing import cast

import peewee
from pydantic import Field

from store.core import clock, errors, ids, rate_limits
from store.core.database import db, joins
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.customers import customers
from store.customers.customers import Customer
from store.customers.merging import journal as merge_journal
from store.customers.merging import rules as merge_rules
from store.customers.merging.journal import MergeContext
from store.tenants import settings

LIFETIME_DAYS = 30
_BY_HASH = (
    'FROM "session" AS "s" JOIN "customer" AS "c" ON "c"."id" = "s"."customer_id" WHERE "s"."token_hash" = ?'
)


class SessionSettings(settings.SettingsGroup, name="session"):
    """How often sessions may be requested from one address; a mobile network hides many phones behind one."""

    max_per_ip_per_minute: int = Field(default=300, ge=1, le=100_000)


class Session(Model):
    """`channel_id` is the account through which the customer signed in."""

    customer = peewee.ForeignKeyField(Customer)
    channel_id = peewee.BigIntegerField()
    token_hash = peewee.CharField(max_length=64, unique=True)
    opened_at = UtcDateTimeField(default=clock.now)
    ends_at = UtcDateTimeField(index=True)


def _undo_merge(field: peewee.Field, context: MergeContext) -> None:
    """Return sessions to their customer; end those opened since, because their owner is unknown."""
    merge_journal.undo_move(field, context)
    since = (field == context.survivor_id) & (Session.opened_at > context.merge.merged_at)
    Session.delete().where(since).execute()


merge_rules.register_rule(Session.customer, undo=_undo_merge)


def check_rate_limit(client_ip: str) -> None:
    """Count an attempt to sign in, before the platform is called. Raises DomainError(too_many)."""
    rate_limits.consume(
        name=f"sessions:{rate_limits.client_network(client_ip)}",
        limit=settings.read(SessionSettings).max_per_ip_per_minute,
        window_s=60,
        message="登录过于频繁，请稍后再试",
    )


@db.transactional
def open_session(*, customer: Customer, channel_id: int) -> str:
    """Open a session and return its token, which is shown only once."""
    token = f"{db.current_tenant()}.{ids.token()}"
    Session.create(
        customer=customer,
        channel_id=channel_id,
        token_hash=hash_token(token),
        ends_at=clock.now() + timedelta(days=LIFETIME_DAYS),
    )
    return token


def get_by_token(token: str) -> Session:
    """Return the active session of a token with its current customer. Raises DomainError(unauthorized)."""
    for found, customer in joins.read_joined({"s": Session, "c": Customer}, _BY_HASH, [hash_token(token)]):
        if found.ends_at > clock.now():
            found.customer = customers.survivor(customer)
            return cast(Session, found)
    raise errors.DomainError("unauthorized", "请先登录", 401)


@db.transactional
def close(session: Session) -> None:
    """End a session. Idempotent."""
    Session.delete().where(Session.id == session.id).execute()


@db.transactional
def close_all(customer_ids: list[int]) -> int:
    """End every session of these customers and return their number."""
    return Session.delete().where(Session.customer.in_(customer_ids)).execute()


@db.transactional
def purge_expired() -> int:
    """Delete ended sessions and return their number."""
    return Session.delete().where(Session.ends_at < clock.now()).execute()


def hash_token(token: str) -> str:
    """Return the hash under which a token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()

"""A session: a customer's stay in a mini-program or page, behind a bearer token.

The token is `<tenant>.<random>`; only its hash is stored, so reading the table opens no route.
"""

import hashlib
from datetime import timedelta

import peewee
from pydantic import Field

from store.core import clock, errors, ids, rate_limits
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.customers import customers
from store.customers.customers import Customer
from store.customers.merging import journal as merge_journal
from store.customers.merging import rules as merge_rules
from store.customers.merging.journal import MergeContext
from store.tenants import settings

LIFETIME_DAYS = 30


class SessionSettings(settings.SettingsGroup, name="session"):
    """How often sessions may be asked for from one address; a carrier hides many phones behind one."""

    max_per_ip_per_minute: int = Field(default=300, ge=1)


class Session(Model):
    """`channel_id` is the account through which the customer came in."""

    customer = peewee.ForeignKeyField(Customer)
    channel_id = peewee.BigIntegerField()
    token_hash = peewee.CharField(max_length=64, unique=True)
    opened_at = UtcDateTimeField(default=clock.now)
    ends_at = UtcDateTimeField(index=True)


def _undo_merge(field: peewee.Field, context: MergeContext) -> None:
    """Sessions go back; of those opened since nobody can tell whose phone holds them, so they end."""
    merge_journal.undo_move(field, context)
    since = (field == context.survivor_id) & (Session.opened_at > context.merge.merged_at)
    Session.delete().where(since).execute()


merge_rules.register_rule(Session.customer, undo=_undo_merge)


def check_rate_limit(client_ip: str) -> None:
    """Count an attempt to come in, before the platform is asked; rejects with `too_many`."""
    rate_limits.consume(
        name=f"sessions:{rate_limits.client_network(client_ip)}",
        limit=settings.read(SessionSettings).max_per_ip_per_minute,
        window_s=60,
        message="登录过于频繁，请稍后再试",
    )


@db.transactional
def open_session(*, customer: Customer, channel_id: int) -> str:
    """Open a session and return its token, which is shown this once."""
    token = f"{db.current_tenant()}.{ids.token()}"
    Session.create(
        customer=customer,
        channel_id=channel_id,
        token_hash=_hash_token(token),
        ends_at=clock.now() + timedelta(days=LIFETIME_DAYS),
    )
    return token


def get_by_token(token: str) -> Session:
    """The running session of a token, its customer the living one; raises DomainError(unauthorized)."""
    found = (
        Session.select(Session, Customer)
        .join(Customer)
        .where((Session.token_hash == _hash_token(token)) & (Session.ends_at > clock.now()))
        .first()
    )
    if found is None:
        raise errors.DomainError("unauthorized", "请先登录", 401)
    found.customer = customers.survivor(found.customer)
    return found


@db.transactional
def close(session: Session) -> None:
    """End a session; ended twice it stays ended."""
    Session.delete().where(Session.id == session.id).execute()


@db.transactional
def close_all(customer_ids: list[int]) -> int:
    """End every session of these customers; returns how many."""
    return Session.delete().where(Session.customer.in_(customer_ids)).execute()


@db.transactional
def purge_expired() -> int:
    """Drop sessions that have ended; returns how many."""
    return Session.delete().where(Session.ends_at < clock.now()).execute()


def _hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

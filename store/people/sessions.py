"""A session: a customer's stay in a mini-program or page, behind a bearer token.

The token is `<tenant>.<random>`; only its hash is stored, so reading the table opens no door.
"""

import hashlib
from datetime import timedelta

import peewee
from pydantic import Field

from store.company import settings
from store.kernel import clock, db, ids, limits, refusals
from store.kernel.fields import Moment
from store.kernel.records import Record
from store.people import customers, merge_journal, merges
from store.people.customers import Customer
from store.people.merge_journal import Way

LIFE_DAYS = 30


class SessionRules(settings.Topic):
    """How often sessions may be asked for from one address; a carrier hides many phones behind one."""

    per_address_a_minute: int = Field(default=300, ge=1)


class Session(Record):
    """`channel_id` is the account through which the customer came in."""

    customer = peewee.ForeignKeyField(Customer)
    channel_id = peewee.BigIntegerField()
    token_hash = peewee.CharField(max_length=64, unique=True)
    opened_at = Moment(default=clock.now)
    ends_at = Moment(index=True)


def _part(field: peewee.Field, way: Way) -> None:
    """Sessions go back; of those opened since nobody can tell whose phone holds them, so they end."""
    merge_journal.put_back(field, way)
    since = (field == way.survivor) & (Session.opened_at > way.merge.at)
    Session.delete().where(since).execute()


merges.carries(Session.customer, back=_part)


def admit(address: str) -> None:
    """Count an attempt to come in, before the platform is asked; refuses with `too_many`."""
    limits.take(
        name=f"sessions:{limits.origin(address)}", most=settings.read(SessionRules).per_address_a_minute,
        window_s=60, sentence="登录过于频繁，请稍后再试",
    )  # fmt: skip


@db.verb
def open_session(*, customer: Customer, channel_id: int) -> str:
    """Open a session and return its token, which is shown this once."""
    token = f"{db.tenant()}.{ids.token()}"
    Session.create(
        customer=customer,
        channel_id=channel_id,
        token_hash=_hash(token),
        ends_at=clock.now() + timedelta(days=LIFE_DAYS),
    )
    return token


def of_token(token: str) -> Session:
    """The running session of a token, its customer the living one; raises Refused(unauthorized)."""
    found = (
        Session.select(Session, Customer)
        .join(Customer)
        .where((Session.token_hash == _hash(token)) & (Session.ends_at > clock.now()))
        .first()
    )
    if found is None:
        raise refusals.Refused("unauthorized", "请先登录", 401)
    found.customer = customers.survivor(found.customer)
    return found


@db.verb
def close(session: Session) -> None:
    """End a session; ended twice it stays ended."""
    Session.delete().where(Session.id == session.id).execute()


@db.verb
def close_all(customer_ids: list[int]) -> int:
    """End every session of these customers; returns how many."""
    return Session.delete().where(Session.customer.in_(customer_ids)).execute()


@db.verb
def forget_ended() -> int:
    """Drop sessions that have ended; returns how many."""
    return Session.delete().where(Session.ends_at < clock.now()).execute()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

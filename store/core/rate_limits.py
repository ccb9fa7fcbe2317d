"""Rate limits, counted in the database.

Not in Redis, because a lost Redis must not lift a limit.
"""

from datetime import timedelta
from ipaddress import IPv6Address, ip_address

import peewee

from store.core import clock, errors
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model


class RateLimit(Model):
    """How many calls of `name` were counted in the window that began at `began_at`."""

    name = peewee.CharField(max_length=120, unique=True)
    began_at = UtcDateTimeField(index=True)
    count = peewee.IntegerField()


@db.transactional
def consume(*, name: str, limit: int, window_s: int, message: str) -> None:
    """Count one call in the current window. Raises DomainError(too_many) if the limit is reached.

    One statement counts and decides, so concurrent callers cannot pass together. Inside another operation the
    count is kept only if that operation succeeds.
    """
    now = clock.now()
    began = now - timedelta(seconds=now.timestamp() % window_s)
    same = RateLimit.began_at == began
    counted = (
        RateLimit.insert(name=name, began_at=began, count=1)
        .on_conflict(
            conflict_target=[RateLimit.name],
            update={
                RateLimit.began_at: began,
                RateLimit.count: peewee.Case(None, [(same, RateLimit.count + 1)], 1),
            },
            where=(RateLimit.began_at != began) | (RateLimit.count < limit),
        )
        .as_rowcount()
        .execute()
    )
    if limit < 1 or not counted:
        left_s = (began + timedelta(seconds=window_s) - now).total_seconds()
        raise errors.rate_limited(message, max(1, round(left_s)))


@db.transactional
def give_back(*, name: str, window_s: int) -> None:
    """Take back one call that was counted in the current window, because it was no failed attempt."""
    now = clock.now()
    began = now - timedelta(seconds=now.timestamp() % window_s)
    counted = (RateLimit.name == name) & (RateLimit.began_at == began) & (RateLimit.count > 0)
    RateLimit.update(count=RateLimit.count - 1).where(counted).execute()


def client_network(client_ip: str) -> str:
    """Return the part of an IP address that identifies a client: of IPv6 the /64 network.

    A server that listens on both protocols sees an IPv4 client as `::ffff:203.0.113.7`: it counts as IPv4.
    """
    try:
        parsed = ip_address(client_ip)
    except ValueError:
        return client_ip[:60]
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or IPv6Address(int(parsed) >> 64 << 64))


@db.transactional
def purge_expired() -> int:
    """Delete counts whose window (a day at most) has ended and return their number."""
    return RateLimit.delete().where(RateLimit.began_at < clock.now() - timedelta(days=2)).execute()

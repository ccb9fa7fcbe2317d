"""A limit: how often something may be done in a stretch of time, counted in the database.

Not in Redis, so that a dead Redis never opens a route that is closed.
"""

from datetime import timedelta
from ipaddress import IPv6Address, ip_address

import peewee

from store.core import clock, errors
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model


class RateLimit(Model):
    """How many were `taken` of what `name` allows in the window that began at `began_at`."""

    name = peewee.CharField(max_length=120, unique=True)
    began_at = UtcDateTimeField(index=True)
    count = peewee.IntegerField()


@db.transactional
def consume(*, name: str, limit: int, window_s: int, message: str) -> None:
    """Take one of `most` in the running window; rejects with `too_many` and `sentence` when none is left.

    One statement counts and decides, so callers at the same moment cannot pass together. Inside another
    verb the count is kept only when that verb succeeds.
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


def client_network(client_ip: str) -> str:
    """The part of an IP address that stands for one caller: an IPv6 caller owns a whole /64.

    A server that listens on both kinds sees an IPv4 caller as `::ffff:203.0.113.7`: that is the IPv4 one.
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
    """Drop counts whose window, a day at the longest, is over; returns how many."""
    return RateLimit.delete().where(RateLimit.began_at < clock.now() - timedelta(days=2)).execute()

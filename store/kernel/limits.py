"""A limit: how often something may be done in a stretch of time, counted in the database.

Not in Redis, so that a dead Redis never opens a door that is closed.
"""

from datetime import timedelta
from ipaddress import IPv6Address, ip_address

import peewee

from store.kernel import clock, db, refusals
from store.kernel.fields import Moment
from store.kernel.records import Record


class Limit(Record):
    """How many were `taken` of what `name` allows in the window that began at `began_at`."""

    name = peewee.CharField(max_length=120, unique=True)
    began_at = Moment(index=True)
    taken = peewee.IntegerField()


@db.verb
def take(*, name: str, most: int, window_s: int, sentence: str) -> None:
    """Take one of `most` in the running window; refuses with `too_many` and `sentence` when none is left.

    One statement counts and decides, so callers at the same moment cannot pass together. Inside another
    verb the count is kept only when that verb succeeds.
    """
    now = clock.now()
    began = now - timedelta(seconds=now.timestamp() % window_s)
    same = Limit.began_at == began
    counted = (
        Limit.insert(name=name, began_at=began, taken=1)
        .on_conflict(
            conflict_target=[Limit.name],
            update={Limit.began_at: began, Limit.taken: peewee.Case(None, [(same, Limit.taken + 1)], 1)},
            where=(Limit.began_at != began) | (Limit.taken < most),
        )
        .as_rowcount()
        .execute()
    )
    if most < 1 or not counted:
        left_s = (began + timedelta(seconds=window_s) - now).total_seconds()
        raise refusals.too_many(sentence, max(1, round(left_s)))


def origin(address: str) -> str:
    """The part of an IP address that stands for one caller: an IPv6 caller owns a whole /64.

    A server that listens on both kinds sees an IPv4 caller as `::ffff:203.0.113.7`: that is the IPv4 one.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:60]
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or IPv6Address(int(parsed) >> 64 << 64))


@db.verb
def forget_old() -> int:
    """Drop counts whose window, a day at the longest, is over; returns how many."""
    return Limit.delete().where(Limit.began_at < clock.now() - timedelta(days=2)).execute()

"""The revision of the shops: a token that is new after every change that a search nearby could see."""

import peewee

from store.kernel import db, ids
from store.kernel.records import Record


class ShopRevision(Record):
    """One row. A token and not a count, so that a database set back to a backup is never taken for itself."""

    token = peewee.CharField(max_length=43)


def current() -> str:
    """The token of the shops as they are; empty before the first was opened."""
    row = ShopRevision.select(ShopRevision.token).tuples().first()
    return row[0] if row else ""


@db.verb
def renew() -> None:
    """Make every process read the shops anew before its next search."""
    ShopRevision.insert(id=1, token=ids.token()).on_conflict(
        conflict_target=[ShopRevision.id], preserve=[ShopRevision.token]
    ).execute()

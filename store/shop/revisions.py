"""The revision of the shops: two tokens that tell a process whether what it keeps of them still holds."""

import peewee

from store.kernel import db, ids
from store.kernel.records import Record


class ShopRevision(Record):
    """One row. `drawn` is new after every change that a search nearby could see, `changed` after every change.

    Tokens and not counts, so that a database set back to a backup is never taken for itself.
    """

    drawn = peewee.CharField(max_length=43)
    changed = peewee.CharField(max_length=43)


def current() -> ShopRevision:
    """The tokens of the shops as they are; empty ones before the first was opened."""
    return ShopRevision.find(id=1) or ShopRevision(drawn="", changed="")


@db.verb
def renew(*, seen: bool = True) -> None:
    """Make every process read the shops anew; `seen` when a search nearby could tell the difference."""
    token = ids.token()
    kept = [ShopRevision.changed, *([ShopRevision.drawn] if seen else [])]
    ShopRevision.insert(id=1, drawn=token, changed=token).on_conflict(
        conflict_target=[ShopRevision.id], preserve=kept
    ).execute()

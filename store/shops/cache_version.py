"""The revision of the shops: two tokens that tell a process whether what it keeps of them still holds."""

import peewee

from store.core import ids
from store.core.database import db
from store.core.database.models import Model


class ShopCacheVersion(Model):
    """One row. `search_version` is new after every change that a search nearby could see, `version` after every change.

    Tokens and not counts, so that a database set back to a backup is never taken for itself.
    """

    search_version = peewee.CharField(max_length=43)
    version = peewee.CharField(max_length=43)


def get_current() -> ShopCacheVersion:
    """The tokens of the shops as they are; empty ones before the first was opened."""
    return ShopCacheVersion.find(id=1) or ShopCacheVersion(search_version="", version="")


@db.transactional
def bump(*, affects_search: bool = True) -> None:
    """Make every process read the shops anew; `seen` when a search nearby could tell the difference."""
    token = ids.token()
    kept = [ShopCacheVersion.version, *([ShopCacheVersion.search_version] if affects_search else [])]
    ShopCacheVersion.insert(id=1, search_version=token, version=token).on_conflict(
        conflict_target=[ShopCacheVersion.id], preserve=kept
    ).execute()

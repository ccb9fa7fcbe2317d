"""The cache version of the shops: two tokens that tell a process whether its cached shops are current."""

import peewee

from store.core import ids
from store.core.database import db
from store.core.database.models import Model


class ShopCacheVersion(Model):
    """One row. `search_version` changes with all that a search can see, `version` with every change.

    Tokens instead of counters, so that a restored backup is never mistaken for the current state.
    """

    search_version = peewee.CharField(max_length=43)
    version = peewee.CharField(max_length=43)


def get_current() -> ShopCacheVersion:
    """Return the current tokens, or empty ones before the first shop."""
    return ShopCacheVersion.find(id=1) or ShopCacheVersion(search_version="", version="")


@db.transactional
def bump(*, affects_search: bool = True) -> None:
    """Make every process read the shops again. `affects_search` is true if a nearby search could differ."""
    token = ids.token()
    kept = [ShopCacheVersion.version, *([ShopCacheVersion.search_version] if affects_search else [])]
    ShopCacheVersion.insert(id=1, search_version=token, version=token).on_conflict(
        conflict_target=[ShopCacheVersion.id], preserve=kept
    ).execute()

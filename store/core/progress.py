"""The progress (进度) of long work of one request, which its page asks for meanwhile."""

from datetime import timedelta

import peewee

from store.core import clock
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model

KEPT = timedelta(hours=1)


class Progress(Model):
    """How many parts of the work `name` are done."""

    name = peewee.CharField(max_length=120, unique=True)
    done = peewee.IntegerField()
    total = peewee.IntegerField()
    changed_at = UtcDateTimeField(default=clock.now, index=True)


@db.transactional
def save(*, name: str, done: int, total: int) -> None:
    """Store how many parts are done. Inside another operation it is seen only after that one's commit."""
    now = clock.now()
    Progress.insert(name=name, done=done, total=total, changed_at=now).on_conflict(
        conflict_target=[Progress.name],
        update={Progress.done: done, Progress.total: total, Progress.changed_at: now},
    ).execute()


def read(name: str) -> tuple[int, int]:
    """Return how many parts of how many are done, (0, 0) before the work has begun."""
    found = Progress.find(name=name)
    return (found.done, found.total) if found is not None else (0, 0)


@db.transactional
def purge_expired() -> int:
    """Delete what ended long ago and return its number."""
    return int(Progress.delete().where(Progress.changed_at < clock.now() - KEPT).execute())

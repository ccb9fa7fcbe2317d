"""How long done and discarded deliveries of the outbox are kept; the events themselves stay."""

from datetime import timedelta

from pydantic import Field

from store.core import clock
from store.core.database import db
from store.core.events import EventDelivery
from store.tenants import settings

MIN_DAYS = 7  # the verifier looks for missing deliveries of this time
BATCH_SIZE = 1000
MAX_BATCHES = 100  # of one run, which an hour later has a successor


class OutboxSettings(settings.SettingsGroup, name="outbox"):
    """`done_days` is how many days a delivery is kept after it was done."""

    done_days: int = Field(default=30, ge=MIN_DAYS, le=3650)


def purge_done() -> int:
    """Delete deliveries that were done or discarded long ago, in batches, and return their number.

    Pending deliveries and dead letters stay.
    """
    before = clock.now() - timedelta(days=settings.read(OutboxSettings).done_days)
    total = 0
    for _ in range(MAX_BATCHES):
        count = _purge_batch(before)
        total += count
        if count < BATCH_SIZE:
            break
    return total


@db.transactional
def _purge_batch(before: object) -> int:
    # A delivery is done after it is due: the index on (state, due_at) finds the old ones.
    old = (
        EventDelivery.select(EventDelivery.id)
        .where(
            (EventDelivery.state.in_(("done", "discarded")))
            & (EventDelivery.due_at < before)
            & (EventDelivery.done_at < before)
        )
        .order_by(EventDelivery.due_at)
        .limit(BATCH_SIZE)
    )
    ids = [row.id for row in old]
    return EventDelivery.delete().where(db.in_ids(EventDelivery.id, ids)).execute() if ids else 0

"""Replies to location events (上报地理位置): one a visit, however often the phone reports its location."""

from datetime import timedelta

import peewee

from store.core import clock, encryption
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.shops.nearby_settings import NearbySettings
from store.tenants import settings
from store.tenants.channels import Channel

RETENTION = timedelta(days=1)  # the longest interval that can be set


class LocationReply(Model):
    """When a sender last got the reply for a nearest shop; `visit_hash` reveals neither of them."""

    channel = peewee.ForeignKeyField(Channel, on_delete="CASCADE", index=False)
    visit_hash = peewee.CharField(max_length=64)
    replied_at = UtcDateTimeField(index=True)

    class Meta:
        indexes = ((("channel", "visit_hash"), True),)


def claim(channel: Channel, *, sender: str, nearest_shop_id: int | None) -> bool:
    """Record that a location event is answered now, or return False if the visit was answered already.

    A visit is answered again after the interval of the settings, or when another shop is the nearest. Each shop
    counts on its own, so that a phone between two shops is not answered at every report. Requires a transaction.
    """
    now = clock.now()
    visit_hash = encryption.blind_index(f"{sender}\x00{nearest_shop_id or ''}", purpose="location_reply")
    row = LocationReply.find(channel=channel.id, visit_hash=visit_hash, lock=True)
    if row is None:
        # A concurrent event that inserts the same key runs again and then finds this row.
        LocationReply.create(channel=channel.id, visit_hash=visit_hash, replied_at=now)
        return True
    interval = timedelta(minutes=settings.read(NearbySettings).reply_interval_minutes)
    if row.replied_at > now - interval:
        return False
    row.replied_at = now
    row.save(only=[LocationReply.replied_at])
    return True


@db.transactional
def purge_expired() -> int:
    """Delete the rows of past visits and return their number."""
    return LocationReply.delete().where(LocationReply.replied_at < clock.now() - RETENTION).execute()

"""Red packets (现金红包): money that is requested for a customer and sent by a worker."""

import peewee

from store.core import clock, events
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.customers.customers import Customer
from store.customers.merging import rules as merge_rules
from store.tenants.channels import Channel

STATES = ("requested", "sending", "sent", "received", "returned", "failed")


class RedPacket(Model):
    """One red packet; unique by `key`."""

    key = peewee.CharField(max_length=100, unique=True)
    customer = peewee.ForeignKeyField(Customer)
    channel = peewee.ForeignKeyField(Channel, null=True)
    purpose = peewee.CharField(max_length=20)
    amount_fen = peewee.IntegerField(constraints=[peewee.Check("amount_fen > 0")])
    title = peewee.CharField(max_length=40)
    wishing = peewee.CharField(max_length=128)
    state = peewee.CharField(
        max_length=10, default="requested", constraints=[peewee.Check(f"state IN {STATES}")]
    )
    failure = peewee.CharField(max_length=200, default="")
    requested_at = UtcDateTimeField(default=clock.now)


merge_rules.register_rule(RedPacket.customer)


@db.transactional
def request(
    *,
    customer: Customer,
    channel: Channel | None,
    amount_fen: int,
    purpose: str,
    key: str,
    title: str,
    wishing: str,
) -> RedPacket:
    """Request a red packet. Idempotent by `key`."""
    found = RedPacket.find(key=key)
    return found or RedPacket.create(
        customer=customer, channel=channel, amount_fen=amount_fen, purpose=purpose, key=key, title=title,
        wishing=wishing,
    )  # fmt: skip


@db.transactional
def finish(packet: RedPacket, *, state: str, failure: str = "") -> None:
    """Finish a red packet in its final state. Idempotent."""
    row = RedPacket.find(id=packet.id, lock=True)
    if row is not None and row.state != state:
        row.update_fields(state=state, failure=failure)
        events.record(
            "red_packets.finished", customer_id=row.customer_id, key=row.key, purpose=row.purpose, state=state
        )

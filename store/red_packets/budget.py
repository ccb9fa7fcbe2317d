"""The budget of red packets: an append-only ledger of what is reserved, paid and released, and limits."""

import peewee

from store.core import clock, errors
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model

ALL = "all"  # the counter of what is reserved or paid; what goes back frees it
ENTRY_KINDS = ("reserved", "paid", "released")
NO_LIMIT = 2**62


class RedPacketCounter(Model):
    """What counts against a limit: `all`, and one a business day such as `day:2026-11-29`, which nothing frees."""

    name = peewee.CharField(max_length=20, unique=True)
    used_fen = peewee.BigIntegerField(default=0, constraints=[peewee.Check("used_fen >= 0")])


class RedPacketEntry(Model):
    """One booking of a red packet, never changed: reserved when requested, then paid or released once."""

    packet_id = peewee.BigIntegerField()
    kind = peewee.CharField(max_length=10, constraints=[peewee.Check(f"kind IN {ENTRY_KINDS}")])
    amount_fen = peewee.BigIntegerField(constraints=[peewee.Check("amount_fen > 0")])
    at = UtcDateTimeField(default=clock.now)

    class Meta:
        append_only = True
        indexes = ((("packet_id", "kind"), True),)


# Of paid and released a packet has one at most.
RedPacketEntry.add_index(
    RedPacketEntry.index(RedPacketEntry.packet_id, unique=True, name="red_packet_entry_end").where(
        peewee.SQL("kind IN ('paid', 'released')")
    )
)


def take(name: str, amount_fen: int, limit_fen: int, *, message: str) -> None:
    """Count an amount against a limit by one conditional update. Requires a transaction.

    Raises DomainError(red_packet_limit) if it would pass the limit.
    """
    if not db.database.in_transaction():
        raise RuntimeError("the budget is taken in the transaction of the request")
    RedPacketCounter.insert(name=name, used_fen=0).on_conflict_ignore().execute()
    after = RedPacketCounter.used_fen + amount_fen
    mine = (RedPacketCounter.name == name) & (after <= limit_fen)
    if not RedPacketCounter.update(used_fen=after).where(mine).execute():
        raise errors.DomainError("red_packet_limit", message, 409)


def book(packet_id: int, kind: str, amount_fen: int) -> None:
    """Write the entry of an amount of a packet. A release frees the budget. Requires a transaction."""
    RedPacketEntry.create(packet_id=packet_id, kind=kind, amount_fen=amount_fen)
    if kind == "released":
        less = RedPacketCounter.used_fen - amount_fen
        RedPacketCounter.update(used_fen=less).where(RedPacketCounter.name == ALL).execute()


def read_used_fen(name: str = ALL) -> int:
    """Return what is counted under a name."""
    row = RedPacketCounter.find(name=name)
    return row.used_fen if row is not None else 0

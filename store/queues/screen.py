"""The state of a shop's queue (叫号屏) as the screen, the tills and the page of customers show it."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import peewee

from store.queues import calls, queue_types
from store.queues.queue_types import QueueType
from store.queues.tickets import QueueTicket
from store.shops.shops import Shop
from store.tenants import business_days


@dataclass(frozen=True)
class QueueState:
    """A type with the number of tickets that wait, and the code that was called last today, or nothing."""

    queue_type: QueueType
    waiting: int
    last_code: str


@dataclass(frozen=True)
class ShopQueue:
    """All types of a shop, and the tickets that are called now."""

    types: list[QueueState]
    called: list[QueueTicket]


def read(shop: Shop, *, offered_only: bool = False) -> ShopQueue:
    """Return the queue of a shop today. `offered_only` leaves out types that are off and have no one waiting."""
    day = business_days.today()
    waiting = _count_waiting(shop)
    found = []
    for kind in queue_types.list_of_shop(shop.id):
        if offered_only and not kind.is_on and not waiting[kind.id]:
            continue
        last = calls.find_last_called(kind, day)
        found.append(QueueState(kind, waiting[kind.id], last.code if last is not None else ""))
    return ShopQueue(found, calls.list_called(shop.id, day))


def _count_waiting(shop: Shop) -> Counter[int]:
    mine = (QueueTicket.shop == shop.id) & (QueueTicket.day == business_days.today())
    columns: Any = (QueueTicket.queue_type, peewee.fn.COUNT(QueueTicket.id))
    query = QueueTicket.select(*columns).where(mine, QueueTicket.state == "waiting")
    rows: Any = query.group_by(QueueTicket.queue_type).tuples()
    return Counter(dict(rows))

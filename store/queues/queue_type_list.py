"""The list of types of queues for staff (排队类型列表)."""

from dataclasses import dataclass
from typing import Any

from store.core import listing
from store.core.listing import Page
from store.queues.queue_types import QueueType

_SORTS = {"created_at": QueueType.created_at, "letter": QueueType.letter}


@dataclass(frozen=True)
class QueueTypeFilter:
    """`shop_ids` are the shops that the caller sees, None for all."""

    shop_id: int | None = None
    shop_ids: frozenset[int] | None = None


def list_page(criteria: QueueTypeFilter, page: Page) -> tuple[list[QueueType], int]:
    """Return one page of types and the total."""
    query: Any = QueueType.select()
    if criteria.shop_id is not None:
        query = query.where(QueueType.shop == criteria.shop_id)
    if criteria.shop_ids is not None:
        query = query.where(QueueType.shop.in_(sorted(criteria.shop_ids)))
    return listing.read_page(query, page, sorts=_SORTS, default="-created_at", id_field=QueueType.id)

"""Deliveries of events for staff: listed with filters, and dead letters made pending again or discarded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from store.core import errors, input_limits, listing, outbox
from store.core.database import db
from store.core.events import Event, EventDelivery
from store.core.listing import Page
from store.tenants import audit, business_days

MAX_BATCH = 100
STATES = ("pending", "dead", "done", "discarded")
_SORTS = {"id": EventDelivery.id, "due_at": EventDelivery.due_at, "attempts": EventDelivery.attempts}


@dataclass(frozen=True)
class DeliveryFilter:
    """Which deliveries are listed.

    `search` is a number, or a part of the event's kind, its key, the subscriber or the error. The days are business
    days of the event, both included. `shop_ids` are the shops whose events are listed, None for all events.
    """

    search: str = ""
    state: str | None = None
    since: date | None = None
    until: date | None = None
    shop_ids: frozenset[int] | None = None


def list_deliveries(criteria: DeliveryFilter, page: Page) -> tuple[list[EventDelivery], int]:
    """Return a page of deliveries, the latest first, and the number of all."""
    return listing.read_page(_select(criteria), page, sorts=_SORTS, default="-id", id_field=EventDelivery.id)


def get_delivery(number: str, *, shop_ids: frozenset[int] | None = None) -> EventDelivery:
    """Return a delivery with its event. Raises DomainError(not_found)."""
    delivery_id = int(number) if number.isascii() and number.isdigit() else 0
    criteria = DeliveryFilter(shop_ids=shop_ids)
    found = None
    if 0 < delivery_id <= input_limits.MAX_ID:
        found = _select(criteria).where(EventDelivery.id == delivery_id).first()
    if found is None:
        raise errors.not_found("这条投递")
    return found


@db.transactional
def replay(deliveries: Sequence[EventDelivery]) -> int:
    """Make dead letters pending again, and return their number. Idempotent: those of another state stay."""
    return _change_dead(deliveries, state="pending", change=outbox.replay, action="outbox.replay")


@db.transactional
def discard(deliveries: Sequence[EventDelivery]) -> int:
    """Give up dead letters for good, and return their number. Idempotent: those of another state stay."""
    return _change_dead(deliveries, state="discarded", change=outbox.discard, action="outbox.discard")


def _change_dead(deliveries: Sequence[EventDelivery], *, state: str, change: Any, action: str) -> int:
    count = 0
    for delivery_id in sorted({delivery.id for delivery in deliveries}):
        if outbox.lock(delivery_id).state == "dead":
            row = change(delivery_id)
            audit.record(
                action,
                f"delivery:{row.id}",
                before={"state": "dead"},
                after={"state": state, "to": row.subscriber},
            )
            count += 1
    return count


def _select(criteria: DeliveryFilter) -> Any:
    query = EventDelivery.select(EventDelivery, Event).join(Event)
    for condition in _list_conditions(criteria):
        query = query.where(condition)
    return query


def _list_conditions(criteria: DeliveryFilter) -> Iterator[Any]:
    if criteria.search:
        yield _search_condition(criteria.search)
    if criteria.state is not None:
        yield EventDelivery.state == criteria.state
    if criteria.since is not None:
        yield Event.at >= business_days.start_of(criteria.since)
    if criteria.until is not None:
        yield Event.at < business_days.end_of(criteria.until)
    if criteria.shop_ids is not None:
        yield Event.shop_id.in_(sorted(criteria.shop_ids))


def _search_condition(text: str) -> Any:
    named = (
        Event.kind.contains(text) | Event.key.contains(text) | EventDelivery.subscriber.contains(text)
        | EventDelivery.error.contains(text)
    )  # fmt: skip
    if text.isascii() and text.isdigit() and int(text) <= input_limits.MAX_ID:
        return named | (EventDelivery.id == int(text))
    return named

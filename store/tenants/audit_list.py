"""The list of the operation log for staff: filtered by actor, action, subject and day."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from store.core import listing
from store.core.listing import Page
from store.tenants import audit_names, business_days
from store.tenants.audit import AuditEntry

BATCH_SIZE = 500


@dataclass(frozen=True)
class AuditFilter:
    """Which entries are listed, from `since` to `until`, both included.

    `action` is the beginning of a code or a part of its name, `subject` a beginning; `actors` are the only ones whose
    entries are listed, None for all.
    """

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: date | None = None
    until: date | None = None
    actors: Collection[str] | None = None


def list_entries(criteria: AuditFilter, page: Page) -> tuple[list[AuditEntry], int]:
    """Return a page of entries, the latest first, and the number of all."""
    sorts = {"at": AuditEntry.id}  # entries are written in the order of their times
    return listing.read_page(_select(criteria), page, sorts=sorts, default="-at", id_field=AuditEntry.id)


def count_entries(criteria: AuditFilter) -> int:
    """Return the number of entries."""
    return int(_select(criteria).count())


def iterate_entries(criteria: AuditFilter) -> Iterator[AuditEntry]:
    """Yield all entries, the latest first, and read them in batches."""
    query, last_id = _select(criteria).order_by(AuditEntry.id.desc()).limit(BATCH_SIZE), None
    while batch := list(query if last_id is None else query.where(AuditEntry.id < last_id)):
        yield from batch
        last_id = batch[-1].id


def _select(criteria: AuditFilter) -> Any:
    query = AuditEntry.select()
    for condition in _list_conditions(criteria):
        query = query.where(condition)
    return query


def _list_conditions(criteria: AuditFilter) -> Iterator[Any]:
    if criteria.actor:
        yield AuditEntry.actor == criteria.actor
    if criteria.action:
        named = audit_names.find_actions(criteria.action)
        yield AuditEntry.action.startswith(criteria.action) | AuditEntry.action.in_(named)
    if criteria.subject:
        yield AuditEntry.subject.startswith(criteria.subject)
    if criteria.since is not None:
        yield AuditEntry.at >= business_days.start_of(criteria.since)
    if criteria.until is not None:
        yield AuditEntry.at < business_days.end_of(criteria.until)
    if criteria.actors is not None:
        yield AuditEntry.actor_kind == "staff"
        yield AuditEntry.actor.in_(list(criteria.actors))

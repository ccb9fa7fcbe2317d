"""The list of activities (活动列表) for staff."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import fn

from store.activities.activities import Activity, Prize
from store.core import listing
from store.core.database import db
from store.core.listing import Page

_SORTS = {
    "created_at": Activity.id, "starts_at": Activity.starts_at, "ends_at": Activity.ends_at,
    "draws_made": Activity.draws_made,
}  # fmt: skip


@dataclass(frozen=True)
class ActivityFilter:
    """Which activities are listed. `search` is a part of the name."""

    search: str = ""
    state: str | None = None


def list_page(criteria: ActivityFilter, page: Page) -> tuple[list[Activity], int]:
    """Return a page of activities and the number of all."""
    return listing.read_page(
        _select(criteria), page, sorts=_SORTS, default="-created_at", id_field=Activity.id
    )


def list_all() -> list[Activity]:
    """Return all activities, the latest first."""
    return list(Activity.select().order_by(Activity.id.desc()))


def count_prizes(rows: Sequence[Activity]) -> dict[int, tuple[int, int]]:
    """Return by activity id how many prizes there are and how many of them are given."""
    mine = db.in_ids(Prize.activity, [row.id for row in rows])
    sums: Any = Prize.select(Prize.activity, fn.SUM(Prize.quantity), fn.SUM(Prize.given)).where(mine)
    return {key: (int(all_), int(given)) for key, all_, given in sums.group_by(Prize.activity).tuples()}


def _select(criteria: ActivityFilter) -> Any:
    query = Activity.select()
    if criteria.search.strip():
        query = query.where(Activity.name.contains(criteria.search.strip()))
    return query if criteria.state is None else query.where(Activity.state == criteria.state)


def iterate_activities(criteria: ActivityFilter) -> Iterator[Activity]:
    """Yield all activities, the latest first, and read them in batches."""
    yield from listing.iterate_rows(_select(criteria), id_field=Activity.id)

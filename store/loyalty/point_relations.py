"""Relations (积分关系): from which lots an entry took, and who took from the lot that it brought."""

from dataclasses import dataclass
from typing import Any

from store.loyalty.point_accounts import KINDS, PointEntry, PointLot, PointRelation


@dataclass(frozen=True)
class Part:
    """`value` points that moved between a lot and `entry`, which stands on the other side.

    Above zero they came into the lot, below zero they left it.
    """

    entry: PointEntry
    value: int


@dataclass(frozen=True)
class Relations:
    """`lot` is what an entry brought; `given_to` are the parts of it that others took or brought back.

    `taken_from` are the entries whose lots this one took from or filled again.
    """

    lot: PointLot | None
    given_to: list[Part]
    taken_from: list[Part]


def of(entry: PointEntry) -> Relations:
    """Both sides of an entry."""
    lot = PointLot.find(entry=entry.id)
    given_to = [_part(row, row.entry) for row in _taken(lot)] if lot else []
    taken_from = [_part(row, row.lot.entry, moved_by=entry) for row in _sources(entry)]
    return Relations(lot=lot, given_to=given_to, taken_from=taken_from)


def _taken(lot: PointLot) -> Any:
    query = PointRelation.select(PointRelation, PointEntry).join(PointEntry)
    return query.where(PointRelation.lot == lot).order_by(PointRelation.id)


def _sources(entry: PointEntry) -> Any:
    query = PointRelation.select(PointRelation, PointLot, PointEntry).join(PointLot).join(PointEntry)
    return query.where(PointRelation.entry == entry).order_by(PointRelation.id)


def _part(row: PointRelation, other: PointEntry, *, moved_by: PointEntry | None = None) -> Part:
    return Part(entry=other, value=KINDS[(moved_by or other).kind].sign * row.value)

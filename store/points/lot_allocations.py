"""Lot allocations (积分关系): from which lots an entry took, and which entries took from its own lot."""

from dataclasses import dataclass
from typing import Any

from store.points.ledger import ENTRY_KINDS, LotAllocation, PointEntry, PointLot


@dataclass(frozen=True)
class AllocationLine:
    """`value` points between a lot and `entry`: positive into the lot, negative out of it."""

    entry: PointEntry
    value: int


@dataclass(frozen=True)
class EntryAllocations:
    """`lot` is the entry's own lot; `lot_lines` are the entries that took from it or refilled it.

    `source_lines` are the entries whose lots this one took from or refilled.
    """

    lot: PointLot | None
    lot_lines: list[AllocationLine]
    source_lines: list[AllocationLine]


def get_for_entry(entry: PointEntry) -> EntryAllocations:
    """Return the allocations of an entry."""
    lot = PointLot.find(entry=entry.id)
    given_to = [_to_line(row, row.entry) for row in _allocations_of_lot(lot)] if lot else []
    taken_from = [_to_line(row, row.lot.entry, moving_entry=entry) for row in _allocations_of_entry(entry)]
    return EntryAllocations(lot=lot, lot_lines=given_to, source_lines=taken_from)


def _allocations_of_lot(lot: PointLot) -> Any:
    query = LotAllocation.select(LotAllocation, PointEntry).join(PointEntry)
    return query.where(LotAllocation.lot == lot).order_by(LotAllocation.id)


def _allocations_of_entry(entry: PointEntry) -> Any:
    query = LotAllocation.select(LotAllocation, PointLot, PointEntry).join(PointLot).join(PointEntry)
    return query.where(LotAllocation.entry == entry).order_by(LotAllocation.id)


def _to_line(
    row: LotAllocation, other_entry: PointEntry, *, moving_entry: PointEntry | None = None
) -> AllocationLine:
    return AllocationLine(
        entry=other_entry, value=ENTRY_KINDS[(moving_entry or other_entry).kind].sign * row.value
    )

"""Merge rules: how the rows of a table follow when two customers become one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import peewee

from store.customers.members import Member
from store.customers.merging import journal
from store.customers.merging.journal import MergeContext


@dataclass(frozen=True)
class UndoBlocker:
    """Why a merge cannot be undone: one sentence, and `details` for a machine."""

    code: str
    message: str
    details: dict[str, Any] = field(default_factory=dict)


# `Apply` moves a duplicate's rows to the survivor and returns their number, `Undo` restores them, and
# `FindBlockers` returns what prevents the undo.
Apply = Callable[[peewee.Field, MergeContext], int]
Undo = Callable[[peewee.Field, MergeContext], None]
FindBlockers = Callable[[peewee.Field, MergeContext], Iterable[UndoBlocker]]


class MergeRule(NamedTuple):
    """The merge rule of one column; with `keeps_rows` its rows stay with the duplicate."""

    field: peewee.Field
    apply: Apply
    undo: Undo
    find_blockers: FindBlockers
    keeps_rows: bool


def move_rows(field: peewee.Field, context: MergeContext) -> int:
    """Move all rows to the survivor."""
    return journal.move_rows(context, field)


def keep_rows(field: peewee.Field, context: MergeContext) -> int:
    """Keep the rows, which are history of the duplicate itself."""
    return 0


def move_and_remember(*, remember: Iterable[str]) -> Apply:
    """Move all rows, and record the named columns in the journal."""

    def apply(field: peewee.Field, context: MergeContext) -> int:
        return journal.move_rows(context, field, remember=remember)

    _UNDO_OF_APPLY[apply] = journal.undo_move
    return apply


def move_or_drop_duplicates(*columns: str) -> Apply:
    """Move rows, and delete those of which the survivor has one with the same `columns`."""

    def apply(field: peewee.Field, context: MergeContext) -> int:
        model: Any = field.model
        keys = [getattr(model, column) for column in columns]
        there = set(model.select(*keys).where(field == context.survivor_id).tuples())
        rows = model.select().where(field == context.duplicate_id)
        twice = [row for row in rows if tuple(getattr(row, column) for column in columns) in there]
        for row in twice:
            journal.delete_duplicate(context, row)
        return len(twice) + journal.move_rows(context, field)

    _UNDO_OF_APPLY[apply] = journal.undo_move
    return apply


def _no_undo(field: peewee.Field, context: MergeContext) -> None:
    """Restore nothing."""


def _no_blockers(field: peewee.Field, context: MergeContext) -> tuple[UndoBlocker, ...]:
    return ()


CUSTOMER_RULES: list[MergeRule] = []
MEMBER_RULES: list[MergeRule] = []
_UNDO_OF_APPLY: dict[Apply, Undo] = {move_rows: journal.undo_move, keep_rows: _no_undo}


def register_rule(
    field: peewee.Field,
    apply: Apply = move_rows,
    *,
    undo: Undo | None = None,
    find_blockers: FindBlockers = _no_blockers,
    refers_to_member: bool | None = None,
    keeps_rows: bool = False,
) -> None:
    """Register how the rows of `field` follow a merge and its undo.

    Foreign keys name their table by themselves; plain number columns need `refers_to_member`. A rule of its own needs
    an undo of its own.
    """
    if refers_to_member is None:
        refers_to_member = getattr(field, "rel_model", None) is Member
    if undo is None and apply not in _UNDO_OF_APPLY:
        raise TypeError(f"say how the undo of a merge brings back {field}")
    rule = MergeRule(
        field, apply, undo or _UNDO_OF_APPLY[apply], find_blockers, keeps_rows or apply is keep_rows
    )
    (MEMBER_RULES if refers_to_member else CUSTOMER_RULES).append(rule)

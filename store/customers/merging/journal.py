"""The journal of a merge (合并明细): each row that the merge touched, before and after.

Written in the transaction of the merge, so that an undo restores exactly that. It holds ids and times and no
personal data, which stays in the rows themselves.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import peewee

from store.core import clock
from store.core.database import db
from store.core.database.fields import EncryptedField, JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.customers.customers import Customer

R = TypeVar("R", bound=Model)

RETENTION_DAYS = 30  # as long as a merge can be undone
BATCH_SIZE = 500


class Merge(Model):
    """Which customer became part of which, on what proof, and how many rows of each table moved.

    `steps` is the length of its journal.
    """

    survivor = peewee.ForeignKeyField(Customer)
    duplicate = peewee.ForeignKeyField(Customer)
    proof = peewee.CharField(max_length=30)
    moved_counts = JsonField(default=dict)
    merged_at = UtcDateTimeField(default=clock.now)
    steps = peewee.IntegerField(null=True)
    undone_at = UtcDateTimeField(null=True)
    undone_by = peewee.CharField(max_length=100, null=True)
    undo_reason = peewee.CharField(max_length=200, null=True)


class MergeStep(Model):
    """`after` holds the columns that the merge set, `before` their previous values and what an undo needs.

    A deleted row has no `after` and is stored whole in `before`.
    """

    merge = peewee.ForeignKeyField(Merge, index=False)
    table_name = peewee.CharField(max_length=60)
    row_id = peewee.BigIntegerField()
    before = JsonField()
    after = JsonField(null=True)

    class Meta:
        indexes = ((("merge", "table_name"), False),)


@dataclass(frozen=True)
class MergeContext:
    """The duplicate and the survivor of a merge: ids of two customers, two members or two accounts."""

    merge: Merge
    duplicate_id: int
    survivor_id: int


def move_rows(
    context: MergeContext,
    field: peewee.Field,
    *,
    remember: Iterable[str] = (),
    condition: Any = True,
) -> int:
    """Move the duplicate's rows to the survivor and return their number.

    `remember` names columns whose values an undo needs.
    """
    mine, model, remember = (field == context.duplicate_id) & condition, field.model, tuple(remember)
    if remember:
        _write_moves(context, field, mine, remember)
    else:
        facts: dict[peewee.Field, Any] = {
            MergeStep.merge: peewee.Value(context.merge.id),
            MergeStep.table_name: peewee.Value(model._meta.table_name),
            MergeStep.row_id: model.id,
            MergeStep.before: peewee.Value(MergeStep.before.db_value({field.name: context.duplicate_id})),
            MergeStep.after: peewee.Value(MergeStep.after.db_value({field.name: context.survivor_id})),
        }
        MergeStep.insert_from(model.select(*facts.values()).where(mine), list(facts)).execute()
    return int(model.update({field: context.survivor_id}).where(mine).execute())


def update_row(context: MergeContext, row: Model, **values: Any) -> None:
    """Set some columns of a row and record the step."""
    before = snapshot(row, values)
    row.update_fields(**values)
    record_step(context, row, before, snapshot(row, values))


def delete_duplicate(context: MergeContext, row: Model) -> None:
    """Delete a row that the survivor has already. The journal keeps it whole."""
    record_step(context, row, snapshot(row, type(row)._meta.fields), None)
    row.delete_instance()


def record_step(
    context: MergeContext, row: Model, before: dict[str, Any], after: dict[str, Any] | None
) -> None:
    """Record values of a row that an undo needs."""
    table = type(row)._meta.table_name
    MergeStep.create(merge=context.merge.id, table_name=table, row_id=row.id, before=before, after=after)


def snapshot(row: Model, names: Iterable[str]) -> dict[str, Any]:
    """Return some columns of a row as the journal stores them."""
    return {name: _to_json(type(row)._meta.fields[name], row.__data__.get(name)) for name in names}


def list_steps(context: MergeContext, model: type[Model]) -> list[MergeStep]:
    """Return the steps of a merge in a table, the first one first."""
    return list(MergeStep.select().where(_step_condition(context, model)).order_by(MergeStep.id))


def list_moves(context: MergeContext, field: peewee.Field) -> list[MergeStep]:
    """Return the steps in which rows moved from the duplicate by way of `field`."""
    return [
        step
        for step in list_steps(context, field.model)
        if step.after and step.before.get(field.name) == context.duplicate_id
    ]


def moved_ids(context: MergeContext, field: peewee.Field) -> Any:
    """Return a query for the ids of rows that moved where only `field` was set."""
    went = MergeStep.after == {field.name: context.survivor_id}
    return MergeStep.select(MergeStep.row_id).where(_step_condition(context, field.model) & went)


def undo_move(field: peewee.Field, context: MergeContext) -> None:
    """Move rows back and restore deleted ones.

    A row that was deleted since, or that no longer has the merge's values, stays as it is.
    """
    alike = (
        MergeStep.select(MergeStep.before, MergeStep.after)
        .where(_step_condition(context, field.model))
        .distinct()
    )
    for step in list(alike):
        if step.before.get(field.name) == context.duplicate_id:
            if step.after is None:
                restore_deleted(step, field.model)
            elif field.name in step.after:
                _undo_identical_moves(context, field.model, step)


def previous_values(step: MergeStep, model: type[Model]) -> dict[str, Any]:
    """Return the journal's previous values of a row, as the row holds them."""
    return {name: _from_json(model, name, value) for name, value in step.before.items()}


def restore_deleted(step: MergeStep, model: type[R]) -> R:
    """Insert a deleted row again under its old id."""
    return model.create(**previous_values(step, model))


def restore_columns(step: MergeStep, model: type[Model]) -> None:
    """Restore the columns of a changed row that still have the merge's values."""
    row = model.find(id=step.row_id)
    assert row is not None, "people are never deleted"
    assert step.after is not None
    now = snapshot(row, step.after)
    row.update_fields(
        **{name: _from_json(model, name, step.before[name]) for name in now if now[name] == step.after[name]}
    )


@db.transactional
def purge_expired() -> int:
    """Delete the journals of merges that cannot be undone any more and return the number of steps."""
    old = Merge.select(Merge.id).where(Merge.merged_at < clock.now() - timedelta(days=RETENTION_DAYS + 1))
    return MergeStep.delete().where(MergeStep.merge.in_(old)).execute()


def _step_condition(context: MergeContext, model: type[peewee.Model]) -> peewee.Expression:
    return (MergeStep.merge == context.merge.id) & (MergeStep.table_name == model._meta.table_name)


def _write_moves(
    context: MergeContext, field: peewee.Field, condition: Any, remember: tuple[str, ...]
) -> None:
    model = field.model
    table, rows = model._meta.table_name, []
    for row in model.select().where(condition).order_by(model.id):
        before = {field.name: context.duplicate_id, **snapshot(row, remember)}
        rows.append((context.merge.id, table, row.id, before, {field.name: context.survivor_id}))
    columns = [
        MergeStep.merge, MergeStep.table_name, MergeStep.row_id, MergeStep.before, MergeStep.after,
    ]  # fmt: skip
    for batch in peewee.chunked(rows, BATCH_SIZE):
        MergeStep.insert_many(batch, columns).execute()


def _undo_identical_moves(context: MergeContext, model: type[Model], step: MergeStep) -> None:
    alike = (
        _step_condition(context, model) & (MergeStep.before == step.before) & (MergeStep.after == step.after)
    )
    marked = model.id.in_(MergeStep.select(MergeStep.row_id).where(alike))
    fields = {name: model._meta.fields[name] for name in step.after}
    for name, field in fields.items():
        marked &= field == _from_json(model, name, step.after[name])
    values = {field: _from_json(model, name, step.before[name]) for name, field in fields.items()}
    model.update(values).where(marked).execute()


def _to_json(field: peewee.Field, value: Any) -> Any:
    """Convert a value for the journal; encrypted values are rejected."""
    assert not isinstance(field, EncryptedField | JsonField), f"{field} does not go into the journal"
    value = field.db_value(value)
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _from_json(model: type[Model], name: str, value: Any) -> Any:
    return model._meta.fields[name].python_value(value)

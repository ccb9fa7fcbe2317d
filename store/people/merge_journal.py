"""A merge's journal (合并明细): each row that a merge touched, what it was and what it became.

Written in the transaction of the merge, so that an undo puts back exactly that. It holds numbers and
moments and no personal data: what people told of themselves stays in their own rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import peewee

from store.kernel import clock, db
from store.kernel.fields import Encrypted, Json, Moment
from store.kernel.records import Record
from store.people.customers import Customer

R = TypeVar("R", bound=Record)

KEPT_DAYS = 30  # as long as a merge can be undone
PORTION = 500


class Merge(Record):
    """Who became part of whom, on what proof, and how many rows of each table moved.

    `steps` is how long its journal is; merges from before there was one have none.
    """

    survivor = peewee.ForeignKeyField(Customer)
    lost = peewee.ForeignKeyField(Customer)
    proof = peewee.CharField(max_length=30)
    moved = Json(default=dict)
    at = Moment(default=clock.now)
    steps = peewee.IntegerField(null=True)
    undone_at = Moment(null=True)
    undone_by = peewee.CharField(max_length=100, null=True)
    undone_because = peewee.CharField(max_length=200, null=True)


class MergeStep(Record):
    """`after` holds the columns that the merge set, `before` what was in them and what is worth remembering.

    A row that was dropped has no `after` and is kept whole in `before`.
    """

    merge = peewee.ForeignKeyField(Merge, index=False)
    table_name = peewee.CharField(max_length=60)
    row_id = peewee.BigIntegerField()
    before = Json()
    after = Json(null=True)

    class Meta:
        indexes = ((("merge", "table_name"), False),)


@dataclass(frozen=True)
class Way:
    """From whom to whom rows travel in a merge: the ids of two customers, two members or two accounts."""

    merge: Merge
    loser: int
    survivor: int


def move(
    way: Way,
    field: peewee.Field,
    *,
    remember: Iterable[str] = (),
    which: Any = True,
) -> int:
    """Give the loser's rows to the survivor; returns how many.

    `remember` names columns that the undo wants to know as they were.
    """
    mine, model, remember = (field == way.loser) & which, field.model, tuple(remember)
    if remember:
        _write_rows(way, field, mine, remember)
    else:
        facts: dict[peewee.Field, Any] = {
            MergeStep.merge: peewee.Value(way.merge.id),
            MergeStep.table_name: peewee.Value(model._meta.table_name),
            MergeStep.row_id: model.id,
            MergeStep.before: peewee.Value(MergeStep.before.db_value({field.name: way.loser})),
            MergeStep.after: peewee.Value(MergeStep.after.db_value({field.name: way.survivor})),
        }
        MergeStep.insert_from(model.select(*facts.values()).where(mine), list(facts)).execute()
    return int(model.update({field: way.survivor}).where(mine).execute())


def change(way: Way, row: Record, **values: Any) -> None:
    """Set some columns of a row."""
    before = stored(row, values)
    row.put(**values)
    note(way, row, before, stored(row, values))


def drop(way: Way, row: Record) -> None:
    """Delete a row that the survivor has already; the journal keeps it whole."""
    note(way, row, stored(row, type(row)._meta.fields), None)
    row.delete_instance()


def note(way: Way, row: Record, before: dict[str, Any], after: dict[str, Any] | None) -> None:
    """Remember something about a row."""
    table = type(row)._meta.table_name
    MergeStep.create(merge=way.merge.id, table_name=table, row_id=row.id, before=before, after=after)


def stored(row: Record, names: Iterable[str]) -> dict[str, Any]:
    """Some columns of a row as the journal keeps them."""
    return {name: _plain(type(row)._meta.fields[name], row.__data__.get(name)) for name in names}


def steps(way: Way, model: type[Record]) -> list[MergeStep]:
    """What a merge did to a table, the first step first."""
    return list(MergeStep.select().where(_of(way, model)).order_by(MergeStep.id))


def moved(way: Way, field: peewee.Field) -> list[MergeStep]:
    """The steps in which rows went over, the loser's by way of `field`."""
    return [
        step for step in steps(way, field.model) if step.after and step.before.get(field.name) == way.loser
    ]


def ids_of_moved(way: Way, field: peewee.Field) -> Any:
    """A query for the ids of rows that went over, where nothing but `field` was set."""
    went = MergeStep.after == {field.name: way.survivor}
    return MergeStep.select(MergeStep.row_id).where(_of(way, field.model) & went)


def put_back(field: peewee.Field, way: Way) -> None:
    """What went over goes back, and what was dropped is there again.

    A row that is gone since, or that the merge's mark is no longer on, stays as it is.
    """
    alike = MergeStep.select(MergeStep.before, MergeStep.after).where(_of(way, field.model)).distinct()
    for step in list(alike):
        if step.before.get(field.name) == way.loser:
            if step.after is None:
                put_back_dropped(step, field.model)
            elif field.name in step.after:
                _put_back_moved(way, field.model, step)


def as_before(step: MergeStep, model: type[Record]) -> dict[str, Any]:
    """What the journal remembers of a row, as the row itself holds it."""
    return {name: _read(model, name, value) for name, value in step.before.items()}


def put_back_dropped(step: MergeStep, model: type[R]) -> R:
    """Write a dropped row again, under its old number."""
    return model.create(**as_before(step, model))


def restore(step: MergeStep, model: type[Record]) -> None:
    """Set the columns of a changed row back, each unless it has moved on since."""
    row = model.find(id=step.row_id)
    assert row is not None, "people are never deleted"
    assert step.after is not None
    now = stored(row, step.after)
    row.put(**{name: _read(model, name, step.before[name]) for name in now if now[name] == step.after[name]})


@db.verb
def forget_old() -> int:
    """Drop the journals of merges that cannot be undone any more; returns how many steps that were."""
    old = Merge.select(Merge.id).where(Merge.at < clock.now() - timedelta(days=KEPT_DAYS + 1))
    return MergeStep.delete().where(MergeStep.merge.in_(old)).execute()


def _of(way: Way, model: type[peewee.Model]) -> peewee.Expression:
    return (MergeStep.merge == way.merge.id) & (MergeStep.table_name == model._meta.table_name)


def _write_rows(way: Way, field: peewee.Field, mine: Any, remember: tuple[str, ...]) -> None:
    model = field.model
    table, rows = model._meta.table_name, []
    for row in model.select().where(mine).order_by(model.id):
        before = {field.name: way.loser, **stored(row, remember)}
        rows.append((way.merge.id, table, row.id, before, {field.name: way.survivor}))
    columns = [
        MergeStep.merge, MergeStep.table_name, MergeStep.row_id, MergeStep.before, MergeStep.after,
    ]  # fmt: skip
    for portion in peewee.chunked(rows, PORTION):
        MergeStep.insert_many(portion, columns).execute()


def _put_back_moved(way: Way, model: type[Record], step: MergeStep) -> None:
    alike = _of(way, model) & (MergeStep.before == step.before) & (MergeStep.after == step.after)
    marked = model.id.in_(MergeStep.select(MergeStep.row_id).where(alike))
    fields = {name: model._meta.fields[name] for name in step.after}
    for name, field in fields.items():
        marked &= field == _read(model, name, step.after[name])
    values = {field: _read(model, name, step.before[name]) for name, field in fields.items()}
    model.update(values).where(marked).execute()


def _plain(field: peewee.Field, value: Any) -> Any:
    """A value as JSON holds it; the journal is no place for what is kept encrypted elsewhere."""
    assert not isinstance(field, Encrypted | Json), f"{field} does not go into the journal"
    value = field.db_value(value)
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _read(model: type[Record], name: str, value: Any) -> Any:
    return model._meta.fields[name].python_value(value)

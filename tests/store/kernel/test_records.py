"""The quick statements of a record do what plain peewee does, for every table."""

from datetime import UTC, date, datetime
from typing import Any

import peewee
import pytest

from store import wings
from store.company import tenants
from store.kernel import db
from store.kernel.fields import Day, Encrypted, Json, Moment
from store.kernel.records import Record
from store.loyalty.point_returns import PointReturn
from store.loyalty.point_rules import PointMultiplier, PointRule
from store.loyalty.tier_rules import TierRule
from store.loyalty.tiers import Tier
from store.loyalty.validity import Validity
from store.loyalty.value_ledger import COMPANYS, MEMBERS, ValueAccount, ValueEntry
from store.loyalty.value_spends import ValueSpend
from store.people import customers
from store.people.customers import Customer, Source
from tests import world

TABLES = wings.tables()
NOON = datetime(2026, 1, 31, 12, 30, 15, 123456, tzinfo=UTC)


def sample(field: peewee.Field, number: int) -> Any:
    """A value that fits a field; the checks of each table allow the first word they list."""
    for check in field.constraints or []:
        if " IN (" in check.sql:
            return check.sql.split("IN (")[1].split("'")[1]
    kinds: list[tuple[type, Any]] = [
        (Moment, NOON),
        (Day, date(2026, 1, 31)),
        (Json, {"名": [1, None, "二"], "n": number}),
        (Encrypted, f"王小美{number}"),
        (peewee.BooleanField, True),
        (peewee.FloatField, 39.5 + number),
        (peewee.IntegerField, 7 + number),
        (peewee.CharField, f"w{number}-"[: getattr(field, "max_length", 255)]),
        (peewee.TextField, f"文字{number}"),
    ]
    return next(value for kind, value in kinds if isinstance(field, kind))


def filled(model: type[Record], number: int, *, sparse: bool) -> dict[str, Any]:
    """Values for a row; a sparse one leaves empty what may be."""
    values = {}
    for field in model._meta.sorted_fields:
        if field.name == "id" or (sparse and field.null):
            continue
        is_key = isinstance(field, peewee.ForeignKeyField)
        values[field.name] = parent(field.rel_model) if is_key else sample(field, number)
    if "left" in values:
        values["left"] = values["value"]
    return {**values, **FITTING.get(model, {})}


# What columns have to agree on among themselves, or a type that reads only its own form.
FITTING: dict[type[Record], dict[str, Any]] = {
    PointMultiplier: {"percent": 150},
    PointReturn: {"value": 6, "taken": 1, "lapsed": 2, "forgiven": 3, "part": 1, "whole": 2},
    PointRule: {"valid": Validity(days=30)},
    Tier: {"valid": Validity(days=30)},
    TierRule: {"basis": "spend", "group": None},
    ValueAccount: {"limit_fen": 1_000},
    ValueEntry: {f"{name}_fen": 0 for name in (*MEMBERS, *COMPANYS)},
    ValueSpend: {"principal_fen": 5, "bonus_fen": 2, "amount_fen": 7, "refunded_fen": 0},
}


def parent(model: type[Record]) -> Record:
    found = model.select().first()
    return found or model.create(**filled(model, 0, sparse=True))


def columns(row: Record) -> dict[str, Any]:
    """What a row holds, with None for what was left empty when it was made."""
    return {field.name: row.__data__.get(field.name) for field in row._meta.sorted_fields}


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_create_find_and_put_agree_with_plain_peewee(model, companies):
    with tenants.using("acme"):
        for sparse in (False, True):
            agree(model, sparse=sparse)


def agree(model: type[Record], *, sparse: bool) -> None:
    with db.database.atomic() as trial:
        values = filled(model, 1, sparse=sparse)
        quick = model.create(**values)
        plain = model.get_by_id(quick.id)
        assert plain.__data__ == columns(quick) == model.find(id=quick.id).__data__
        assert not quick._dirty
        if not getattr(model._meta, "append_only", False):
            quick.delete_instance()
            ids = {name: getattr(value, "id", value) for name, value in values.items()}
            assert model.create_all([{**plain.__data__, **ids}]) == [quick.id]
            assert model.find(id=quick.id).__data__ == plain.__data__
        equal = {name: value for name, value in plain.__data__.items() if not isinstance(value, str | dict)}
        assert model.find(**equal).id == quick.id
        changed = {
            field.name: sample(field, 2)
            for field in model._meta.sorted_fields
            if isinstance(field, Json | Encrypted | Moment) and not field.null
        }
        changed |= {name: plain.__data__[name] for name in FITTING.get(model, {}) if name in changed}
        if not getattr(model._meta, "append_only", False):
            quick.put(**(changed or {"id": quick.id}))
            assert model.get_by_id(quick.id).__data__ == columns(quick)
        trial.rollback()


def test_null_equals_null_and_nothing_else(acme):
    kept = customers.open_customer(source="h5")
    Customer.create(source="h5", city="上海")
    assert Customer.find(source="h5", city=None).id == kept.id
    assert Customer.find(source="h5", city="北京") is None


def test_put_writes_only_what_it_names(acme):
    row = Source.create(code="h5", name="页面")
    stale = Source.get_by_id(row.id)
    row.put(name="网页")
    stale.put(code="web")
    assert Source.get_by_id(row.id).__data__ == {"id": row.id, "code": "web", "name": "网页"}


def test_defaults_are_made_anew_for_each_row(acme):
    assert len({Customer.create().public_id for _ in range(20)}) == 20


def test_hostile_text_stays_text(acme):
    name = "'; DROP TABLE source; -- %s ? {}"
    Source.create(code="x", name=name)
    assert Source.find(name=name).code == "x"
    assert Source.find(code="x' OR '1'='1") is None


def test_locked_rows_are_counted_up_one_by_one(acme):
    row = Customer.create(source="0")
    world.at_once(8, lambda number: counted(row.id, lock=True))
    assert Customer.get_by_id(row.id).source == "8"


@db.verb
def counted(row_id: int, *, lock: bool) -> None:
    row = Customer.find(id=row_id, lock=lock)
    assert row is not None
    row.put(source=str(int(row.source) + 1))

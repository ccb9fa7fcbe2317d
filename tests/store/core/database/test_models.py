"""The quick statements of a record do what plain peewee does, for every table."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import peewee
import pytest

from store import layers
from store.activities.activities import Activity
from store.activities.budgets import ActivityBudget
from store.appointments.tables import Appointment
from store.approvals import Approval
from store.catalog.categories import Category
from store.core.database import db
from store.core.database.fields import DateField, EncryptedField, JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.customers import customers
from store.customers.customers import Customer, Source
from store.draws.draw_records import Draw
from store.flash_sales.items import FlashSaleItem
from store.messages.email_accounts import EmailAccount
from store.orders.tables import Order, OrderTender
from store.payments.attempts import PaymentAttempt
from store.physical_cards.applications import CardApplication
from store.physical_cards.cards import PhysicalCard
from store.points.reversals import PointReversal
from store.points.rules import PointMultiplier, PointRule
from store.queues.tickets import QueueTicket
from store.shop_orders.shipping_uploads import ShippingUpload
from store.stock.movements import StockMovement
from store.stock.reservations import StockReservation
from store.stored_value.ledger import COMPANY_ACCOUNTS, MEMBER_ACCOUNTS, StoredValueAccount, StoredValueEntry
from store.stored_value.payment_records import StoredValuePayment
from store.stored_value.top_ups import TopUp
from store.tenants import registry
from store.tiers.rules import TierRule
from store.tiers.tiers import Tier
from store.tiers.validity import Validity
from tests.support import database

TABLES = layers.list_tables()
NOON = datetime(2026, 1, 31, 12, 30, 15, 123456, tzinfo=UTC)


def sample(field: peewee.Field, number: int) -> Any:
    """A value that fits a field; the checks of each table allow the first word they list."""
    for check in field.constraints or []:
        if " IN (" in check.sql:
            return check.sql.split("IN (")[1].split("'")[1]
    kinds: list[tuple[type, Any]] = [
        (UtcDateTimeField, NOON),
        (DateField, date(2026, 1, 31)),
        (JsonField, {"名": [1, None, "二"], "n": number}),
        (EncryptedField, f"王小美{number}"),
        (peewee.BooleanField, True),
        (peewee.FloatField, 39.5 + number),
        (peewee.IntegerField, 7 + number),
        (peewee.CharField, f"w{number}-"[: getattr(field, "max_length", 255)]),
        (peewee.TextField, f"文字{number}"),
    ]
    return next(value for kind, value in kinds if isinstance(field, kind))


def sample_values(model: type[Model], number: int, *, sparse: bool) -> dict[str, Any]:
    """Values for a row; a sparse one leaves empty what may be."""
    values = {}
    for field in model._meta.sorted_fields:
        if field.name == "id" or (sparse and field.null):
            continue
        is_key = isinstance(field, peewee.ForeignKeyField)
        values[field.name] = parent(field.rel_model) if is_key else sample(field, number)
    if "remaining" in values and "value" in values:
        values["remaining"] = values["value"]
    return {**values, **FIXED_VALUES.get(model, {})}


# What columns have to agree on among themselves, or a type that reads only its own form.
FIXED_VALUES: dict[type[Model], dict[str, Any]] = {
    Approval: {"decider": "colleague"},
    Appointment: {"ends_at": NOON + timedelta(hours=1)},
    QueueTicket: {"calls": 1},
    Category: {"level": 1, "parent": None},
    StockMovement: {"kind": "received", "counted": None},
    StockReservation: {"released": 0, "returned": 0},
    EmailAccount: {"only": 1},
    PointMultiplier: {"percent": 150},
    PointReversal: {
        "value": 6,
        "posted_points": 1,
        "expired_points": 2,
        "waived_points": 3,
        "numerator": 1,
        "denominator": 2,
    },
    PointRule: {"validity": Validity(days=30)},
    Tier: {"validity": Validity(days=30)},
    TierRule: {"basis": "spend", "group": None},
    StoredValueAccount: {"limit_fen": 1_000},
    StoredValueEntry: {
        **{f"{name}_fen": 0 for name in (*MEMBER_ACCOUNTS, *COMPANY_ACCOUNTS)},
        "money_kind": None,
    },
    Order: {
        "list_fen": 10,
        "discount_fen": 4,
        "total_fen": 6,
        "due_fen": 5,
        "original": None,
        "return_number": None,
    },
    OrderTender: {"bonus_fen": 0},
    PaymentAttempt: {"paid_fen": 10, "taken_fen": 4, "surplus_fen": 6, "refunded_fen": 1},
    TopUp: {"kind": None, "attempt_number": None, "refunded_fen": 0},
    PhysicalCard: {"state": "stock", "member": None, "replaces": None},
    CardApplication: {"purpose": "new", "old_card": None},
    ActivityBudget: {"total_fen": 10, "reserved_fen": 3, "paid_fen": 2},
    FlashSaleItem: {"stock": 9, "held": 1, "sold": 2, "returned": 3},
    Activity: {"total_draws": 10, "draws_made": 2},
    Draw: {"draws_left": 9, "pick": 2},
    ShippingUpload: {"state": "waiting", "uploaded_at": None},
    StoredValuePayment: {"principal_fen": 5, "bonus_fen": 2, "amount_fen": 7, "refunded_fen": 0},
}


def parent(model: type[Model]) -> Model:
    found = model.select().first()
    return found or model.create(**sample_values(model, 0, sparse=True))


def columns(row: Model) -> dict[str, Any]:
    """What a row holds, with None for what was left empty when it was made."""
    return {field.name: row.__data__.get(field.name) for field in row._meta.sorted_fields}


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_create_find_and_put_agree_with_plain_peewee(model, two_tenants):
    with registry.use_tenant("acme"):
        for sparse in (False, True):
            compare_with_peewee(model, sparse=sparse)


def compare_with_peewee(model: type[Model], *, sparse: bool) -> None:
    with db.database.atomic() as trial:
        values = sample_values(model, 1, sparse=sparse)
        quick = model.create(**values)
        plain = model.select().where(model.id == quick.id).get()
        assert plain.__data__ == columns(quick) == model.find(id=quick.id).__data__
        assert not quick._dirty
        if not getattr(model._meta, "append_only", False):
            quick.delete_instance()
            ids = {name: getattr(value, "id", value) for name, value in values.items()}
            assert model.create_many([{**plain.__data__, **ids}]) == [quick.id]
            assert model.find(id=quick.id).__data__ == plain.__data__
        equal = {name: value for name, value in plain.__data__.items() if not isinstance(value, str | dict)}
        assert model.find(**equal).id == quick.id
        changed = {
            field.name: sample(field, 2)
            for field in model._meta.sorted_fields
            if isinstance(field, JsonField | EncryptedField | UtcDateTimeField) and not field.null
        }
        changed |= {name: plain.__data__[name] for name in FIXED_VALUES.get(model, {}) if name in changed}
        if not getattr(model._meta, "append_only", False):
            quick.update_fields(**(changed or {"id": quick.id}))
            assert model.get_by_id(quick.id).__data__ == columns(quick)
        trial.rollback()


def test_null_equals_null_and_nothing_else(acme):
    kept = customers.create_customer(source="h5")
    Customer.create(source="h5", city="上海")
    assert Customer.find(source="h5", city=None).id == kept.id
    assert Customer.find(source="h5", city="北京") is None


def test_put_writes_only_what_it_names(acme):
    row = Source.create(code="h5", name="页面")
    stale = Source.get_by_id(row.id)
    row.update_fields(name="网页")
    stale.update_fields(code="web")
    assert Source.get_by_id(row.id).__data__ == {"id": row.id, "code": "web", "name": "网页"}


def test_a_conditional_change_is_made_only_from_an_allowed_value(acme):
    row = Source.create(code="h5", name="页面")
    assert row.update_fields_if("code", ("h5", "web"), name="网页")
    stale = Source.get_by_id(row.id)
    row.update_fields(code="till")
    assert not stale.update_fields_if("code", ("h5", "web"), name="收银台")
    assert stale.name == Source.get_by_id(row.id).name == "网页"


def test_rows_of_a_condition_are_read_in_its_order(acme):
    for code in ("a", "b", "c"):
        Source.create(code=code, name="?")
    found = Source.find_where("code IN (?, ?) AND name = ? ORDER BY code DESC LIMIT 5", "a", "c", "?")
    assert [row.code for row in found] == ["c", "a"]


def test_a_condition_compares_times_of_every_zone(acme):
    customer = Customer.create(created_at=NOON)
    in_shanghai = NOON.astimezone(ZoneInfo("Asia/Shanghai"))
    assert [row.id for row in Customer.find_where("created_at = ?", in_shanghai)] == [customer.id]
    assert not Customer.find_where("created_at > ?", in_shanghai)


def test_a_foreign_key_reads_the_row_that_it_names(acme):
    first, second = Customer.create(), Customer.create()
    row = Customer.create(merged_into=second)
    assert Customer.get_by_id(row.id).merged_into.id == second.id
    assert Customer.get(Customer.id == first.id, Customer.public_id == first.public_id).id == first.id
    with pytest.raises(Customer.DoesNotExist):
        Customer.get(Customer.id == row.id + 1)


def test_defaults_are_made_anew_for_each_row(acme):
    assert len({Customer.create().public_id for _ in range(20)}) == 20


def test_hostile_text_stays_text(acme):
    name = "'; DROP TABLE source; -- %s ? {}"
    Source.create(code="x", name=name)
    assert Source.find(name=name).code == "x"
    assert Source.find(code="x' OR '1'='1") is None


def test_locked_rows_are_counted_up_one_by_one(acme):
    row = Customer.create(source="0")
    database.run_concurrently(8, lambda number: count_rows(row.id, lock=True))
    assert Customer.get_by_id(row.id).source == "8"


@db.transactional
def count_rows(row_id: int, *, lock: bool) -> None:
    row = Customer.find(id=row_id, lock=lock)
    assert row is not None
    row.update_fields(source=str(int(row.source) + 1))

"""Types of a queue (排队类型): for what tickets are taken in a shop, such as a table for two, each with a letter."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

import peewee
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from store.core import clock, errors, ids, input_limits
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.core.validation import validate
from store.shops.shops import Shop
from store.tenants import audit

MAX_PEOPLE = 99
_Line = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$")]
_People = Annotated[int, Field(strict=True, ge=1, le=MAX_PEOPLE)]


class QueueTypeFields(BaseModel):
    """What staff set. `letter` begins the numbers of the tickets. With people the customer says how many come."""

    model_config = ConfigDict(extra="forbid")

    letter: Annotated[str, StringConstraints(pattern=r"^[A-Z]$")]
    name: Annotated[_Line, StringConstraints(min_length=1, max_length=20)]
    min_people: _People | None = None
    max_people: _People | None = None
    is_on: bool = True

    @model_validator(mode="after")
    def check(self) -> Self:
        if (self.min_people is None) != (self.max_people is None):
            raise ValueError("人数请同时填写最少和最多")
        if self.min_people is not None and self.max_people is not None and self.max_people < self.min_people:
            raise ValueError("最多人数不能少于最少人数")
        return self


class QueueType(Model):
    """A type of a shop's queue. One that is off gives no tickets; those that wait are still called."""

    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("que_"))
    shop = peewee.ForeignKeyField(Shop, index=False)
    letter = peewee.CharField(max_length=1)
    name = peewee.CharField(max_length=20)
    min_people = peewee.IntegerField(null=True)
    max_people = peewee.IntegerField(null=True)
    is_on = peewee.BooleanField(default=True)
    created_at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("shop", "letter"), True),)


@db.transactional
def create(*, shop: Shop, values: Mapping[str, Any], key: str) -> QueueType:
    """Create a type of a shop's queue. Idempotent by `key`. Raises DomainError(invalid)."""
    public_id = f"que_{input_limits.check_key(key, max_length=36)}"
    entered = validate(QueueTypeFields, dict(values))
    db.advisory_lock(f"queues.types.{shop.id}")
    found = QueueType.find(public_id=public_id)
    if found is not None:
        return found
    _ensure_letter_free(shop.id, entered.letter)
    row = QueueType.create(public_id=public_id, shop=shop, **entered.model_dump())
    audit.record("queue_types.create", f"queue_type:{row.public_id}", after=entered.model_dump())
    return row


@db.transactional
def change(queue_type: QueueType, values: Mapping[str, Any]) -> QueueType:
    """Change some values of a type and keep the others. Idempotent. Raises DomainError(invalid).

    Tickets that were taken keep their numbers.
    """
    db.advisory_lock(f"queues.types.{queue_type.shop_id}")
    row = lock(queue_type.id)
    before = {name: getattr(row, name) for name in QueueTypeFields.model_fields}
    after = validate(QueueTypeFields, {**before, **values}).model_dump()
    if after == before:
        return row
    if after["letter"] != before["letter"]:
        _ensure_letter_free(row.shop_id, after["letter"])
    row.update_fields(**after)
    audit.record("queue_types.change", f"queue_type:{row.public_id}", before=before, after=after)
    return row


def lock(type_id: int) -> QueueType:
    """Lock the row of a type and return it as it is now. Requires a transaction."""
    return db.lock(QueueType.select().where(QueueType.id == type_id)).get()


def get_by_public_id(public_id: str) -> QueueType:
    """Return the type of a public id. Raises DomainError(not_found)."""
    found = QueueType.find(public_id=public_id)
    if found is None:
        raise errors.not_found("该排队类型")
    return found


def get_of_shop(shop_id: int, public_id: str) -> QueueType:
    """Return a type of a shop. Raises DomainError(not_found)."""
    found = QueueType.find(public_id=public_id, shop=shop_id)
    if found is None:
        raise errors.not_found("该排队类型")
    return found


def list_of_shop(shop_id: int) -> list[QueueType]:
    """Return all types of a shop, by their letters."""
    return sorted(QueueType.find_all(shop=shop_id), key=lambda row: row.letter)


def has_offered(shop: Shop) -> bool:
    """Return whether customers of a shop can take a ticket."""
    mine = (QueueType.shop == shop.id) & QueueType.is_on
    return bool(shop.state == "open" and QueueType.select().where(mine).exists())


def _ensure_letter_free(shop_id: int, letter: str) -> None:
    if QueueType.find(shop=shop_id, letter=letter) is not None:
        raise errors.invalid("letter", f"字母 {letter} 已有其他类型使用")

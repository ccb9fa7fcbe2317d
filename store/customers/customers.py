"""Customers (客户): one person, whatever the channel (One ID)."""

import peewee

from store.core import clock, errors, ids
from store.core.database import db
from store.core.database.fields import EncryptedField, UtcDateTimeField
from store.core.database.models import Model


class Source(Model):
    """Acquisition source (渠道): a row, so a new one needs no change of code."""

    code = peewee.CharField(max_length=30, unique=True)
    name = peewee.CharField(max_length=60)


class Customer(Model):
    """The person and the profile. `merged_into` refers to the survivor of a merge."""

    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("cus_"))
    source = peewee.CharField(max_length=30, default="unknown")
    first_shop_id = peewee.BigIntegerField(null=True)
    managing_shop_id = peewee.BigIntegerField(null=True)
    merged_into = peewee.ForeignKeyField("self", null=True, backref="merged")
    created_at = UtcDateTimeField(default=clock.now)
    erased_at = UtcDateTimeField(null=True)

    name = EncryptedField(context="customer.name", null=True)
    nickname = EncryptedField(context="customer.nickname", null=True)
    nickname_index = peewee.CharField(max_length=64, null=True, index=True)
    avatar_url = peewee.CharField(max_length=500, null=True)
    gender = peewee.CharField(max_length=10, null=True)
    birthday = EncryptedField(context="customer.birthday", null=True)
    birthday_index = peewee.CharField(max_length=64, null=True, index=True)
    email = EncryptedField(context="customer.email", null=True)
    email_index = peewee.CharField(max_length=64, null=True, index=True)
    id_number = EncryptedField(context="customer.id_number", null=True)
    id_number_index = peewee.CharField(max_length=64, null=True, index=True)
    name_index = peewee.CharField(max_length=64, null=True, index=True)
    province = peewee.CharField(max_length=40, null=True)
    city = peewee.CharField(max_length=40, null=True)
    address = EncryptedField(context="customer.address", null=True)
    is_staff = peewee.BooleanField(default=False)
    is_test = peewee.BooleanField(default=False)
    marketing_consent = peewee.BooleanField(default=False)


@db.transactional
def add_source(*, code: str, name: str) -> Source:
    """Add an acquisition source. Idempotent by code."""
    found = Source.get_or_none(Source.code == code)
    return found or Source.create(code=code, name=name)


def list_sources() -> list[Source]:
    """Return all acquisition sources."""
    return list(Source.select().order_by(Source.code))


def create_customer(*, source: str, shop_id: int | None = None) -> Customer:
    """Create a customer without identities. The caller binds one in the same transaction."""
    return Customer.create(source=source, first_shop_id=shop_id)


def survivor(customer: Customer) -> Customer:
    """Return the customer itself, or the one it was merged into."""
    while customer.merged_into_id is not None:
        customer = customer.merged_into
    return customer


def merged_ids(customer: Customer) -> list[int]:
    """Return the ids of a customer and of all customers merged into it, directly or not."""
    found = fresh = [customer.id]
    while fresh:
        fresh = [row.id for row in Customer.select(Customer.id).where(Customer.merged_into.in_(fresh))]
        found = found + fresh
    return found


def get_by_public_id(public_id: str) -> Customer:
    """Return the customer of a public id, also of a merged one. Raises DomainError(not_found)."""
    found = Customer.find(public_id=public_id)
    if found is None:
        raise errors.not_found("该客户")
    return survivor(found)


def lock(customer_id: int) -> Customer:
    """Lock the current row of a customer until the transaction ends.

    Follows a merge that commits while waiting for the lock.
    """
    while True:
        found = Customer.find(id=customer_id, lock=True)
        assert found is not None, "customers are never deleted"
        if found.merged_into_id is None:
            return found
        customer_id = found.merged_into_id


def lock_unless_erased(customer: Customer) -> Customer:
    """Lock a customer whom the caller has read. Raises DomainError(unauthorized) if erased since.

    A request that was under way during an erasure must not write personal data again.
    """
    row = lock(customer.id)
    own = row if row.id == customer.id else Customer.get_by_id(customer.id)
    if own.erased_at != customer.erased_at:
        raise errors.DomainError("unauthorized", "您的资料已清除，请重新登录", 401)
    return row

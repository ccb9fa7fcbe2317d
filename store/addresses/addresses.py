"""Addresses (收货地址): where a customer gets deliveries. Name, phone and detail are encrypted."""

from collections.abc import Mapping
from typing import Annotated, Any

import peewee
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from store.core import clock, errors, ids, input_limits
from store.core.database import db
from store.core.database.fields import EncryptedField, UtcDateTimeField
from store.core.database.models import Model
from store.core.validation import validate
from store.customers import customers, phones, profiles
from store.customers.customers import Customer
from store.customers.merging import rules as merge_rules

MAX_ADDRESSES = 20
Line = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$", min_length=1)]


class AddressFields(BaseModel):
    """What a customer types. `region_code` is that of the county; the position is GCJ-02, as the map gives it."""

    model_config = ConfigDict(extra="forbid")

    name: Line = Field(max_length=30)
    phone: Annotated[str, StringConstraints(max_length=30), AfterValidator(phones.normalize)]
    region_code: Annotated[str, StringConstraints(pattern=r"^([0-9]{6})?$")] = ""
    province: Line = Field(max_length=30)
    city: Line = Field(max_length=30)
    district: Line = Field(max_length=30)
    detail: Line = Field(max_length=120)
    latitude: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    longitude: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    is_default: bool = False


class Address(Model):
    """One address of a customer, who has at most one default."""

    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("adr_"))
    customer = peewee.ForeignKeyField(Customer, backref="addresses")
    name = EncryptedField(context="address.name")
    phone = EncryptedField(context="address.phone")
    region_code = peewee.CharField(max_length=6, default="")
    province = peewee.CharField(max_length=30)
    city = peewee.CharField(max_length=30)
    district = peewee.CharField(max_length=30)
    detail = EncryptedField(context="address.detail")
    latitude = peewee.DoubleField(null=True)
    longitude = peewee.DoubleField(null=True)
    is_default = peewee.BooleanField(default=False)
    created_at = UtcDateTimeField(default=clock.now)

    def snapshot(self) -> dict[str, Any]:
        """Return what an order keeps of the address."""
        return {
            "name": self.name, "phone": self.phone, "region": [self.province, self.city, self.district],
            "detail": self.detail, "latitude": self.latitude, "longitude": self.longitude,
        }  # fmt: skip


merge_rules.register_rule(Address.customer)


@db.transactional
def add(*, customer: Customer, values: Mapping[str, Any], key: str) -> Address:
    """Add an address. The first one is the default. Idempotent by `key`.

    Raises DomainError(invalid, too_many_addresses, unauthorized).
    """
    public_id = f"adr_{input_limits.check_key(key, max_length=36)}"
    entered = validate(AddressFields, dict(values))
    owner = customers.lock_unless_erased(customer)
    found = Address.find(public_id=public_id)
    if found is not None:
        return found
    own = list_own(owner)
    if len(own) >= MAX_ADDRESSES:
        raise errors.DomainError("too_many_addresses", f"最多保存 {MAX_ADDRESSES} 个地址", 409)
    fields = entered.model_dump() | {"is_default": entered.is_default or not own}
    if fields["is_default"]:
        _clear_default(owner)
    return Address.create(public_id=public_id, customer=owner, **fields)


@db.transactional
def change(address: Address, values: Mapping[str, Any]) -> Address:
    """Change some fields of an address and keep the others. Idempotent. Raises DomainError(invalid, unauthorized)."""
    owner = customers.lock_unless_erased(Customer.get_by_id(address.customer_id))
    before = {name: getattr(address, name) for name in AddressFields.model_fields}
    entered = validate(AddressFields, {**before, **values})
    if entered.is_default and not address.is_default:
        _clear_default(owner)
    address.update_fields(**entered.model_dump())
    return address


@db.transactional
def remove(address: Address) -> None:
    """Remove an address. The latest of the others becomes the default. Idempotent."""
    owner = customers.lock(address.customer_id)
    Address.delete().where(Address.id == address.id).execute()
    own = list_own(owner)
    if own and not any(row.is_default for row in own):
        own[0].update_fields(is_default=True)


def to_snapshot(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an order keeps of an address that is in no customer's list. Raises DomainError(invalid)."""
    return Address(**validate(AddressFields, dict(values)).model_dump()).snapshot()


def list_own(customer: Customer) -> list[Address]:
    """Return the addresses of a customer: the default, then the latest first."""
    mine = Address.customer == customers.survivor(customer).id
    return list(Address.select().where(mine).order_by(Address.is_default.desc(), Address.id.desc()))


def get_own(customer: Customer, public_id: str) -> Address:
    """Return a customer's own address. Raises DomainError(not_found)."""
    found = Address.find(public_id=public_id, customer=customers.survivor(customer).id)
    if found is None:
        raise errors.not_found("该地址")
    return found


def _clear_default(owner: Customer) -> None:
    Address.update(is_default=False).where(Address.customer == owner.id).execute()


def _erase(customer_ids: list[int]) -> int:
    return int(Address.delete().where(Address.customer << customer_ids).execute())


profiles.register_eraser(_erase)

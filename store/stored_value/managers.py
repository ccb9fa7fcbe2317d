"""The phone of a shop manager (店长手机): it receives the code if a member cannot receive one."""

import peewee

from store.core import actors, clock, errors
from store.core.database import db
from store.core.database.fields import EncryptedField, UtcDateTimeField
from store.core.database.models import Model
from store.customers import phones
from store.tenants import audit


class ShopManagerPhone(Model):
    """The manager's phone of a shop and its period. `phone_index` finds out whether a phone is the current one."""

    shop_id = peewee.BigIntegerField()
    phone = EncryptedField(context="shop_manager_phone.phone")
    phone_index = peewee.CharField(max_length=64)
    appointed_by = peewee.CharField(max_length=100)
    appointed_at = UtcDateTimeField(default=clock.now)
    ended_at = UtcDateTimeField(null=True)


ShopManagerPhone.add_index(
    ShopManagerPhone.index(ShopManagerPhone.shop_id, unique=True, name="shop_manager_phone_active").where(
        peewee.SQL("ended_at IS NULL")
    )
)


@db.transactional
def appoint(*, shop_id: int, phone: str) -> ShopManagerPhone:
    """Appoint the phone of a shop's manager in place of the current one. Idempotent."""
    number = phones.normalize(phone)
    db.advisory_lock(f"shop-manager-phone:{shop_id}")
    before = ShopManagerPhone.find(shop_id=shop_id, ended_at=None)
    if before is not None and before.phone_index == phones.blind_index(number):
        return before
    if before is not None:
        before.update_fields(ended_at=clock.now())
    audit.record("stored_value_managers.appoint", f"shop:{shop_id}")
    return ShopManagerPhone.create(
        shop_id=shop_id,
        phone=number,
        phone_index=phones.blind_index(number),
        appointed_by=actors.current().name,
    )


@db.transactional
def dismiss(*, shop_id: int) -> None:
    """End the appointment of a shop's manager without a successor. Idempotent."""
    db.advisory_lock(f"shop-manager-phone:{shop_id}")
    before = ShopManagerPhone.find(shop_id=shop_id, ended_at=None)
    if before is not None:
        before.update_fields(ended_at=clock.now())
        audit.record("stored_value_managers.dismiss", f"shop:{shop_id}")


def get_by_shop(shop_id: int) -> ShopManagerPhone:
    """Return the current manager of a shop. Raises DomainError(no_manager)."""
    found = ShopManagerPhone.find(shop_id=shop_id, ended_at=None)
    if found is None:
        raise errors.DomainError("no_manager", "该门店未设置店长手机", 409)
    return found


def list_active() -> list[ShopManagerPhone]:
    """Return the current managers by shop."""
    return list(
        ShopManagerPhone.select()
        .where(ShopManagerPhone.ended_at.is_null())
        .order_by(ShopManagerPhone.shop_id)
    )

"""References without a foreign key: their targets exist."""

from collections.abc import Iterator
from typing import Any

import peewee
from peewee import fn

from store import layers
from store.customers.customers import Customer
from store.customers.members import Member
from store.integrity.check import Check, Rows
from store.official_accounts.qr_codes import QrCode
from store.shops.favourites import Favourite
from store.shops.shops import Shop
from store.tenants.channels import Channel

# By the ends of column names, so that tables that are added later are checked as well.
_TARGET_BY_SUFFIX = {"shop_id": Shop, "channel_id": Channel, "customer_id": Customer, "member_id": Member}


def _find_dangling_references() -> Iterator[Any]:
    for model in layers.list_tables():
        for field in model._meta.sorted_fields:
            target = next(
                (found for end, found in _TARGET_BY_SUFFIX.items() if field.name.endswith(end)), None
            )
            if target is not None and not isinstance(field, peewee.ForeignKeyField):
                yield from _find_missing_targets(field, target)
    yield from _find_missing_targets(Favourite.target_id, Shop, Favourite.kind == "shop")


def _find_missing_targets(field: peewee.Field, target: Any, condition: Any = True) -> Rows:
    model: Any = field.model
    name = f"{model._meta.table_name}.{field.column_name}"
    there = target.select(target.id).where(target.id == field)
    return (
        model.select(model.id, peewee.Value(name), field)
        .where(field.is_null(False) & ~fn.EXISTS(there) & condition)
        .tuples()
    )


def _find_qr_codes_without_shop() -> Rows:
    there = Shop.select(Shop.id).where(Shop.public_id == QrCode.target)
    return QrCode.select(QrCode.id, QrCode.target).where((QrCode.kind == "shop") & ~fn.EXISTS(there)).tuples()


CHECKS = (
    Check(
        name="references.exist",
        invariant="引用的门店、账号、客户和会员都存在",
        message="{1}（行 {0}）：引用的 {2} 不存在",
        find_violations=_find_dangling_references,
    ),
    Check(
        name="qr_codes.shops",
        invariant="门店二维码的门店存在",
        message="二维码 {0}：门店 {1} 不存在",
        find_violations=_find_qr_codes_without_shop,
    ),
)

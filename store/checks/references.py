"""Numbers that point at rows without a foreign key: what they point at has to be there."""

from collections.abc import Iterator
from typing import Any

import peewee
from peewee import fn

from store import wings
from store.activities.qr_codes import QrCode
from store.checks.finding import Check, Rows
from store.company.channels import Channel
from store.people.customers import Customer
from store.people.members import Member
from store.shop.favourites import Favourite
from store.shop.shops import Shop

# By the ends of column names, so that the tables of later nouns are looked at as well.
_ENDS = {"shop_id": Shop, "channel_id": Channel, "customer_id": Customer, "member_id": Member}


def _dangling() -> Iterator[Any]:
    for model in wings.tables():
        for field in model._meta.sorted_fields:
            target = next((found for end, found in _ENDS.items() if field.name.endswith(end)), None)
            if target is not None and not isinstance(field, peewee.ForeignKeyField):
                yield from _without(field, target)
    yield from _without(Favourite.target_id, Shop, Favourite.kind == "shop")


def _without(field: peewee.Field, target: Any, which: Any = True) -> Rows:
    model: Any = field.model
    name = f"{model._meta.table_name}.{field.column_name}"
    there = target.select(target.id).where(target.id == field)
    return (
        model.select(model.id, peewee.Value(name), field)
        .where(field.is_null(False) & ~fn.EXISTS(there) & which)
        .tuples()
    )


def _codes_of_no_shop() -> Rows:
    there = Shop.select(Shop.id).where(Shop.public_id == QrCode.target)
    return QrCode.select(QrCode.id, QrCode.target).where((QrCode.kind == "shop") & ~fn.EXISTS(there)).tuples()


CHECKS = (
    Check(
        name="references.exist",
        promise="引用的门店、账号、客户和会员都存在",
        sentence="{1}（行 {0}）：引用的 {2} 不存在",
        broken=_dangling,
    ),
    Check(
        name="qr_codes.shops",
        promise="门店二维码的门店存在",
        sentence="二维码 {0}：门店 {1} 不存在",
        broken=_codes_of_no_shop,
    ),
)

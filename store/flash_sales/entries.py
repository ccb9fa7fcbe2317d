"""Entries of flash sales (抢购流水): the append-only ledger of what orders hold and have bought of an item."""

from collections.abc import Iterator
from typing import Any

import peewee

from store.core import clock, listing
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.core.listing import Page
from store.customers.members import Member
from store.customers.merging import rules as merge_rules
from store.flash_sales.flash_sales import FlashSale
from store.flash_sales.items import FlashSaleItem

# A constant text, which peewee would build twice for each order.
_COUNT = (
    'SELECT COALESCE(SUM("t"."held" + "t"."sold"), 0) FROM "flash_sale_entry" AS "t" '
    'JOIN "flash_sale_item" AS "i" ON "i"."id" = "t"."item_id" '
    'WHERE "t"."member_id" = ? AND "i"."sale_id" = ? AND "i"."sku_id" = ?'
)
KIND_LABELS = {"held": "下单占用", "released": "释放占用", "sold": "已付款", "refunded": "退款退回"}


class FlashSaleEntry(Model):
    """One change of an item by an order: what it adds to the `held` and the `sold` units.

    `key` is the place among the entries of an order and an item, or the number of a return.
    """

    item = peewee.ForeignKeyField(FlashSaleItem, backref="entries", index=False)
    member = peewee.ForeignKeyField(Member, backref="flash_sale_entries")
    order_number = peewee.CharField(max_length=64)
    key = peewee.CharField(max_length=80)
    kind = peewee.CharField(max_length=10, constraints=[peewee.Check(f"kind IN {tuple(KIND_LABELS)}")])
    held = peewee.IntegerField()
    sold = peewee.IntegerField()
    at = UtcDateTimeField(default=clock.now)

    class Meta:
        append_only = True
        constraints = [peewee.Check("held <> 0 OR sold <> 0")]
        indexes = ((("order_number", "item", "key"), True), (("item", "id"), False))

    @property
    def units(self) -> int:
        """Return how many units the entry took, paid, or gave back below zero."""
        return int(self.sold if self.kind == "sold" else self.held + self.sold)


merge_rules.register_rule(FlashSaleEntry.member)


def write(
    item_id: int, member_id: int, order_number: str, *, kind: str, key: str, held: int = 0, sold: int = 0
) -> FlashSaleEntry:
    """Write an entry. Requires the locks of the member and of the order."""
    return FlashSaleEntry.create(
        item=item_id, member=member_id, order_number=order_number, key=key, kind=kind, held=held, sold=sold
    )  # fmt: skip


def list_of_order(order_number: str) -> list[FlashSaleEntry]:
    """Return the entries of an order, the first one first."""
    return sorted(FlashSaleEntry.find_all(order_number=order_number), key=lambda one: int(one.id))


def count_of_member(member: Member, item: FlashSaleItem) -> int:
    """Return how many units of the SKU of an item a member holds or has bought in its sale."""
    statement = _COUNT.replace("?", "%s") if db.is_postgresql() else _COUNT
    row = db.database.execute_sql(statement, (member.id, item.sale_id, item.sku_id)).fetchone()
    return int(row[0])


def list_page(
    sale: FlashSale, page: Page, *, shop_ids: frozenset[int] | None = None
) -> tuple[list[FlashSaleEntry], int]:
    """Return a page of the entries of a sale in some shops, or in all, and their number."""
    sorts = {"at": FlashSaleEntry.id}
    return listing.read_page(
        _select(sale, shop_ids), page, sorts=sorts, default="-at", id_field=FlashSaleEntry.id
    )


def count_of_sale(sale: FlashSale, *, shop_ids: frozenset[int] | None = None) -> int:
    """Return the number of the entries of a sale in some shops, or in all."""
    return int(_select(sale, shop_ids).count())


def iterate_of_sale(sale: FlashSale, *, shop_ids: frozenset[int] | None = None) -> Iterator[FlashSaleEntry]:
    """Yield the entries of a sale in some shops, or in all, the latest first, and read them in batches."""
    yield from listing.iterate_rows(_select(sale, shop_ids), id_field=FlashSaleEntry.id)


def _select(sale: FlashSale, shop_ids: frozenset[int] | None) -> Any:
    query = FlashSaleEntry.select().join(FlashSaleItem).where(FlashSaleItem.sale == sale.id)
    return query if shop_ids is None else query.where(FlashSaleItem.shop.in_(sorted(shop_ids)))

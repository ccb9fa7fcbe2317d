"""Items of flash sales (抢购商品): the units of a SKU in a shop that were set aside for a sale.

`stock` = held + sold + returned + what is left. The units that are left stay reserved in the stock of the shop.
"""

from collections.abc import Iterable

import peewee

from store.catalog.skus import Sku
from store.core import errors, ids
from store.core.database import db, joins
from store.core.database.models import Model
from store.flash_sales.flash_sales import FlashSale
from store.shops.shops import Shop
from store.stock import movements
from store.stock.levels import StockLevel

# Constant texts, because every order of a sale runs one of them. A take is the one test that decides who gets a unit.
_TAKE = (
    'UPDATE "flash_sale_item" SET "held" = "held" + ? '
    'WHERE "id" = ? AND "held" + "sold" + "returned" + ? <= "stock"'
)
_BOOK = 'UPDATE "flash_sale_item" SET "held" = "held" + ?, "sold" = "sold" + ? WHERE "id" = ?'


class FlashSaleItem(Model):
    """`held` units lie with unpaid orders, `sold` ones were paid, `returned` ones went back to the shop.

    `member_limit` is how many units of the SKU a member may buy in the sale, in all its shops together.
    """

    sale = peewee.ForeignKeyField(FlashSale, backref="items", index=False)
    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("fsi_"))
    position = peewee.IntegerField()
    shop = peewee.ForeignKeyField(Shop, index=False)
    sku = peewee.ForeignKeyField(Sku, index=False)
    level = peewee.ForeignKeyField(StockLevel, backref="flash_sale_items")
    price_fen = peewee.BigIntegerField(constraints=[peewee.Check("price_fen > 0")])
    member_limit = peewee.IntegerField(constraints=[peewee.Check("member_limit > 0")])
    stock = peewee.IntegerField(constraints=[peewee.Check("stock > 0")])
    held = peewee.IntegerField(default=0)
    sold = peewee.IntegerField(default=0)
    returned = peewee.IntegerField(default=0)

    class Meta:
        constraints = [
            peewee.Check("held >= 0 AND sold >= 0 AND returned >= 0 AND held + sold + returned <= stock")
        ]
        indexes = ((("sale", "shop", "sku"), True),)

    @property
    def left(self) -> int:
        """Return how many units can still be bought."""
        return int(self.stock - self.held - self.sold - self.returned)


def find_by_public_id(public_id: str) -> FlashSaleItem | None:
    """Return the item of a public id as it is now, or None."""
    return FlashSaleItem.find(public_id=public_id)


def get_by_public_id(public_id: str) -> FlashSaleItem:
    """Return the item of a public id. Raises DomainError(not_found)."""
    found = find_by_public_id(public_id)
    if found is None:
        raise errors.not_found("该抢购商品")
    return found


def list_of_sale(sale: FlashSale) -> list[FlashSaleItem]:
    """Return the items of a published sale in the order of their maker."""
    return sorted(FlashSaleItem.find_all(sale=sale.id), key=lambda one: (one.position, one.id))


def list_by_ids(item_ids: Iterable[int]) -> list[FlashSaleItem]:
    """Return items with their sales by their ids, in the order in which they are locked."""
    wanted = sorted(set(item_ids))
    if not wanted:
        return []
    found = []
    for row, sale in joins.read_joined(
        {"i": FlashSaleItem, "s": FlashSale},
        'FROM "flash_sale_item" AS "i" JOIN "flash_sale" AS "s" ON "s"."id" = "i"."sale_id" '
        f'WHERE "i"."id" IN ({", ".join("?" * len(wanted))}) ORDER BY "i"."id"',
        wanted,
    ):
        row.sale = sale
        found.append(row)
    return found


def take(item_id: int, units: int) -> bool:
    """Hold units of an item, and return whether it had them. Requires a transaction."""
    return bool(_execute(_TAKE, units, item_id, units))


def book(item_id: int, *, held: int = 0, sold: int = 0) -> FlashSaleItem:
    """Change the held and sold units of an item, and return it as it is now. Requires a transaction."""
    _execute(_BOOK, held, sold, item_id)
    return FlashSaleItem.get_by_id(item_id)


def set_aside(row: FlashSaleItem, units: int, *, key: str, subject: str) -> bool:
    """Reserve units of the shop's stock for an item, and return whether it had them. Requires a transaction."""
    posted = movements.post_movement(row.level_id, kind="set_aside", key=key, reserved=units, subject=subject)
    return posted is not None


def return_rest(row: FlashSaleItem, *, key: str, subject: str) -> int:
    """Return what is left of an item to the stock of its shop. Requires a transaction."""
    locked = FlashSaleItem.find(id=row.id, lock=True)
    assert locked is not None, "items are never deleted"
    left = locked.left
    if left:
        locked.update_fields(returned=locked.returned + left)
        movements.post_movement(row.level_id, kind="put_back", key=key, reserved=-left, subject=subject)
    return left


def _execute(statement: str, *params: int) -> int:
    text = statement.replace("?", "%s") if db.is_postgresql() else statement
    return int(db.database.execute_sql(text, params).rowcount)

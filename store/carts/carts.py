"""Carts (购物车): what a customer has chosen in each shop, kept until it is ordered or removed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import peewee

from store.catalog import shop_goods
from store.catalog.shop_goods import ShopSku
from store.catalog.skus import Sku
from store.core import clock, errors, input_limits
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.customers import customers
from store.customers.customers import Customer
from store.customers.merging import rules as merge_rules
from store.orders import goods_lines, snapshots
from store.orders.goods_lines import WantedSku
from store.orders.tables import Order
from store.shops.shops import Shop
from store.stock import levels

MAX_LINES, MAX_QUANTITY = 200, 9_999


class CartLine(Model):
    """Units of a SKU in a shop. `price_fen` is what it cost when it was added."""

    customer = peewee.ForeignKeyField(Customer, index=False)
    shop = peewee.ForeignKeyField(Shop)
    sku = peewee.ForeignKeyField(Sku)
    quantity = peewee.IntegerField(constraints=[peewee.Check("quantity > 0")])
    price_fen = peewee.BigIntegerField()
    is_selected = peewee.BooleanField(default=True)
    added_at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("customer", "shop", "sku"), True),)


merge_rules.register_rule(CartLine.customer, merge_rules.move_or_drop_duplicates("shop", "sku"))


@dataclass(frozen=True)
class MergeNotice:
    """What a merge of carts did with a SKU that was in both, or of which there is too little."""

    sku: Sku
    quantity: int
    message: str


@db.transactional
def add(*, customer: Customer, shop: Shop, sku: Sku, quantity: int) -> CartLine:
    """Add units to the cart, on top of those that are there.

    Raises DomainError(invalid, goods_unavailable, stock_short, cart_full, unauthorized).
    """
    input_limits.check_number(quantity, field="quantity", minimum=1, maximum=MAX_QUANTITY)
    owner = customers.lock_unless_erased(customer)
    before = CartLine.find(customer=owner.id, shop=shop.id, sku=sku.id)
    wanted = quantity + (before.quantity if before else 0)
    price_fen = _check_goods(shop, sku, wanted)
    if before is not None:
        before.update_fields(quantity=wanted, is_selected=True)
        return before
    if CartLine.select().where(CartLine.customer == owner.id).count() >= MAX_LINES:
        raise errors.DomainError("cart_full", f"购物车最多放 {MAX_LINES} 种商品", 409)
    return CartLine.create(customer=owner, shop=shop, sku=sku, quantity=wanted, price_fen=price_fen)


@db.transactional
def change(line: CartLine, *, quantity: int | None = None, is_selected: bool | None = None) -> CartLine:
    """Set the units of a line, or whether it will be ordered. Idempotent.

    Fewer units are always possible. Raises DomainError(invalid, goods_unavailable, stock_short).
    """
    customers.lock(line.customer_id)
    row = CartLine.find(id=line.id)
    if row is None:
        raise errors.not_found("该商品")
    if quantity is not None and quantity != row.quantity:
        input_limits.check_number(quantity, field="quantity", minimum=1, maximum=MAX_QUANTITY)
        if quantity > row.quantity:
            _check_goods(row.shop, row.sku, quantity)
        row.update_fields(quantity=quantity)
    if is_selected is not None:
        row.update_fields(is_selected=is_selected)
    return row


@db.transactional
def remove(*, customer: Customer, line_ids: Sequence[int]) -> int:
    """Remove lines of the customer's own cart and return their number. Idempotent."""
    owner = customers.lock(customer.id)
    mine = (CartLine.customer == owner.id) & (CartLine.id << list(line_ids))
    return int(CartLine.delete().where(mine).execute())


@db.transactional
def take_out(*, customer: Customer, shop: Shop, quantities: Mapping[int, int]) -> None:
    """Remove ordered units by the row id of the SKU. Called in the transaction of the order."""
    owner = customers.lock(customer.id)
    for sku_id, quantity in quantities.items():
        row = CartLine.find(customer=owner.id, shop=shop.id, sku=sku_id)
        if row is None:
            continue
        if row.quantity > quantity:
            row.update_fields(quantity=row.quantity - quantity)
        else:
            row.delete_instance()


@db.transactional
def merge_visitor(*, customer: Customer, wanted: Sequence[tuple[Shop, Sku, int]]) -> list[MergeNotice]:
    """Take over the cart that a visitor had before signing in. Idempotent.

    Of a SKU in both carts the larger quantity stays. What is sold out or too many is reduced with a notice.
    """
    owner = customers.lock_unless_erased(customer)
    notices = []
    for shop, sku, quantity in wanted[:MAX_LINES]:
        before = CartLine.find(customer=owner.id, shop=shop.id, sku=sku.id)
        largest = max(quantity, before.quantity if before else 0)
        left = levels.read_available(shop=shop, sku_ids=[sku.id])[sku.id]
        kept = min(largest, left, MAX_QUANTITY)
        notice = _describe(sku, quantity, before, kept)
        if notice is not None:
            notices.append(notice)
        if before is None and kept and sku.id in goods_lines.read_sold(shop=shop, sku_ids={sku.id}):
            add(customer=owner, shop=shop, sku=sku, quantity=kept)
        elif before is not None and kept > before.quantity:
            before.update_fields(quantity=kept)
    return notices


@db.transactional
def add_again(*, customer: Customer, order: Order) -> tuple[int, list[str]]:
    """Add the goods of an earlier order to the cart, as far as the shop has them.

    Return how many kinds of goods were added, and the names of the others.
    """
    added, missing = 0, []
    shop = Shop.get_by_id(order.shop_id)
    for line in snapshots.list_lines(order):
        sku = Sku.find(id=line.sku_id) if line.sku_id is not None else None
        if line.is_freight or line.gift_for:
            continue
        try:
            with db.savepoint():
                if sku is None:
                    raise errors.not_found("该商品")
                add(customer=customer, shop=shop, sku=sku, quantity=line.quantity)
            added += 1
        except errors.DomainError:
            missing.append(str(line.name))
    return added, missing


def get_own(customer: Customer, line_id: int) -> CartLine:
    """Return a line of the customer's own cart. Raises DomainError(not_found)."""
    found = CartLine.find(id=line_id, customer=customers.survivor(customer).id)
    if found is None:
        raise errors.not_found("该商品")
    return found


def _check_goods(shop: Shop, sku: Sku, quantity: int) -> int:
    """Return the price of a SKU. Raises DomainError if the shop does not sell it, or has too little."""
    goods_lines.build(shop=shop, wanted=[WantedSku(sku.id, quantity)])
    left = levels.read_available(shop=shop, sku_ids=[sku.id])[sku.id]
    if quantity > left:
        text = f"还剩 {left} 件" if left else "已售完"
        raise errors.DomainError("stock_short", text, 409, remaining=left)
    return shop_goods.read_prices(sku, ShopSku.find(shop=shop.id, sku=sku.id)).price_fen


def _describe(sku: Sku, quantity: int, before: CartLine | None, kept: int) -> MergeNotice | None:
    if not kept:
        return MergeNotice(sku, 0, f"“{sku.full_name}”已售完")
    if before is not None and before.quantity != quantity:
        return MergeNotice(sku, kept, f"“{sku.full_name}”在购物车中已有，数量为 {kept}")
    return MergeNotice(sku, kept, f"“{sku.full_name}”仅剩 {kept} 件") if kept < quantity else None

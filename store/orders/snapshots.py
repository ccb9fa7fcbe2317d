"""Snapshots (订单快照): the rows of an order, written from its price."""

from collections.abc import Mapping

from store.core import money
from store.orders.requests import Place, PlaceLine
from store.orders.tables import (
    FREIGHT_NAME,
    FREIGHT_PRODUCT,
    Order,
    OrderDiscount,
    OrderLine,
    OrderTender,
)
from store.pricing.price import FREIGHT_LINE, Price, PricedLine


def totals(price: Price) -> dict[str, int]:
    """Return the columns of an order that its price decides."""
    return {
        "list_fen": price.list_fen,
        "discount_fen": price.discount_fen,
        "total_fen": price.total_fen,
        "freight_fen": price.freight_fen,
        "due_fen": price.due_fen,
    }


def write(order: Order, request: Place, price: Price) -> list[OrderLine]:
    """Write lines, discounts and tenders of a new order, and return the lines in their order."""
    rows = _line_rows(order, request, price)
    ids = OrderLine.create_many(rows)
    OrderDiscount.create_many(
        [
            {
                "order": order.id, "kind": one.kind, "reference": one.reference, "sentence": one.sentence[:200],
                "fen": one.fen, "shares": dict(one.shares), "cost_centre": one.cost_centre,
                "threshold_fen": one.threshold_fen, "bases": dict(one.bases),
            }
            for one in price.discounts
        ]
    )  # fmt: skip
    OrderTender.create_many(
        [
            {
                "order": order.id, "kind": one.kind, "reference": one.reference, "sentence": one.sentence[:200],
                "fen": one.fen, "points": one.points, "shares": dict(one.shares),
            }
            for one in price.tenders
        ]
    )  # fmt: skip
    return [OrderLine(id=row_id, **row) for row_id, row in zip(ids, rows, strict=True)]


def rewrite(order: Order, request: Place, price: Price) -> None:
    """Write lines, discounts and tenders instead of those of an earlier price. Requires the order's lock."""
    for table in (OrderLine, OrderDiscount, OrderTender):
        table.delete().where(table.order == order.id).execute()
    write(order, request, price)


def list_lines(order: Order) -> list[OrderLine]:
    """Return the lines of an order in their order."""
    return sorted(OrderLine.find_all(order=order.id), key=lambda line: line.id)


def source_of(line: str) -> str:
    """Return the line of the request that goods came from: a special price with a limit makes `1` and `1-2` of it."""
    return line.partition("-")[0]


def list_discounts(order: Order) -> list[OrderDiscount]:
    """Return the discounts of an order in the order in which they were taken."""
    return sorted(OrderDiscount.find_all(order=order.id), key=lambda one: one.id)


def list_tenders(order: Order) -> list[OrderTender]:
    """Return the tenders of an order: those that were held, then the money of each attempt as it was begun."""
    mine = OrderTender.find_all(order=order.id)
    return sorted(mine, key=lambda one: (one.attempt_id is not None, one.attempt_id or 0, one.id))


def coupon_codes(price: Price) -> list[str]:
    """Return the codes of the coupons and vouchers that a price uses."""
    discounts = [one.reference for one in price.discounts if one.kind == "coupon"]
    return discounts + [one.reference for one in price.tenders if one.kind == "voucher"]


def take_from_lines(lines: list[OrderLine], amount_fen: int) -> Mapping[str, int]:
    """Split an amount over what is due on the lines, take it off there, and return the shares by line."""
    parts = money.split(amount_fen, [line.due_fen for line in lines])
    for line, part in zip(lines, parts, strict=True):
        if part:
            line.update_fields(due_fen=line.due_fen - part)
    return {line.line: part for line, part in zip(lines, parts, strict=True) if part}


def give_to_lines(lines: list[OrderLine], shares: Mapping[str, int]) -> None:
    """Add shares to what is due on the lines."""
    for line in lines:
        if line.line in shares:
            line.update_fields(due_fen=line.due_fen + shares[line.line])


def replace_stored_value(order: Order, before: OrderTender | None, amount_fen: int) -> None:
    """Write the tender of stored value and what remains due. Requires the order's lock."""
    lines = list_lines(order)
    due = order.due_fen
    if before is not None:
        give_to_lines(lines, before.shares)
        due += before.fen
        before.delete_instance()
    if amount_fen:
        shares = take_from_lines(lines, amount_fen)
        OrderTender.create(
            order=order,
            kind="stored_value",
            reference="",
            sentence="储值支付",
            fen=amount_fen,
            shares=dict(shares),
        )
    order.update_fields(due_fen=due - amount_fen)


def _line_rows(order: Order, request: Place, price: Price) -> list[dict[str, object]]:
    wanted = {str(number): line for number, line in enumerate(request.lines, start=1)}
    rows = [_line_row(order, priced, wanted, price) for priced in price.lines]
    return [*rows, _freight_row(order, price, like=rows[0])] if price.freight_fen else rows


def _line_row(
    order: Order, priced: PricedLine, wanted: Mapping[str, PlaceLine], price: Price
) -> dict[str, object]:
    """Return the row of goods that were asked for, or of a gift that a promotion gives."""
    gift = priced.gift
    goods = PlaceLine(
        product=gift.product, name=gift.name, unit_price_fen=0, sku_id=gift.sku_id, gift_for=gift.gift_for,
        gift_value_fen=gift.value_fen, picture=gift.picture,
    ) if gift else wanted[priced.source]  # fmt: skip
    return {
        "order": order.id,
        "line": priced.line,
        "product": priced.product,
        "name": goods.name,
        "sku_id": goods.sku_id,
        "specification": goods.specification,
        "picture": goods.picture,
        "categories": list(goods.categories),
        "quantity": priced.quantity,
        "unit_fen": priced.unit_fen,
        "list_fen": priced.list_fen,
        "goods_fen": priced.goods_fen,
        "due_fen": price.due_shares.get(priced.line, 0),
        "gift_for": [one.line for one in price.lines if {one.line, one.source} & set(goods.gift_for)],
        "gift_value_fen": goods.gift_value_fen,
        "flash_item_id": goods.flash_item_id,
    }


def _freight_row(order: Order, price: Price, *, like: dict[str, object]) -> dict[str, object]:
    """Return the row of the freight, with the columns of other lines."""
    amounts = dict.fromkeys(("unit_fen", "list_fen", "goods_fen"), price.freight_fen)
    return {
        **dict.fromkeys(like, ""), "order": order.id, "line": FREIGHT_LINE, "product": FREIGHT_PRODUCT,
        "name": FREIGHT_NAME, "sku_id": None, "categories": [], "quantity": 1, **amounts,
        "due_fen": price.due_shares.get(FREIGHT_LINE, 0), "gift_for": [], "gift_value_fen": 0,
        "flash_item_id": None,
    }  # fmt: skip

"""The slips of an order of the shop (配送单、拣货单), read from its rows."""

from store.catalog import shop_goods
from store.orders import fulfilments, returns, snapshots
from store.orders.fulfilments import KIND_LABELS
from store.orders.tables import Order
from store.shops.shops import Shop
from store.tenants import branding, business_days
from store.tills.receipts.order_slips import OrderSlip, OrderSlipLine, SlipKind


def build(order: Order, *, kind: SlipKind, is_reprint: bool = False) -> OrderSlip:
    """Return a slip of an order as it is now: goods that came back are left out."""
    row, shop = fulfilments.find(order), Shop.get_by_id(order.shop_id)
    assert row is not None, "orders of the shop have a fulfilment"
    recipient = row.read_recipient()
    slot = business_days.to_local(row.slot_starts_at) if row.slot_starts_at else None
    return OrderSlip(
        kind=kind, tenant_name=branding.read_name(), shop_name=shop.name, number=order.number,
        placed_at=business_days.to_local(order.placed_at), lines=_list_lines(order, shop), total_fen=order.total_fen,
        to_collect_fen=order.due_fen if order.state == "placed" else 0, fulfilment=KIND_LABELS[order.kind],
        recipient=recipient.get("name", ""), phone=recipient.get("phone", "").removeprefix("+86"),
        address="".join([*dict.fromkeys(recipient.get("region", ())), recipient.get("detail", "")]),
        slot=f"{slot:%m-%d %H:%M} 起" if slot else "", remark=order.remark, is_reprint=is_reprint,
    )  # fmt: skip


def _list_lines(order: Order, shop: Shop) -> tuple[OrderSlipLine, ...]:
    lines = [line for line in snapshots.list_lines(order) if not line.is_freight]
    back = returns.count_returned_units(order)
    in_shop = shop_goods.find_of_shop(shop, {line.sku_id for line in lines if line.sku_id is not None})
    found = []
    for line in lines:
        quantity = line.quantity - back.get(line.line, 0)
        place = in_shop.get(line.sku_id) if line.sku_id is not None else None
        if quantity:
            found.append(
                OrderSlipLine(
                    name=line.name, quantity=quantity, total_fen=line.goods_fen, specification=line.specification,
                    rack_area=place.rack_area if place else "", rack_level=place.rack_number if place else "",
                )
            )  # fmt: skip
    return tuple(found)

"""Responses of orders of the shop at a till, built from their rows."""

from collections.abc import Sequence
from typing import Any

from store.catalog import shop_goods
from store.catalog.shop_goods import ShopSku
from store.core import masking
from store.customers import identities, profiles
from store.customers.customers import Customer
from store.orders import fulfilments, returns, snapshots
from store.orders.fulfilments import KIND_LABELS, STATE_LABELS, Fulfilment
from store.orders.tables import Order, OrderLine
from store.shop_orders import order_list, states
from store.shops.shops import Shop
from till.order_schemas import ShopOrderDetail, ShopOrderLine, ShopOrderStep, ShopOrderSummary, StaffAction

_OPERATORS = {"customer": "顾客", "system": "系统"}


def to_summaries(rows: Sequence[Order]) -> list[ShopOrderSummary]:
    """Return orders as the list of a till shows them."""
    found, lines = order_list.read_fulfilments(rows), order_list.read_lines(rows)
    return [ShopOrderSummary(**_summary(order, found[order.id], lines[order.id])) for order in rows]


def to_detail(order: Order, shop: Shop) -> ShopOrderDetail:
    """Return an order with all that staff need to prepare and deliver it."""
    row, lines = fulfilments.find(order), snapshots.list_lines(order)
    assert row is not None, "orders of the shop have a fulfilment"
    recipient = row.read_recipient()
    back = returns.count_returned_units(order)
    in_shop = shop_goods.find_of_shop(shop, {line.sku_id for line in lines if line.sku_id is not None})
    return ShopOrderDetail(
        **_summary(order, row, lines),
        lines=[_to_line(line, back.get(line.line, 0), in_shop) for line in lines if not line.is_freight],
        recipient=recipient.get("name", ""), recipient_phone=recipient.get("phone", ""),
        address=" ".join([*recipient.get("region", ()), recipient.get("detail", "")]).strip(),
        people=row.people, table=row.table_name,
        payment_label="货到付款" if row.payment_terms == "cash_on_delivery" else "在线付款",
        steps=[
            ShopOrderStep(
                state_label=STATE_LABELS[step.state], at=step.at, message=step.message,
                operator=_OPERATORS.get(step.actor_kind, step.actor_name),
            )
            for step in fulfilments.list_steps(row)
        ],
    )  # fmt: skip


def _summary(order: Order, row: Fulfilment, lines: Sequence[OrderLine]) -> dict[str, Any]:
    goods = [line for line in lines if not line.is_freight]
    customer = Customer.get_by_id(order.customer_id) if order.customer_id is not None else None
    phone = identities.find_phone(customer) if customer is not None else None
    is_collected = row.payment_terms == "cash_on_delivery" and order.state == "placed"
    return {
        "number": order.number, "state": row.state, "state_label": states.label_of(order, row),
        "kind": order.kind, "kind_label": KIND_LABELS[order.kind],
        "customer": profiles.display_name(customer) if customer is not None else "",
        "phone": masking.mask_phone(phone) if phone else "",
        "goods": "、".join(f"{line.name}×{line.quantity}" for line in goods[:3]),
        "item_count": sum(line.quantity for line in goods), "total_fen": order.total_fen,
        "due_fen": order.due_fen if is_collected else 0, "placed_at": order.placed_at,
        "slot_starts_at": row.slot_starts_at, "slot_ends_at": row.slot_ends_at, "remark": order.remark,
        "actions": [
            StaffAction(name=one, label=states.ACTION_LABELS[one]) for one in states.staff_actions(order, row)
        ],
    }  # fmt: skip


def _to_line(line: OrderLine, returned: int, in_shop: dict[int, ShopSku]) -> ShopOrderLine:
    row = in_shop.get(line.sku_id) if line.sku_id is not None else None
    return ShopOrderLine(
        line=line.line, name=line.name, specification=line.specification,
        rack=shop_goods.describe_rack(row) if row is not None else "", quantity=line.quantity,
        returned=returned, goods_fen=line.goods_fen,
    )  # fmt: skip

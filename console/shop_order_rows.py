"""The rows of orders of the shop (商城订单) as the console shows them. Persons are masked without the right."""

from collections.abc import Sequence
from typing import Any

from console import order_details
from store.catalog import shop_goods
from store.core import masking
from store.customers import identities, profiles
from store.customers.customers import Customer
from store.orders import fulfilments, snapshots
from store.orders.fulfilments import KIND_LABELS, PAYMENT_LABELS, STATE_LABELS, Fulfilment
from store.orders.tables import Order
from store.shop_orders import moves, order_list, shipping_uploads, states
from store.shop_orders.shipping_uploads import ShippingUpload

_OPERATORS = {"customer": "顾客", "system": "系统"}


def to_rows(orders: Sequence[Order]) -> list[dict[str, Any]]:
    """Return orders as their list shows them."""
    found, lines = order_list.read_fulfilments(orders), order_list.read_lines(orders)
    return [_to_row(order, found[order.id], lines[order.id]) for order in orders]


def to_detail(order: Order, *, shows_person: bool) -> dict[str, Any]:
    """Return an order with lines, recipient, payments, parcels, steps and actions."""
    row, lines = fulfilments.find(order), snapshots.list_lines(order)
    assert row is not None, "orders of the shop have a fulfilment"
    parts = order_details.to_details(order)
    in_shop = shop_goods.find_of_shop(order.shop, {line.sku_id for line in lines if line.sku_id is not None})
    places = {
        line.line: shop_goods.describe_rack(in_shop[line.sku_id]) for line in lines if line.sku_id in in_shop
    }
    for line, shown in zip(lines, parts["lines"], strict=True):
        shown |= {
            "specification": line.specification,
            "rack": places.get(line.line, ""),
            "picture": line.picture,
        }
    return _to_row(order, row, lines) | parts | {
        "freight_fen": order.freight_fen, "list_fen": order.list_fen, "discount_fen": order.discount_fen,
        "recipient": _to_recipient(row, shows_person=shows_person),
        "invoice": _to_invoice(row, shows_person=shows_person), "invoice_number": row.invoice_number,
        "slot_starts_at": row.slot_starts_at.isoformat() if row.slot_starts_at else None,
        "slot_ends_at": row.slot_ends_at.isoformat() if row.slot_ends_at else None,
        "people": row.people, "table": row.table_name,
        "parcels": [
            {
                "company": one.company or "门店配送", "tracking_number": one.tracking_number,
                "at": one.shipped_at.isoformat(),
            }
            for one in moves.list_parcels(row)
        ],
        "shipping_uploads": [_to_upload(one) for one in shipping_uploads.list_of_order(order)],
        "steps": [
            {
                "at": step.at.isoformat(), "label": states.STEP_LABELS.get(step.action, STATE_LABELS[step.state]),
                "state": STATE_LABELS[step.state], "message": step.message,
                "operator": _OPERATORS.get(step.actor_kind, step.actor_name),
            }
            for step in fulfilments.list_steps(row)
        ],
    }  # fmt: skip


def _to_row(order: Order, row: Fulfilment, lines: Sequence[Any]) -> dict[str, Any]:
    goods = [line for line in lines if not line.is_freight]
    customer = Customer.get_by_id(order.customer_id) if order.customer_id is not None else None
    phone = identities.find_phone(customer) if customer is not None else None
    return {
        "number": order.number, "state": row.state, "state_label": states.label_of(order, row),
        "kind": order.kind, "kind_label": KIND_LABELS[order.kind], "shop": order.shop.name,
        "customer": profiles.display_name(customer) if customer is not None else "",
        "phone": masking.mask_phone(phone) if phone else "",
        "member": order.member.card_number if order.member else None,
        "goods": "、".join(f"{line.name}×{line.quantity}" for line in goods[:3]),
        "units": sum(line.quantity for line in goods), "total_fen": order.total_fen, "due_fen": order.due_fen,
        "payment_label": PAYMENT_LABELS[row.payment_terms], "is_paid": order.state in ("paid", "completed"),
        "placed_at": order.placed_at.isoformat(), "paid_at": order.paid_at.isoformat() if order.paid_at else None,
        "remark": order.remark, "source": order.source,
        "actions": states.console_actions(order, row),
    }  # fmt: skip


def _to_upload(row: ShippingUpload) -> dict[str, Any]:
    times = ("reminded_at", "uploaded_at", "expected_at", "settled_at")
    return {
        "state": shipping_uploads.STATE_LABELS[row.state], "error": row.error,
        **{name: getattr(row, name).isoformat() if getattr(row, name) else None for name in times},
    }  # fmt: skip


def _to_invoice(row: Fulfilment, *, shows_person: bool) -> str:
    found = row.read_invoice()
    if not found:
        return ""
    title = (
        masking.mask_name(found["title"])
        if found["kind"] == "personal" and not shows_person
        else found["title"]
    )
    return f"{title} {found.get('tax_number', '')}".strip()


def _to_recipient(row: Fulfilment, *, shows_person: bool) -> str:
    found = row.read_recipient()
    if not found:
        return ""
    region = "".join(dict.fromkeys(found["region"]))
    name, phone, detail = found["name"], found["phone"], found["detail"]
    if not shows_person:
        name, phone, detail = masking.mask_name(name), masking.mask_phone(phone), masking.mask_address(detail)
    return f"{name} {phone} {region}{detail}"

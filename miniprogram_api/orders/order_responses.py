"""Responses of orders, built from their rows."""

from collections.abc import Iterable, Sequence
from typing import Any

from miniprogram_api.orders.schemas import (
    ActionResponse,
    OrderDetail,
    OrderLineResponse,
    OrderPart,
    OrderRefundResponse,
    OrderSummary,
    ParcelResponse,
    StepResponse,
    StoreOfOrder,
)
from store.catalog.products import Product
from store.catalog.skus import Sku
from store.core import clock
from store.orders import fulfilments, return_records, returns, snapshots
from store.orders.fulfilments import KIND_LABELS, STATE_LABELS, Fulfilment
from store.orders.tables import Order, OrderDiscount, OrderLine, OrderTender
from store.points import order_events as point_order_events
from store.shop_orders import moves, order_list, states
from store.shops import shops
from store.shops.shops import Shop

MAX_PICTURES = 4
_OPERATORS = {"customer": "顾客", "staff": "门店", "operator": "门店"}


def to_summaries(rows: Sequence[Order]) -> list[OrderSummary]:
    """Return orders as a list shows them, with a few queries for all."""
    names = shops.find_by_ids([order.shop_id for order in rows])
    lines, found = order_list.read_lines(rows), order_list.read_fulfilments(rows)
    ids = read_public_ids([line.sku_id for some in lines.values() for line in some])
    return [
        OrderSummary(**_summary(order, names[order.shop_id], found.get(order.id), lines[order.id], ids, {}))
        for order in rows
    ]


def to_detail(order: Order) -> OrderDetail:
    """Return an order with everything that its customer may see."""
    return _build_detail(order, fulfilments.find(order))


def to_new_detail(row: Fulfilment) -> OrderDetail:
    """Return an order that this transaction has made."""
    return _build_detail(row.order, row)


def _build_detail(order: Order, row: Fulfilment | None) -> OrderDetail:
    lines, is_paid = snapshots.list_lines(order), order.state != "placed"
    recipient = row.read_recipient() if row else {}
    is_waiting = row is not None and row.state in fulfilments.BEFORE_HANDOVER and order.kind != "delivery"
    code = row.pickup_code if row is not None and is_waiting else None
    has_left = row is not None and row.state not in ("unpaid", *fulfilments.BEFORE_HANDOVER)
    back = returns.count_returned_units(order) if is_paid else {}
    return OrderDetail(
        **_summary(order, order.shop, row, lines, read_public_ids([line.sku_id for line in lines]), back),
        fulfilment=order.kind, fulfilment_label=KIND_LABELS.get(order.kind, "门店消费"),
        payment_terms=row.payment_terms if row else "online", store=_to_store(order.shop),
        list_fen=order.list_fen, discount_fen=order.discount_fen, goods_fen=order.total_fen - order.freight_fen,
        freight_fen=order.freight_fen, discounts=[to_part(one) for one in snapshots.list_discounts(order)],
        tenders=[to_part(one) for one in snapshots.list_tenders(order)],
        pickup_code=code, pickup_qr=f"{order.number}-{code}" if code else None,
        slot_starts_at=row.slot_starts_at if row else None, slot_ends_at=row.slot_ends_at if row else None,
        address=recipient or None, remark=order.remark, invoice=(row.read_invoice() or None) if row else None,
        invoice_number=row.invoice_number if row else None, invoiced_at=row.invoiced_at if row else None,
        server_time=clock.now(), people=row.people if row else None, table=row.table_name if row else "",
        parcels=[_to_parcel(one) for one in moves.list_parcels(row)] if has_left else [],
        steps=[_to_step(one) for one in fulfilments.list_steps(row)] if row else [],
        refunds=[_to_refund(one) for one in return_records.list_returns(order)] if is_paid else [],
    )  # fmt: skip


def read_public_ids(sku_ids: Iterable[int | None]) -> dict[int, tuple[str, str]]:
    """Return the public ids of product and SKU by the row id of the SKU."""
    skus = Sku.by_ids(sorted({one for one in sku_ids if one is not None}))
    known = {product.id: product for product in Product.by_ids(sorted({sku.product_id for sku in skus}))}
    return {sku.id: (known[sku.product_id].public_id, sku.public_id) for sku in skus}


def to_part(row: OrderDiscount | OrderTender) -> OrderPart:
    """Return a discount or a tender."""
    return OrderPart(
        kind=row.kind, reference=row.reference if row.kind in ("coupon", "voucher") else "", sentence=row.sentence,
        fen=row.fen, points=getattr(row, "points", 0),
    )  # fmt: skip


def _summary(
    order: Order, shop: Shop, row: Fulfilment | None, lines: Sequence[OrderLine],
    ids: dict[int, tuple[str, str]], back: dict[str, int],
) -> dict[str, Any]:  # fmt: skip
    names = ("number", "kind", "total_fen", "money_fen", "due_fen", "placed_at", "ends_at", "paid_at")
    goods = [line for line in lines if not line.is_freight]
    is_counted = order.counted_at is not None and order.member_id is not None
    actions = states.customer_actions(order, row)
    return {
        **{name: getattr(order, name) for name in names},
        "state": states.state_of(order, row),
        "state_label": states.label_of(order, row),
        "store_name": shop.name,
        "item_count": sum(line.quantity for line in goods),
        "pictures": [line.picture for line in goods if line.picture][:MAX_PICTURES],
        "points": point_order_events.earned_points(order.number) if is_counted else None,
        "actions": [ActionResponse(name=one, label=states.ACTION_LABELS[one]) for one in actions],
        "lines": [_to_line(line, ids, back.get(line.line, 0)) for line in lines],
    }


def _to_line(line: OrderLine, ids: dict[int, tuple[str, str]], returned: int) -> OrderLineResponse:
    goods_id, sku_id = ids.get(line.sku_id, (None, None)) if line.sku_id is not None else (None, None)
    names = ("line", "name", "specification", "picture", "quantity", "unit_fen", "list_fen", "goods_fen")
    return OrderLineResponse(
        **{name: getattr(line, name) for name in names}, goods_id=goods_id, sku_id=sku_id, returned=returned,
        gift=bool(line.gift_for),
    )  # fmt: skip


def _to_store(shop: Shop) -> StoreOfOrder:
    return StoreOfOrder(
        id=shop.public_id, name=shop.name, phone=shop.phone or None, address=shop.address or None,
        latitude=shop.lat, longitude=shop.lng,
    )  # fmt: skip


def _to_step(step: fulfilments.FulfilmentStep) -> StepResponse:
    return StepResponse(
        state=step.state, state_label=STATE_LABELS[step.state], at=step.at,
        operator=_OPERATORS.get(step.actor_kind, "系统"), message=step.message if step.action != "lower" else "",
    )  # fmt: skip


def _to_parcel(parcel: moves.Parcel) -> ParcelResponse:
    names = ("company", "tracking_number", "shipped_at")
    return ParcelResponse(**{name: getattr(parcel, name) for name in names})


def _to_refund(row: Order) -> OrderRefundResponse:
    back = sum(return_records.refunds_by_tender(row).values())
    return OrderRefundResponse(number=row.number, amount_fen=back, reason=row.remark, at=row.completed_at)

"""A sale as the till shows it, with the actions that are possible now."""

from store.catalog import skus
from store.customers.members import Member
from store.orders import returns, snapshots
from store.orders.tables import Order, OrderDiscount, OrderTender
from store.payments import attempts, kinds
from store.payments.attempts import LIVE, PaymentAttempt
from store.points import order_events as point_order_events
from store.points import payments as point_payments
from store.tills import sales
from store.tills.sales import TillSale
from till.member_summaries import to_member_summary
from till.sale_schemas import (
    AmountResponse,
    Earned,
    LineResponse,
    PaymentResponse,
    PointsMost,
    SaleResponse,
)

_OPEN_ACTIONS = ["charge", "cash", "code", "bank_card", "park", "close"]


def to_sale(sale: TillSale) -> SaleResponse:
    """Return a sale with its payments."""
    order = Order.get_by_id(sale.order_id)
    tenders, payments = snapshots.list_tenders(order), attempts.list_for("order", order.number)
    lines = snapshots.list_lines(order)
    sku_ids = skus.read_public_ids([line.sku_id for line in lines if line.sku_id is not None])
    member = Member.get_by_id(order.member_id) if order.member_id else None
    state = _to_state(order, payments)
    returned = returns.count_returned_units(order)
    most = point_payments.quote(member=member, total_fen=order.total_fen) if member else None
    progress, notices = sales.read_hints(sale)
    return SaleResponse(
        number=order.number, state=state, parked=sale.parked and state == "open", list_fen=order.list_fen,
        discount_fen=order.discount_fen, total_fen=order.total_fen, paid_fen=order.money_fen,
        due_fen=order.due_fen, refunded_fen=sum(row.refunded_fen for row in payments),
        amount_only=sales.is_amount_only(lines),
        lines=[
            LineResponse(
                line=line.line, name=line.name, quantity=line.quantity, unit_fen=line.unit_fen,
                list_fen=line.list_fen, goods_fen=line.goods_fen, categories=line.categories,
                product_code=sales.product_code(line), sku_id=sku_ids.get(line.sku_id),
                specification=line.specification,
                returned=returned.get(line.line, 0), source=snapshots.source_of(line.line),
                gift=bool(line.gift_for),
            )
            for line in lines
        ],
        discounts=[_to_amount(one) for one in snapshots.list_discounts(order)],
        tenders=[_to_amount(one) for one in tenders if one.attempt_id is None],
        payments=[_to_payment(row) for row in payments],
        member=to_member_summary(member) if member else None,
        points_most=PointsMost(points=most.points if most else 0, fen=most.amount_fen if most else 0),
        earned=_to_earned(order) if state == "paid" and member else None,
        actions=_list_actions(order, state, payments), created_at=sale.created_at, ends_at=order.ends_at,
        progress=progress, notices=notices,
    )  # fmt: skip


def _to_amount(one: OrderDiscount | OrderTender) -> AmountResponse:
    return AmountResponse(kind=one.kind, reference=one.reference, sentence=one.sentence, fen=one.fen)


def _to_state(order: Order, payments: list[PaymentAttempt]) -> str:
    if order.state in ("paid", "completed"):
        return "paid"
    if order.state == "closed":
        return "closed"
    is_paying = bool(order.money_fen) or any(row.state in LIVE for row in payments)
    return "paying" if is_paying else "open"


def _list_actions(order: Order, state: str, payments: list[PaymentAttempt]) -> list[str]:
    if state == "paid":
        return ["slip", "refund"]
    if state == "closed":
        return []
    if any(row.state in LIVE for row in payments):
        return ["reversal"]
    return _OPEN_ACTIONS if order.money_fen else [*_OPEN_ACTIONS, "change"]


def _to_payment(row: PaymentAttempt) -> PaymentResponse:
    return PaymentResponse(
        number=row.number, kind=row.kind, label=kinds.get(row.kind).name, amount_fen=row.amount_fen,
        received_fen=row.received_fen, change_fen=row.change_fen, message=row.message,
        state="reversed" if row.state == "closed" and row.reversal == "done" else row.state,
    )  # fmt: skip


def _to_earned(order: Order) -> Earned:
    return Earned(points=point_order_events.earned_points(order.number), coupons=[])

"""Records of returns (退单): the rows of an order and its returns, as the calculation reads and writes them."""

from collections.abc import Iterable, Mapping

from store.core import clock, numbers
from store.orders import snapshots
from store.orders.requests import ReturnRequest
from store.orders.return_calculation import ReturnShares
from store.orders.sold_orders import Move, PastReturn, SoldLine, SoldOrder, SoldPart
from store.orders.tables import Order, OrderDeduction, OrderDiscount, OrderLine, OrderTender
from store.pricing.price import FREIGHT_LINE


def list_returns(order: Order) -> list[Order]:
    """Return the returns of an order, the earliest first."""
    return list(Order.select().where(Order.original == order.id).order_by(Order.id))


def read(order: Order) -> SoldOrder:
    """Return a paid order with its returns as the calculation needs it."""
    return SoldOrder(
        lines=tuple(
            SoldLine(line.line, line.quantity, tuple(line.gift_for), line.gift_value_fen)
            for line in snapshots.list_lines(order)
        ),
        discounts=tuple(
            SoldPart(row.id, row.kind, row.shares, row.reference, row.sentence, row.threshold_fen, row.bases)
            for row in snapshots.list_discounts(order)
        ),
        tenders=tuple(
            SoldPart(row.id, row.kind, row.shares, row.reference, row.sentence)
            for row in snapshots.list_tenders(order)
        ),
        returns=tuple(_read_past(row) for row in list_returns(order)),
    )


def write(
    order: Order,
    request: ReturnRequest,
    request_hash: str,
    shares: ReturnShares,
    *,
    spend_fen: int,
    money_fen: int,
) -> Order:
    """Write a return with its lines, shares and deductions. Requires the order's lock."""
    now = clock.now()
    total = sum(line.goods_fen for line in shares.lines)
    list_fen = sum(line.list_fen for line in shares.lines)
    freight_fen = sum(line.goods_fen for line in shares.lines if line.line == FREIGHT_LINE)
    number = numbers.generate("order")
    row = Order.create(
        number=number, key=f"return:{number}", placed_hash=request_hash, request_hash=request_hash, kind=order.kind,
        source=order.source, direction="return", original=order, return_number=request.number,
        shop=order.shop_id, member=order.member_id, customer=order.customer_id, cashier_id=request.cashier_id,
        terminal_id=request.terminal_id, state="completed", list_fen=list_fen, discount_fen=list_fen - total,
        total_fen=total, freight_fen=freight_fen, due_fen=0, money_fen=money_fen, spend_fen=spend_fen,
        remark=request.reason,
        placed_at=now, completed_at=now,
    )  # fmt: skip
    _write_lines(row, order, shares)
    _write_parts(row, OrderDiscount, snapshots.list_discounts(order), shares.discounts)
    _write_parts(row, OrderTender, snapshots.list_tenders(order), shares.tenders)
    for one in shares.deductions:
        moved = [[move.tender, move.line, move.fen, move.discount] for move in one.moves]
        OrderDeduction.create(
            order=row, kind=one.kind, reference=one.reference, sentence=one.sentence[:200], fen=one.fen,
            kept={str(tender): fen for tender, fen in one.kept.items()}, moved=moved,
        )  # fmt: skip
    return row


def list_deductions(row: Order) -> list[OrderDeduction]:
    """Return the deductions of a return in their order."""
    return list(OrderDeduction.select().where(OrderDeduction.order == row.id).order_by(OrderDeduction.id))


def refunds_by_tender(row: Order) -> dict[int, int]:
    """Return what went back of each tender of the order by a return, after deductions."""
    back = {tender.original_id: tender.fen for tender in snapshots.list_tenders(row)}
    for deduction in list_deductions(row):
        for tender, fen in deduction.kept.items():
            back[int(tender)] -= fen
    return back


def _read_past(row: Order) -> PastReturn:
    return PastReturn(
        units={line.line: line.quantity for line in snapshots.list_lines(row)},
        discounts={part.original_id: part.shares for part in snapshots.list_discounts(row)},
        tenders={part.original_id: part.shares for part in snapshots.list_tenders(row)},
        moves=tuple(
            Move(tender, line, fen, discount)
            for deduction in list_deductions(row)
            for tender, line, fen, discount in deduction.moved
        ),
    )


def _write_lines(row: Order, order: Order, shares: ReturnShares) -> None:
    sold = {line.line: line for line in snapshots.list_lines(order)}
    OrderLine.create_many(
        [
            {
                "order": row.id, "line": line.line, "product": sold[line.line].product,
                "name": sold[line.line].name, "sku_id": sold[line.line].sku_id,
                "specification": sold[line.line].specification, "picture": sold[line.line].picture,
                "categories": sold[line.line].categories, "quantity": line.units,
                "unit_fen": sold[line.line].unit_fen, "list_fen": line.list_fen, "goods_fen": line.goods_fen,
            }
            for line in shares.lines
        ]
    )  # fmt: skip


def _write_parts(
    row: Order,
    table: type[OrderDiscount] | type[OrderTender],
    parts: Iterable[OrderDiscount | OrderTender],
    shares: Mapping[int, Mapping[str, int]],
) -> None:
    table.create_many(
        [
            {
                "order": row.id, "original": part.id, "kind": part.kind, "reference": part.reference,
                "sentence": part.sentence, "fen": sum(shares[part.id].values()), "shares": dict(shares[part.id]),
            }
            for part in parts
            if part.id in shares
        ]
    )  # fmt: skip

"""The exports of trade: orders, payments, refunds, and the payment report."""

from collections.abc import Iterator

from store.exports.kind import (
    Cells,
    DayFilters,
    ExportKind,
    ShopIds,
    Text,
    find_shop_id,
    read_shop_names,
    to_criteria,
    to_local_text,
    to_yuan,
)
from store.orders import line_list, order_list, payment_report
from store.orders.line_list import LineCriteria
from store.orders.order_list import OrderCriteria
from store.orders.tables import STATE_LABELS
from store.payments import exports as payment_exports
from store.payments import kinds, queries, refund_list, refunds
from store.payments.queries import PaymentFilters
from store.payments.refund_list import RefundCriteria
from store.tills import cashiers, sales

ORDER_DIRECTIONS = {"sale": "销售单", "return": "退货单"}


class OrderFilters(DayFilters):
    """See `OrderCriteria`. `shop` is a code, `cashier` a number."""

    cashier: Text | None = None
    source: Text | None = None
    kind: Text | None = None
    direction: Text | None = None
    state: Text | None = None


class LineFilters(DayFilters):
    """See `LineCriteria`. `shop` is a code."""

    direction: Text | None = None
    state: Text | None = None


class PaymentExportFilters(DayFilters):
    """See `PaymentFilters`."""

    kind: Text | None = None
    state: Text | None = None
    payable: Text | None = None


class RefundFilters(DayFilters):
    """See `RefundCriteria`."""

    state: Text | None = None
    method: Text | None = None


def _orders(filters: OrderFilters, shop_ids: ShopIds) -> OrderCriteria:
    values = filters.model_dump(exclude={"shop", "cashier"})
    cashier_id = cashiers.get_by_number(filters.cashier).id if filters.cashier else None
    return OrderCriteria(
        **values, shop_id=find_shop_id(filters.shop), cashier_id=cashier_id, shop_ids=shop_ids
    )


def _list_orders(filters: OrderFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    for row in order_list.iterate_orders(_orders(filters, shop_ids)):
        sign = -1 if row.is_return else 1
        yield (
            row.number, to_local_text(row.placed_at), to_local_text(row.paid_at), row.shop.code, row.shop.name,
            row.member.card_number if row.member else "", row.source, ORDER_DIRECTIONS[row.direction],
            to_yuan(sign * row.list_fen), to_yuan(sign * row.discount_fen), to_yuan(sign * row.total_fen),
            to_yuan(sign * row.spend_fen), STATE_LABELS[row.state], row.remark,
        )  # fmt: skip


def _list_lines(filters: LineFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    for row in line_list.iterate_lines(to_criteria(LineCriteria, filters, shop_ids)):
        order, sign = row.order, -1 if row.order.is_return else 1
        amounts = (row.list_fen, row.list_fen - row.goods_fen, row.goods_fen)
        yield (
            order.number, to_local_text(order.placed_at), order.shop.code, order.shop.name,
            order.member.card_number if order.member else "", ORDER_DIRECTIONS[order.direction],
            sales.product_code(row) or "", row.name,
            sign * row.quantity, *(to_yuan(sign * fen) for fen in amounts), STATE_LABELS[order.state],
        )  # fmt: skip


def _payments(filters: PaymentExportFilters, shop_ids: ShopIds) -> PaymentFilters:
    return PaymentFilters(
        first_day=filters.since, last_day=filters.until, shop_id=find_shop_id(filters.shop),
        payable_kind=filters.payable, keyword=filters.search, kind=filters.kind, state=filters.state,
        shop_ids=shop_ids,
    )  # fmt: skip


def _list_payments(filters: PaymentExportFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    names = read_shop_names()
    for row in queries.iterate_payments(_payments(filters, shop_ids)):
        yield payment_exports.to_cells(row, names, to_amount=to_yuan)


def _list_refunds(filters: RefundFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    names = read_shop_names()
    for row in refund_list.iterate_refunds(to_criteria(RefundCriteria, filters, shop_ids)):
        yield (
            row.number, row.attempt.number, row.attempt.payable_number, names.get(row.shop_id, ""),
            kinds.get(row.attempt.kind).name, refunds.METHODS[row.method], to_yuan(row.amount_fen),
            refunds.STATE_LABELS[row.state], row.reason, row.platform_number,
            to_local_text(row.asked_at), to_local_text(row.done_at), row.message,
        )  # fmt: skip


def _report(filters: PaymentExportFilters, shop_ids: ShopIds) -> PaymentFilters:
    return _payments(filters.model_copy(update={"payable": filters.payable or "order"}), shop_ids)


def _count_report(filters: PaymentExportFilters, shop_ids: ShopIds) -> int:
    return sum(1 for _ in _list_report(filters, shop_ids))


def _list_report(filters: PaymentExportFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    """Yield the sums by shop and kind, then those of all shops."""
    asked = _report(filters, shop_ids)
    names = read_shop_names()
    parts = [(names.get(one.shop_id or 0, "不在门店"), one) for one in payment_report.report_by_shop(asked)]
    for title, report in (*parts, ("合计", payment_report.report(asked))):
        for row in report.kinds:
            yield (
                title, row.report, row.name, row.count, to_yuan(row.paid_fen), row.refunded_count,
                to_yuan(row.refunded_fen), to_yuan(row.paid_fen - row.refunded_fen),
            )  # fmt: skip
        if report.coupon_fen:
            yield title, "优惠券优惠（不计入合计）", "", None, to_yuan(report.coupon_fen), None, None, None


KINDS: dict[str, ExportKind] = {
    "orders": ExportKind(
        title="交易单", right="orders.export", filters=OrderFilters, rows=_list_orders,
        columns=(
            ("交易编码", 20), ("交易时间", 20), ("付款时间", 20), ("门店编号", 12), ("门店", 20), ("会员卡号", 20),
            ("来源渠道", 12), ("方向", 8), ("原价金额", 12), ("优惠金额", 12), ("应收金额", 12), ("实收金额", 12),
            ("状态", 10), ("备注", 24),
        ),
        count=lambda filters, shop_ids: order_list.count_orders(_orders(filters, shop_ids)),
    ),
    "order_lines": ExportKind(
        title="交易单明细", right="order_lines.export", filters=LineFilters, rows=_list_lines,
        columns=(
            ("交易编码", 20), ("交易时间", 20), ("门店编号", 12), ("门店", 20), ("会员卡号", 20), ("方向", 8),
            ("商品编码", 16), ("商品标题", 24), ("数量", 8), ("原价金额", 12), ("优惠金额", 12), ("应收金额", 12),
            ("状态", 10),
        ),
        count=lambda filters, shop_ids: line_list.count_lines(to_criteria(LineCriteria, filters, shop_ids)),
    ),
    "payments": ExportKind(
        title="付款", right="payments.export", filters=PaymentExportFilters, rows=_list_payments,
        columns=tuple((title, 18) for title in payment_exports.COLUMNS),
        count=lambda filters, shop_ids: queries.count_payments(_payments(filters, shop_ids)),
    ),
    "refunds": ExportKind(
        title="退款", right="refunds.export", filters=RefundFilters, rows=_list_refunds,
        columns=(
            ("退款单号", 26), ("支付单", 26), ("单号", 20), ("门店", 20), ("付款方式", 16), ("退款方式", 12),
            ("金额", 12), ("状态", 12), ("原因", 24), ("平台单号", 26), ("申请时间", 20), ("完成时间", 20),
            ("说明", 24),
        ),
        count=lambda filters, shop_ids: refund_list.count_refunds(to_criteria(RefundCriteria, filters, shop_ids)),
    ),
    "payment_report": ExportKind(
        title="支付汇总", right="payment_report.export", filters=PaymentExportFilters, rows=_list_report,
        columns=(
            ("门店", 24), ("支付类型", 20), ("名称", 18), ("收款笔数", 10), ("收款金额", 14), ("退款笔数", 10),
            ("退款金额", 14), ("净额", 14),
        ),
        count=_count_report,
    ),
}  # fmt: skip

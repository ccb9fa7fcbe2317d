"""The exports of orders of the shop (商城订单), and of the invoices that their customers want."""

from collections.abc import Iterator
from typing import Literal

from store.exports.kind import (
    Cells,
    DayFilters,
    ExportKind,
    ShopIds,
    Text,
    find_shop_id,
    to_local_text,
    to_yuan,
)
from store.orders import order_list as all_orders
from store.orders.fulfilments import KIND_LABELS, PAYMENT_LABELS
from store.orders.tables import OrderLine
from store.shop_orders import invoices, order_list, states
from store.shop_orders.order_list import StaffFilter


class InvoiceFilters(DayFilters):
    """See `StaffFilter`. `shop` is a code."""

    state: Literal["wanted", "issued"] | None = None


class ShopOrderFilters(DayFilters):
    """See `StaffFilter`. `shop` is a code."""

    state: Text | None = None
    kind: Text | None = None
    payment_terms: Text | None = None
    overdue: Literal["yes"] | None = None
    hidden: Literal["yes"] | None = None


def _to_filter(filters: ShopOrderFilters, shop_ids: ShopIds) -> StaffFilter:
    return StaffFilter(
        states=(filters.state,) if filters.state else (), shop_id=find_shop_id(filters.shop), kind=filters.kind,
        payment_terms=filters.payment_terms, first_day=filters.since, last_day=filters.until,
        keyword=filters.search, overdue=filters.overdue is not None, hidden=filters.hidden is not None,
        shop_ids=shop_ids,
    )  # fmt: skip


def _list_orders(filters: ShopOrderFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    for order, row, lines in order_list.iterate_for_staff(_to_filter(filters, shop_ids)):
        goods = [line for line in lines if not line.is_freight]
        amounts = (order.list_fen, order.discount_fen, order.freight_fen, order.total_fen)
        yield (
            order.number, to_local_text(order.placed_at), to_local_text(order.paid_at), order.shop.code,
            order.shop.name, order.member.card_number if order.member else "", KIND_LABELS[order.kind],
            PAYMENT_LABELS[row.payment_terms], "已支付" if order.state in ("paid", "completed") else "未支付",
            states.label_of(order, row), "、".join(map(_to_text, goods)), sum(line.quantity for line in goods),
            *(to_yuan(fen) for fen in amounts), order.remark,
        )  # fmt: skip


def _to_invoice_filter(filters: InvoiceFilters, shop_ids: ShopIds) -> StaffFilter:
    return StaffFilter(
        invoice=filters.state or "any", shop_id=find_shop_id(filters.shop), first_day=filters.since,
        last_day=filters.until, keyword=filters.search, shop_ids=shop_ids,
    )  # fmt: skip


def _list_invoices(filters: InvoiceFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    for order, row, _ in order_list.iterate_for_staff(_to_invoice_filter(filters, shop_ids)):
        wanted = row.read_invoice()
        returned_fen = all_orders.sum_returned([order]).get(order.id, 0)
        yield (
            order.number, to_local_text(order.paid_at), order.shop.code, order.shop.name,
            invoices.KIND_LABELS[wanted["kind"]], wanted["title"], wanted.get("tax_number", ""),
            wanted.get("email", ""), to_yuan(order.total_fen), to_yuan(returned_fen),
            to_yuan(order.total_fen - returned_fen), row.invoice_number or "", to_local_text(row.invoiced_at),
        )  # fmt: skip


def _to_text(line: OrderLine) -> str:
    return f"{line.name} {line.specification}".strip() + f"×{line.quantity}"


KINDS: dict[str, ExportKind] = {
    "shop_orders": ExportKind(
        title="商城订单", right="shop_orders.export", filters=ShopOrderFilters, rows=_list_orders,
        columns=(
            ("单号", 22), ("下单时间", 20), ("付款时间", 20), ("门店编号", 12), ("门店", 20), ("会员卡号", 20),
            ("消费方式", 10), ("付款方式", 10), ("支付状态", 10), ("状态", 10), ("商品", 40), ("件数", 8),
            ("原价金额", 12), ("优惠金额", 12), ("运费", 10), ("订单金额", 12), ("备注", 24),
        ),
        count=lambda filters, shop_ids: order_list.count_for_staff(_to_filter(filters, shop_ids)),
    ),
    "invoice_requests": ExportKind(
        title="开票申请", right="invoice_requests.personal_data", filters=InvoiceFilters, rows=_list_invoices,
        columns=(
            ("单号", 22), ("付款时间", 20), ("门店编号", 12), ("门店", 20), ("抬头类型", 10), ("发票抬头", 30),
            ("税号", 22), ("接收邮箱", 26), ("订单金额", 12), ("已退金额", 12), ("开票金额", 12), ("发票号码", 22),
            ("开票时间", 20),
        ),
        count=lambda filters, shop_ids: order_list.count_for_staff(_to_invoice_filter(filters, shop_ids)),
    ),
}  # fmt: skip

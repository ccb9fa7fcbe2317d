"""The exports of trade: orders, payments, refunds, shifts, stored value, and the payment report."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from store.core.validation import IsoDate
from store.exports.kind import Cells, ExportFilters, ExportKind, ShopIds, Text
from store.orders import order_list, payment_report
from store.orders.order_list import OrderCriteria
from store.payments import exports as payment_exports
from store.payments import kinds, queries, refund_list, refunds
from store.payments.queries import PaymentFilters
from store.payments.refund_list import RefundCriteria
from store.shops import shops
from store.shops.shops import Shop
from store.stored_value import account_list, entry_list, top_up_list
from store.stored_value.account_list import AccountCriteria
from store.stored_value.entry_list import EntryCriteria
from store.stored_value.ledger import ENTRY_KINDS
from store.stored_value.top_up_list import TopUpCriteria
from store.tenants import business_days
from store.tills import cashiers, shift_list
from store.tills.shift_list import ShiftCriteria

ORDER_STATES = {"placed": "待付款", "paid": "已付款", "completed": "已完成", "closed": "已关闭"}
ORDER_DIRECTIONS = {"sale": "正单", "return": "退单"}
REFUND_STATES = {
    "asked": "待发送", "sent": "处理中", "succeeded": "已退款", "failed": "退款失败", "abnormal": "需人工处理",
}  # fmt: skip
TOP_UP_STATES = {"requested": "待付款", "paid": "已付款", "closed": "已关闭"}


class _Days(ExportFilters):
    search: Text = ""
    shop: Text | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


class OrderFilters(_Days):
    """See `OrderCriteria`. `shop` is a code, `cashier` a number."""

    cashier: Text | None = None
    source: Text | None = None
    kind: Text | None = None
    direction: Text | None = None
    state: Text | None = None


class PaymentExportFilters(_Days):
    """See `PaymentFilters`."""

    kind: Text | None = None
    state: Text | None = None
    payable: Text | None = None


class RefundFilters(_Days):
    """See `RefundCriteria`."""

    state: Text | None = None
    method: Text | None = None


class ShiftFilters(_Days):
    """See `ShiftCriteria`."""

    state: Text | None = None


class AccountFilters(ExportFilters):
    """See `AccountCriteria`."""

    search: Text = ""
    state: Text | None = None
    shop: Text | None = None


class EntryFilters(_Days):
    """See `EntryCriteria`."""

    kind: Text | None = None


class TopUpFilters(_Days):
    """See `TopUpCriteria`."""

    state: Text | None = None
    kind: Text | None = None


def _orders(filters: OrderFilters, shop_ids: ShopIds) -> OrderCriteria:
    values = filters.model_dump(exclude={"shop", "cashier"})
    cashier_id = cashiers.get_by_number(filters.cashier).id if filters.cashier else None
    return OrderCriteria(
        **values, shop_id=_find_shop_id(filters.shop), cashier_id=cashier_id, shop_ids=shop_ids
    )


def _list_orders(filters: OrderFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    for row in order_list.iterate_orders(_orders(filters, shop_ids)):
        sign = -1 if row.is_return else 1
        yield (
            row.number, _time(row.placed_at), _time(row.paid_at), row.shop.code, row.shop.name,
            row.member.card_number if row.member_id else "", row.source, ORDER_DIRECTIONS[row.direction],
            _yuan(sign * row.list_fen), _yuan(sign * row.discount_fen), _yuan(sign * row.total_fen),
            _yuan(sign * row.spend_fen), ORDER_STATES[row.state], row.remark,
        )  # fmt: skip


def _payments(filters: PaymentExportFilters, shop_ids: ShopIds) -> PaymentFilters:
    return PaymentFilters(
        first_day=filters.since, last_day=filters.until, shop_id=_find_shop_id(filters.shop),
        payable_kind=filters.payable, keyword=filters.search, kind=filters.kind, state=filters.state,
        shop_ids=shop_ids,
    )  # fmt: skip


def _list_payments(filters: PaymentExportFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    names = _read_shop_names()
    for row in queries.iterate_payments(_payments(filters, shop_ids)):
        cells = payment_exports.to_cells(row, names)
        amounts = (_yuan(row.amount_fen), _yuan(row.paid_fen), _yuan(row.refunded_fen))
        yield (*cells[:7], *amounts, *cells[10:])


def _refunds(filters: RefundFilters, shop_ids: ShopIds) -> RefundCriteria:
    values = filters.model_dump(exclude={"shop"})
    return RefundCriteria(**values, shop_id=_find_shop_id(filters.shop), shop_ids=shop_ids)


def _list_refunds(filters: RefundFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    names = _read_shop_names()
    for row in refund_list.iterate_refunds(_refunds(filters, shop_ids)):
        yield (
            row.number, row.attempt.number, row.attempt.payable_number, names.get(row.shop_id, ""),
            kinds.get(row.attempt.kind).name, refunds.METHODS[row.method], _yuan(row.amount_fen),
            REFUND_STATES[row.state], row.reason, row.platform_number, _time(row.asked_at), _time(row.done_at),
            row.message,
        )  # fmt: skip


def _shifts(filters: ShiftFilters, shop_ids: ShopIds) -> ShiftCriteria:
    values = filters.model_dump(exclude={"shop"})
    return ShiftCriteria(**values, shop_id=_find_shop_id(filters.shop), shop_ids=shop_ids)


def _list_shifts(filters: ShiftFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    names: dict[int, str] = {}
    for row in shift_list.iterate_shifts(_shifts(filters, shop_ids)):
        unknown = {row.cashier_id, row.closed_by_id} - names.keys() - {None}
        names |= cashiers.read_names(unknown) if unknown else {}
        amounts = (
            row.opening_fen, row.sales_fen, row.top_ups_fen, row.refunds_fen, row.expected_fen, row.counted_fen,
            row.difference_fen,
        )  # fmt: skip
        yield (
            row.terminal.shop.name, row.terminal.code, names.get(row.cashier_id, ""), _time(row.opened_at),
            names.get(row.closed_by_id or 0, ""), _time(row.closed_at), *map(_yuan, amounts),
        )  # fmt: skip


def _accounts(filters: AccountFilters, shop_ids: ShopIds) -> AccountCriteria:
    values = filters.model_dump(exclude={"shop"})
    return AccountCriteria(**values, shop_id=_find_shop_id(filters.shop), shop_ids=shop_ids)


def _list_accounts(filters: AccountFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    for row in account_list.iterate_accounts(_accounts(filters, shop_ids)):
        amounts = (row.principal_fen, row.bonus_fen, row.held_fen, row.available_fen)
        yield (
            row.member.card_number, *map(_yuan, amounts), "冻结" if row.frozen_at else "正常", row.frozen_reason,
            _time(row.opened_at),
        )  # fmt: skip


def _entries(filters: EntryFilters, shop_ids: ShopIds) -> EntryCriteria:
    values = filters.model_dump(exclude={"shop"})
    return EntryCriteria(**values, shop_id=_find_shop_id(filters.shop), shop_ids=shop_ids)


def _list_entries(filters: EntryFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    names = _read_shop_names()
    for row in entry_list.iterate_entries(_entries(filters, shop_ids)):
        yield (
            _time(row.booked_at), row.account.member.card_number, ENTRY_KINDS[row.kind], _yuan(row.principal_fen),
            _yuan(row.bonus_fen), _yuan(row.held_fen), row.order_number or "", names.get(row.shop_id, ""),
            row.operator, row.reason,
        )  # fmt: skip


def _top_ups(filters: TopUpFilters, shop_ids: ShopIds) -> TopUpCriteria:
    values = filters.model_dump(exclude={"shop"})
    return TopUpCriteria(**values, shop_id=_find_shop_id(filters.shop), shop_ids=shop_ids)


def _list_top_ups(filters: TopUpFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    names = _read_shop_names()
    for row in top_up_list.iterate_top_ups(_top_ups(filters, shop_ids)):
        yield (
            row.number, row.member.card_number, _time(row.requested_at), _time(row.paid_at),
            kinds.get(row.kind).name if row.kind else "", _yuan(row.principal_fen), _yuan(row.bonus_fen),
            _yuan(row.refunded_fen), TOP_UP_STATES[row.state], names.get(row.shop_id, ""), row.operator,
        )  # fmt: skip


def _report(filters: PaymentExportFilters, shop_ids: ShopIds) -> PaymentFilters:
    return _payments(filters.model_copy(update={"payable": filters.payable or "order"}), shop_ids)


def _count_report(filters: PaymentExportFilters, shop_ids: ShopIds) -> int:
    return sum(1 for _ in _list_report(filters, shop_ids))


def _list_report(filters: PaymentExportFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    """Yield the sums by shop and kind, then those of all shops."""
    asked = _report(filters, shop_ids)
    names = _read_shop_names()
    parts = [(names.get(one.shop_id or 0, "不在门店"), one) for one in payment_report.report_by_shop(asked)]
    for title, report in (*parts, ("合计", payment_report.report(asked))):
        for row in report.kinds:
            yield (
                title, row.report, row.name, row.count, _yuan(row.paid_fen), row.refunded_count,
                _yuan(row.refunded_fen), _yuan(row.paid_fen - row.refunded_fen),
            )  # fmt: skip
        if report.coupon_fen:
            yield title, "优惠券优惠（不计入合计）", "", None, _yuan(report.coupon_fen), None, None, None


def _find_shop_id(code: str | None) -> int | None:
    return shops.get_by_code(code).id if code else None


def _read_shop_names() -> dict[int | None, str]:
    return {shop.id: shop.name for shop in Shop.select(Shop.id, Shop.name)}


def _yuan(fen: int | None) -> Decimal | None:
    return None if fen is None else Decimal(fen) / 100


def _time(moment: datetime | None) -> str:
    return f"{business_days.to_local(moment):%Y-%m-%d %H:%M:%S}" if moment else ""


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
    "payments": ExportKind(
        title="付款", right="payments.export", filters=PaymentExportFilters, rows=_list_payments,
        columns=tuple((title, 18) for title in payment_exports.COLUMNS),
        count=lambda filters, shop_ids: queries.count_payments(_payments(filters, shop_ids)),
    ),
    "refunds": ExportKind(
        title="退款", right="refunds.export", filters=RefundFilters, rows=_list_refunds,
        columns=(
            ("退款单号", 26), ("支付单", 26), ("单号", 20), ("门店", 20), ("付款方式", 16), ("退款方式", 12),
            ("金额", 12), ("状态", 12), ("原因", 24), ("平台单号", 26), ("申请时间", 20), ("完成时间", 20), ("说明", 24),
        ),
        count=lambda filters, shop_ids: refund_list.count_refunds(_refunds(filters, shop_ids)),
    ),
    "shifts": ExportKind(
        title="交班记录", right="shifts.export", filters=ShiftFilters, rows=_list_shifts,
        columns=(
            ("门店", 20), ("收银台", 12), ("开班收银员", 12), ("开班时间", 20), ("交班收银员", 12), ("交班时间", 20),
            ("备用金", 12), ("现金销售", 12), ("现金充值", 12), ("现金退款", 12), ("应有现金", 12), ("实点现金", 12),
            ("长短款", 12),
        ),
        count=lambda filters, shop_ids: shift_list.count_shifts(_shifts(filters, shop_ids)),
    ),
    "stored_value": ExportKind(
        title="储值账户", right="stored_value.export", filters=AccountFilters, rows=_list_accounts,
        columns=(
            ("会员卡号", 20), ("本金", 12), ("赠金", 12), ("预扣", 12), ("可用余额", 12), ("状态", 8), ("冻结原因", 24),
            ("开户时间", 20),
        ),
        count=lambda filters, shop_ids: account_list.count_accounts(_accounts(filters, shop_ids)),
    ),
    "stored_value_entries": ExportKind(
        title="储值明细", right="stored_value.export", filters=EntryFilters, rows=_list_entries,
        columns=(
            ("时间", 20), ("会员卡号", 20), ("类型", 12), ("本金变动", 12), ("赠金变动", 12), ("预扣变动", 12),
            ("单号", 20), ("门店", 20), ("操作人", 14), ("说明", 24),
        ),
        count=lambda filters, shop_ids: entry_list.count_entries(_entries(filters, shop_ids)),
    ),
    "top_ups": ExportKind(
        title="充值记录", right="top_ups.export", filters=TopUpFilters, rows=_list_top_ups,
        columns=(
            ("充值单号", 26), ("会员卡号", 20), ("下单时间", 20), ("付款时间", 20), ("付款方式", 16), ("本金", 12),
            ("赠金", 12), ("已退本金", 12), ("状态", 10), ("门店", 20), ("操作人", 14),
        ),
        count=lambda filters, shop_ids: top_up_list.count_top_ups(_top_ups(filters, shop_ids)),
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

"""Exports of payments (支付导出): a table for spreadsheets, with an entry in the operation log."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from store.core import money, spreadsheets
from store.core.database import db
from store.payments import kinds, queries
from store.payments.attempts import PaymentAttempt
from store.payments.queries import PaymentFilters
from store.shops.shops import Shop
from store.tenants import audit, business_days

STATE_LABELS = {
    "created": "待发起", "pending": "等待付款", "unknown": "结果未知", "succeeded": "已支付", "failed": "未付成",
    "closed": "已关闭",
}  # fmt: skip
COLUMNS = (
    "发起时间", "支付单", "单据", "单号", "门店", "支付类型", "付款方式", "支付金额", "到账金额", "已退金额", "状态",
    "平台单号", "到账时间",
)  # fmt: skip


def export(filters: PaymentFilters) -> Iterator[str]:
    """Return the lines of a CSV file of all payments that match, and record the export in the operation log.

    Raises DomainError(invalid) before anything is recorded.
    """
    queries.count_payments(filters)
    record_export(filters)
    names = {shop.id: shop.name for shop in Shop.select(Shop.id, Shop.name)}
    return iter(
        spreadsheets.to_csv(COLUMNS, (to_cells(row, names) for row in queries.iterate_payments(filters)))
    )


@db.transactional
def record_export(filters: PaymentFilters) -> None:
    """Record in the operation log that payments were exported, with the filters."""
    chosen = {name: str(value) for name, value in asdict(filters).items() if value not in (None, "")}
    audit.record("payments.export", "payments", after=chosen)


def to_cells(
    row: PaymentAttempt, shop_names: Mapping[Any, str], *, to_amount: Callable[[int], Any] = money.yuan
) -> tuple[Any, ...]:
    """Return the cells of `COLUMNS`, with local times. `to_amount` writes fen as yuan."""
    kind = kinds.get(row.kind)
    return (
        f"{business_days.to_local(row.created_at):%Y-%m-%d %H:%M:%S}", row.number,
        "充值" if row.payable_kind == "top_up" else "订单", row.payable_number,
        shop_names.get(row.shop_id, "") if row.shop_id else "", kind.report, kind.name,
        to_amount(row.amount_fen), to_amount(row.paid_fen), to_amount(row.refunded_fen),
        STATE_LABELS[row.state], row.platform_number,
        f"{business_days.to_local(row.paid_at):%Y-%m-%d %H:%M:%S}" if row.paid_at else "",
    )  # fmt: skip

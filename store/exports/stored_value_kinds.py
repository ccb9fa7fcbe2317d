"""The exports of stored value and of shifts."""

from collections.abc import Iterator

from store.exports.kind import (
    Cells,
    DayFilters,
    ExportKind,
    FiltersByShop,
    ShopIds,
    Text,
    read_shop_names,
    to_criteria,
    to_local_text,
    to_yuan,
)
from store.payments import kinds
from store.stored_value import account_list, entry_list, top_up_list
from store.stored_value.account_list import AccountCriteria
from store.stored_value.entry_list import EntryCriteria
from store.stored_value.ledger import ENTRY_KINDS
from store.stored_value.top_up_list import TopUpCriteria
from store.tills import cashiers, shift_list
from store.tills.shift_list import ShiftCriteria

TOP_UP_STATES = {"requested": "待付款", "paid": "已付款", "closed": "已关闭"}


class ShiftFilters(DayFilters):
    """See `ShiftCriteria`."""

    state: Text | None = None


class AccountFilters(FiltersByShop):
    """See `AccountCriteria`."""

    state: Text | None = None


class EntryFilters(DayFilters):
    """See `EntryCriteria`."""

    kind: Text | None = None


class TopUpFilters(DayFilters):
    """See `TopUpCriteria`."""

    state: Text | None = None
    kind: Text | None = None


def _list_shifts(filters: ShiftFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    names: dict[int, str] = {}
    for row in shift_list.iterate_shifts(to_criteria(ShiftCriteria, filters, shop_ids)):
        unknown = {row.cashier_id, row.closed_by_id} - names.keys() - {None}
        names |= cashiers.read_names(unknown) if unknown else {}
        amounts = (
            row.opening_fen, row.sales_fen, row.top_ups_fen, row.refunds_fen, row.expected_fen, row.counted_fen,
            row.difference_fen,
        )  # fmt: skip
        yield (
            row.terminal.shop.name, row.terminal.code, names.get(row.cashier_id, ""), to_local_text(row.opened_at),
            names.get(row.closed_by_id or 0, ""), to_local_text(row.closed_at), *map(to_yuan, amounts),
        )  # fmt: skip


def _list_accounts(filters: AccountFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    for row in account_list.iterate_accounts(to_criteria(AccountCriteria, filters, shop_ids)):
        amounts = (row.principal_fen, row.bonus_fen, row.held_fen, row.available_fen)
        yield (
            row.member.card_number, *map(to_yuan, amounts), "冻结" if row.frozen_at else "正常", row.frozen_reason,
            to_local_text(row.opened_at),
        )  # fmt: skip


def _list_entries(filters: EntryFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    names = read_shop_names()
    for row in entry_list.iterate_entries(to_criteria(EntryCriteria, filters, shop_ids)):
        yield (
            to_local_text(row.booked_at), row.account.member.card_number, ENTRY_KINDS[row.kind],
            to_yuan(row.principal_fen), to_yuan(row.bonus_fen), to_yuan(row.held_fen), row.order_number or "",
            names.get(row.shop_id, ""),
            row.operator, row.reason,
        )  # fmt: skip


def _list_top_ups(filters: TopUpFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    names = read_shop_names()
    for row in top_up_list.iterate_top_ups(to_criteria(TopUpCriteria, filters, shop_ids)):
        yield (
            row.number, row.member.card_number, to_local_text(row.requested_at), to_local_text(row.paid_at),
            kinds.get(row.kind).name if row.kind else "", to_yuan(row.principal_fen), to_yuan(row.bonus_fen),
            to_yuan(row.refunded_fen), TOP_UP_STATES[row.state], names.get(row.shop_id, ""), row.operator,
        )  # fmt: skip


KINDS: dict[str, ExportKind] = {
    "shifts": ExportKind(
        title="交班记录", right="shifts.export", filters=ShiftFilters, rows=_list_shifts,
        columns=(
            ("门店", 20), ("收银台", 12), ("开班收银员", 12), ("开班时间", 20), ("交班收银员", 12), ("交班时间", 20),
            ("备用金", 12), ("现金销售", 12), ("现金充值", 12), ("现金退款", 12), ("应有现金", 12), ("实点现金", 12),
            ("长短款", 12),
        ),
        count=lambda filters, shop_ids: shift_list.count_shifts(to_criteria(ShiftCriteria, filters, shop_ids)),
    ),
    "stored_value": ExportKind(
        title="储值账户", right="stored_value.export", filters=AccountFilters, rows=_list_accounts,
        columns=(
            ("会员卡号", 20), ("本金", 12), ("赠金", 12), ("预扣", 12), ("可用余额", 12), ("状态", 8), ("冻结原因", 24),
            ("开户时间", 20),
        ),
        count=lambda filters, shop_ids: account_list.count_accounts(to_criteria(AccountCriteria, filters, shop_ids)),
    ),
    "stored_value_entries": ExportKind(
        title="储值明细", right="stored_value_entries.export", filters=EntryFilters, rows=_list_entries,
        columns=(
            ("时间", 20), ("会员卡号", 20), ("类型", 12), ("本金变动", 12), ("赠金变动", 12), ("预扣变动", 12),
            ("单号", 20), ("门店", 20), ("操作人", 14), ("说明", 24),
        ),
        count=lambda filters, shop_ids: entry_list.count_entries(to_criteria(EntryCriteria, filters, shop_ids)),
    ),
    "top_ups": ExportKind(
        title="充值记录", right="top_ups.export", filters=TopUpFilters, rows=_list_top_ups,
        columns=(
            ("充值单号", 26), ("会员卡号", 20), ("下单时间", 20), ("付款时间", 20), ("付款方式", 16), ("本金", 12),
            ("赠金", 12), ("已退本金", 12), ("状态", 10), ("门店", 20), ("操作人", 14),
        ),
        count=lambda filters, shop_ids: top_up_list.count_top_ups(to_criteria(TopUpCriteria, filters, shop_ids)),
    ),
}  # fmt: skip

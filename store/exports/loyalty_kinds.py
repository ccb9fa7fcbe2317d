"""Exports of points, tiers and behaviour records."""

from collections.abc import Iterator, Sequence

import peewee

from store.core.validation import IsoDate
from store.customers import profiles
from store.exports.kind import (
    Cells,
    ExportFilters,
    ExportKind,
    ShopIds,
    Text,
    find_shop_id,
    read_shop_names,
    to_local_text,
)
from store.membership import behaviours
from store.membership.behaviours import BehaviourFilter
from store.points import account_list, entry_list
from store.points.account_list import AccountFilter
from store.points.entry_list import EntryFilter
from store.points.ledger import PointEntry
from store.tiers import descriptions, record_list
from store.tiers.record_list import RecordFilter

BATCH_SIZE = 500


class AccountFilters(ExportFilters):
    """See `AccountFilter`."""

    search: Text = ""
    group: Text | None = None


class EntryFilters(AccountFilters):
    """See `EntryFilter`."""

    kind: Text | None = None
    direction: Text | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


class RecordFilters(ExportFilters):
    """The filters of the page of tier records."""

    tier: Text = ""
    search: Text = ""
    kind: Text | None = None
    state: Text | None = None
    way: Text | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


class BehaviourFilters(ExportFilters):
    """The filters of the page of behaviour records."""

    kind: Text | None = None
    search: Text = ""
    shop: Text | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


def _list_accounts(filters: AccountFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    for row in account_list.iterate_accounts(AccountFilter(**dict(filters), shop_ids=shop_ids)):
        yield (
            row.member.card_number, profiles.display_name(row.member.customer), row.group.name, row.accumulated,
            row.available, row.expired, row.debt,
        )  # fmt: skip


def _list_entries(filters: EntryFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    found = entry_list.iterate_entries(EntryFilter(**dict(filters), shop_ids=shop_ids))
    for rows in peewee.chunked(found, BATCH_SIZE):
        yield from _to_entry_cells(rows)


def _to_entry_cells(rows: Sequence[PointEntry]) -> Iterator[Cells]:
    remaining = entry_list.read_remaining(rows)
    for row in rows:
        member = row.account.member
        yield (
            row.id, to_local_text(row.at), member.card_number, profiles.display_name(member.customer),
            row.account.group.name, entry_list.describe_kind(row), row.signed_value, remaining.get(row.id),
            "是" if row.upgrade_eligible else "否", to_local_text(row.effective_at), to_local_text(row.expires_at),
            row.order_number, row.cost_centre, row.operator, row.reason,
        )  # fmt: skip


def _record_filter(filters: RecordFilters, shop_ids: ShopIds) -> RecordFilter:
    return RecordFilter(
        tier=filters.tier, search=filters.search, kind=filters.kind, since=filters.since, until=filters.until,
        active=filters.state == "active" if filters.state else None,
        by_hand=filters.way == "manual" if filters.way else None, shop_ids=shop_ids,
    )  # fmt: skip


def _list_records(filters: RecordFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    for row in record_list.iterate_records(_record_filter(filters, shop_ids)):
        yield (
            row.member.card_number, profiles.display_name(row.member.customer), row.tier.name,
            descriptions.KIND_LABELS[row.kind], row.operator or "自动",
            descriptions.describe_reason(row, with_reason=True), to_local_text(row.started_at),
            to_local_text(row.ended_at or row.valid_until), "失效" if row.ended_at else "有效",
        )  # fmt: skip


def _behaviour_filter(filters: BehaviourFilters, shop_ids: ShopIds) -> BehaviourFilter:
    return BehaviourFilter(
        kind=filters.kind, search=filters.search, since=filters.since, until=filters.until,
        shop_id=find_shop_id(filters.shop), shop_ids=shop_ids,
    )  # fmt: skip


def _list_behaviours(filters: BehaviourFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    shop_names = read_shop_names()
    for rows in peewee.chunked(behaviours.iterate_records(_behaviour_filter(filters, shop_ids)), BATCH_SIZE):
        holders = behaviours.read_members(rows)
        for row in rows:
            holder = holders.get(row.customer_id or 0)
            yield (
                to_local_text(row.at), behaviours.LABELS[row.kind], holder and holder.card_number,
                profiles.display_name(holder.customer) if holder else "", shop_names.get(row.shop_id),
                behaviours.describe_properties(row),
            )  # fmt: skip


KINDS: dict[str, ExportKind] = {
    "point_accounts": ExportKind(
        title="积分账户", right="point_accounts.export",
        columns=(
            ("会员账号", 18), ("客户", 14), ("积分组", 14), ("累计", 12), ("可用", 12), ("过期", 12), ("待扣", 12),
        ),
        filters=AccountFilters, rows=_list_accounts,
        count=lambda filters, shop_ids: account_list.count_accounts(
            AccountFilter(**dict(filters), shop_ids=shop_ids)
        ),
    ),
    "point_entries": ExportKind(
        title="积分记录", right="point_entries.export",
        columns=(
            ("编号", 12), ("时间", 20), ("会员账号", 18), ("客户", 14), ("积分组", 14), ("操作类型", 14),
            ("变动值", 12), ("可用余额", 12), ("可升级", 8), ("生效时间", 20), ("失效时间", 20), ("订单", 22),
            ("成本中心", 14), ("操作人", 14), ("说明", 30),
        ),
        filters=EntryFilters, rows=_list_entries,
        count=lambda filters, shop_ids: entry_list.count_entries(EntryFilter(**dict(filters), shop_ids=shop_ids)),
    ),
    "tier_records": ExportKind(
        title="会员等级", right="tier_records.export",
        columns=(
            ("会员账号", 18), ("客户", 14), ("等级", 12), ("等级类型", 10), ("变动", 14), ("等级升降规则", 50),
            ("生效时间", 20), ("失效时间", 20), ("状态", 8),
        ),
        filters=RecordFilters, rows=_list_records,
        count=lambda filters, shop_ids: record_list.count_records(_record_filter(filters, shop_ids)),
    ),
    "behaviours": ExportKind(
        title="行为记录", right="behaviours.export",
        columns=(
            ("发生时间", 20), ("行为类型", 14), ("会员账号", 18), ("客户", 14), ("发生门店", 20), ("内容", 50),
        ),
        filters=BehaviourFilters, rows=_list_behaviours,
        count=lambda filters, shop_ids: behaviours.count_records(_behaviour_filter(filters, shop_ids)),
    ),
}  # fmt: skip

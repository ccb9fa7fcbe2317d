"""The kinds of exports: the one table of what can be exported, with which right, columns and filters.

A row is a tuple of cells in the order of the columns: text, whole numbers, `Decimal` or None.
"""

from collections.abc import Iterator

from store.core import errors
from store.core.validation import IsoDate
from store.exports import (
    booking_kinds,
    card_kinds,
    cost_kinds,
    coupon_kinds,
    draw_kinds,
    flash_kinds,
    goods_kinds,
    insight_kinds,
    loyalty_kinds,
    message_kinds,
    promotion_kinds,
    red_packet_kinds,
    shop_kinds,
    shop_order_kinds,
    stock_kinds,
    stored_value_kinds,
    trade_kinds,
)
from store.exports.kind import Cells, ExportFilters, ExportKind, ShopIds, Text
from store.membership import member_list
from store.membership.member_list import STATUS_LABELS, MemberFilter
from store.staff import accounts
from store.tenants import audit_list, audit_names, business_days
from store.tenants.audit_list import AuditFilter

__all__ = ["KINDS", "ExportFilters", "ExportKind", "get_kind"]


class MemberFilters(ExportFilters):
    """See `MemberFilter`."""

    search: Text = ""
    programme: Text | None = None
    tier: Text | None = None
    source: Text | None = None
    shop: Text | None = None
    status: Text | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


class AuditFilters(ExportFilters):
    """See `AuditFilter`."""

    actor: Text = ""
    action: Text = ""
    subject: Text = ""
    since: IsoDate | None = None
    until: IsoDate | None = None


def _member_filter(filters: MemberFilters, shop_ids: ShopIds) -> MemberFilter:
    return MemberFilter(**dict(filters), shop_ids=shop_ids)


def _list_members(filters: MemberFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    for row in member_list.iterate_members(_member_filter(filters, shop_ids)):
        joined_at = f"{business_days.to_local(row.joined_at):%Y-%m-%d %H:%M:%S}"
        yield (
            row.card_number, row.name, row.phone, row.shop, row.tier, row.spent_fen / 100, row.points_accumulated,
            row.points_available, joined_at, STATUS_LABELS.get(row.status, row.status),
        )  # fmt: skip


def _audit_filter(filters: AuditFilters, shop_ids: ShopIds) -> AuditFilter:
    return AuditFilter(**dict(filters), actors=accounts.list_logins_within(shop_ids))


def _list_audit(filters: AuditFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    for entry in audit_list.iterate_entries(_audit_filter(filters, shop_ids)):
        at = f"{business_days.to_local(entry.at):%Y-%m-%d %H:%M:%S}"
        texts = ("" if value is None else str(value) for value in (entry.before, entry.after))
        yield (
            at,
            entry.actor,
            entry.address,
            audit_names.name_of(entry.action),
            entry.action,
            entry.subject,
            *texts,
        )


KINDS: dict[str, ExportKind] = {
    "members": ExportKind(
        title="会员账号", right="members.export",
        columns=(
            ("卡号", 16), ("姓名/昵称", 14), ("手机", 14), ("归属门店", 20), ("等级", 10), ("累计消费金额", 14),
            ("累计积分", 12), ("可用积分", 12), ("开卡时间", 20), ("状态", 8),
        ),
        filters=MemberFilters, rows=_list_members,
        count=lambda filters, shop_ids: member_list.count_members(_member_filter(filters, shop_ids)),
    ),
    "audit_log": ExportKind(
        title="操作日志", right="audit_log.export",
        columns=(("时间", 20), ("操作人", 14), ("地址", 16), ("操作", 24), ("代码", 24), ("对象", 30),
                 ("修改前", 40), ("修改后", 40)),
        filters=AuditFilters, rows=_list_audit,
        count=lambda filters, shop_ids: audit_list.count_entries(_audit_filter(filters, shop_ids)),
    ),
    **shop_kinds.KINDS,
    **goods_kinds.KINDS,
    **loyalty_kinds.KINDS,
    **cost_kinds.KINDS,
    **coupon_kinds.KINDS,
    **card_kinds.KINDS,
    **booking_kinds.KINDS,
    **trade_kinds.KINDS,
    **shop_order_kinds.KINDS,
    **stored_value_kinds.KINDS,
    **message_kinds.KINDS,
    **stock_kinds.KINDS,
    **insight_kinds.KINDS,
    **red_packet_kinds.KINDS,
    **promotion_kinds.KINDS,
    **flash_kinds.KINDS,
    **draw_kinds.KINDS,
}  # fmt: skip


def get_kind(key: str) -> ExportKind:
    """Return a kind of exports. Raises DomainError(not_found)."""
    if key not in KINDS:
        raise errors.not_found("该导出")
    return KINDS[key]

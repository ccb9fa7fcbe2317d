"""The kinds of exports: the one table of what can be exported, with which right, columns and filters.

A row is a tuple of cells in the order of the columns: text, whole numbers, `Decimal` or None.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints

from store.core import errors
from store.core.validation import IsoDate
from store.coupons import coupon_list, coupons, display, gift_records, gifts, rule_list
from store.coupons.coupon_list import CouponFilter
from store.coupons.gift_records import GiftFilter, RecordParty
from store.coupons.rule_list import RuleFilter
from store.customers import profiles
from store.membership import member_list
from store.membership.member_list import STATUS_LABELS, MemberFilter
from store.staff import accounts
from store.tenants import audit_list, business_days
from store.tenants.audit_list import AuditFilter

ShopIds = frozenset[int] | None
Cells = tuple[Any, ...]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$")]


class ExportFilters(BaseModel):
    """The filters of a list, as its page sends them."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class ExportKind:
    """A list that can be exported. `columns` are pairs of title and width in characters.

    `count` and `rows` are called with the filters and with the shops that the account sees, None for all.
    """

    title: str
    right: str
    columns: tuple[tuple[str, int], ...]
    filters: type[ExportFilters]
    count: Callable[[Any, ShopIds], int]
    rows: Callable[[Any, ShopIds], Iterator[Cells]]


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


class RuleFilters(ExportFilters):
    """See `RuleFilter`."""

    search: Text = ""
    kind: Text | None = None
    approval_state: Text | None = None
    state: Text | None = None


class CouponFilters(ExportFilters):
    """See `CouponFilter`."""

    search: Text = ""
    card: Text | None = None
    rule: Text | None = None
    kind: Text | None = None
    state: Text | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


class GiftFilters(ExportFilters):
    """See `GiftFilter`."""

    search: Text = ""
    state: Text | None = None
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
        yield at, entry.actor, entry.address, entry.action, entry.subject, *texts


def _list_rules(filters: RuleFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    for rule in rule_list.iterate_rules(RuleFilter(**dict(filters))):
        shown = display.describe(rule.terms)
        yield (
            rule.name, rule.number, shown.kind_label, shown.headline,
            rule_list.APPROVAL_LABELS[rule_list.approval_state_of(rule)],
            rule_list.LISTING_LABELS[rule_list.listing_state_of(rule)], shown.validity, rule.stock, rule.issued,
            rule.terms.cost_centre, _format_time(rule.created_at),
        )  # fmt: skip


def _coupon_filter(filters: CouponFilters, shop_ids: ShopIds) -> CouponFilter:
    return CouponFilter(**dict(filters), shop_ids=shop_ids)


def _list_coupons(filters: CouponFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    for coupon in coupon_list.iterate_coupons(_coupon_filter(filters, shop_ids)):
        shown, holder = display.describe(coupon.rule.terms), coupon.member
        yield (
            coupon.code, coupon.rule.number, coupon.rule.name, shown.kind_label, shown.headline,
            profiles.display_name(holder.customer), holder.card_number,
            coupons.LABELS[coupon_list.display_state(coupon)], _format_time(coupon.received_at),
            _format_time(coupon.ends_at) if coupon_list.find_end(coupon) else None,
        )  # fmt: skip


def _gift_filter(filters: GiftFilters, shop_ids: ShopIds) -> GiftFilter:
    return GiftFilter(**dict(filters), shop_ids=shop_ids)


def _list_gifts(filters: GiftFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    for record in gift_records.iterate_records(_gift_filter(filters, shop_ids)):
        people = (*_party_cells(record.giver), *_party_cells(record.receiver))
        accepted_at = _format_time(record.accepted_at) if record.accepted_at else None
        yield (
            record.number, _format_time(record.offered_at), *people, accepted_at, gifts.LABELS[record.state],
            record.coupon_code,
        )  # fmt: skip


def _party_cells(party: RecordParty | None) -> Cells:
    return (party.name, party.phone, party.card_number) if party else (None, None, None)


def _format_time(moment: datetime) -> str:
    return f"{business_days.to_local(moment):%Y-%m-%d %H:%M:%S}"


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
    "coupon_rules": ExportKind(
        title="优惠券规则", right="coupon_rules.export",
        columns=(
            ("优惠券名称", 18), ("规则编号", 16), ("类型", 10), ("优惠内容", 24), ("审批状态", 10), ("规则状态", 10),
            ("有效期", 26), ("发行总量", 12), ("已发放", 12), ("成本中心", 14), ("创建时间", 20),
        ),
        filters=RuleFilters, rows=_list_rules,
        count=lambda filters, shop_ids: rule_list.count_rules(RuleFilter(**dict(filters))),
    ),
    "coupons": ExportKind(
        title="优惠券", right="coupons.export",
        columns=(
            ("券码", 18), ("规则编号", 16), ("名称", 18), ("类型", 10), ("优惠内容", 24), ("客户名称", 14),
            ("会员卡号", 18), ("状态", 10), ("领取时间", 20), ("失效时间", 20),
        ),
        filters=CouponFilters, rows=_list_coupons,
        count=lambda filters, shop_ids: coupon_list.count_coupons(_coupon_filter(filters, shop_ids)),
    ),
    "coupon_gifts": ExportKind(
        title="转赠记录", right="coupon_gifts.export",
        columns=(
            ("编号", 10), ("转赠时间", 20), ("转赠者", 14), ("转赠者手机号", 14), ("转赠者会员卡号", 18),
            ("接收者", 14), ("接收者手机号", 14), ("接收者会员卡号", 18), ("接收时间", 20), ("转赠状态", 12),
            ("券码", 18),
        ),
        filters=GiftFilters, rows=_list_gifts,
        count=lambda filters, shop_ids: gift_records.count_records(_gift_filter(filters, shop_ids)),
    ),
    "audit_log": ExportKind(
        title="操作日志", right="audit_log.export",
        columns=(("时间", 20), ("操作人", 14), ("地址", 16), ("操作", 24), ("对象", 30),
                 ("修改前", 40), ("修改后", 40)),
        filters=AuditFilters, rows=_list_audit,
        count=lambda filters, shop_ids: audit_list.count_entries(_audit_filter(filters, shop_ids)),
    ),
}  # fmt: skip


def get_kind(key: str) -> ExportKind:
    """Return a kind of exports. Raises DomainError(not_found)."""
    if key not in KINDS:
        raise errors.not_found("该导出")
    return KINDS[key]

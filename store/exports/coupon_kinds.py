"""The exports of coupon rules, coupons and gifts."""

from collections.abc import Iterator

from store.core.validation import IsoDate
from store.coupons import coupon_list, coupons, display, gift_records, gifts, rule_list
from store.coupons.coupon_list import CouponFilter
from store.coupons.gift_records import GiftFilter, RecordParty
from store.coupons.rule_list import RuleFilter
from store.customers import profiles
from store.exports.kind import Cells, ExportFilters, ExportKind, ShopIds, Text, to_local_text


class RuleFilters(ExportFilters):
    """See `RuleFilter`."""

    search: Text = ""
    kind: Text | None = None
    approval_state: Text | None = None
    state: Text | None = None


class CouponFilters(ExportFilters):
    """See `CouponFilter`."""

    search: Text = ""
    member: Text | None = None
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


def _list_rules(filters: RuleFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    for rule in rule_list.iterate_rules(RuleFilter(**dict(filters))):
        shown = display.describe(rule.terms)
        yield (
            rule.name, rule.number, shown.kind_label, shown.headline,
            rule_list.APPROVAL_LABELS[rule_list.approval_state_of(rule)],
            rule_list.LISTING_LABELS[rule_list.listing_state_of(rule)], shown.validity, rule.stock, rule.issued,
            rule.terms.cost_centre, to_local_text(rule.created_at),
        )  # fmt: skip


def _coupon_filter(filters: CouponFilters, shop_ids: ShopIds) -> CouponFilter:
    return CouponFilter(**dict(filters), shop_ids=shop_ids)


def _list_coupons(filters: CouponFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    for coupon in coupon_list.iterate_coupons(_coupon_filter(filters, shop_ids)):
        shown, holder = display.describe(coupon.rule.terms), coupon.member
        yield (
            coupon.code, coupon.rule.number, coupon.rule.name, shown.kind_label, shown.headline,
            profiles.display_name(holder.customer), holder.card_number,
            coupons.LABELS[coupon_list.display_state(coupon)], to_local_text(coupon.received_at),
            to_local_text(coupon.ends_at) if coupon_list.find_end(coupon) else None,
        )  # fmt: skip


def _gift_filter(filters: GiftFilters, shop_ids: ShopIds) -> GiftFilter:
    return GiftFilter(**dict(filters), shop_ids=shop_ids)


def _list_gifts(filters: GiftFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    for record in gift_records.iterate_records(_gift_filter(filters, shop_ids)):
        people = (*_party_cells(record.giver), *_party_cells(record.receiver))
        accepted_at = to_local_text(record.accepted_at) if record.accepted_at else None
        yield (
            record.number, to_local_text(record.offered_at), *people, accepted_at, gifts.LABELS[record.state],
            record.coupon_code,
        )  # fmt: skip


def _party_cells(party: RecordParty | None) -> Cells:
    return (party.name, party.phone, party.card_number) if party else (None, None, None)


KINDS: dict[str, ExportKind] = {
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
}  # fmt: skip

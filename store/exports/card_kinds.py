"""The exports of plastic cards, of their applications and activation codes, and of purchases entered by hand."""

from collections.abc import Iterator
from typing import Any

from store.activation_codes import codes
from store.activation_codes.codes import STATES, CodeFilter
from store.core import masking
from store.core.validation import IsoDate
from store.customers import profiles
from store.exports.kind import (
    Cells,
    ExportFilters,
    ExportKind,
    ShopIds,
    Text,
    read_shop_names,
    to_local_text,
    to_yuan,
)
from store.physical_cards import application_list, card_list, upgrades
from store.physical_cards.application_list import ApplicationFilter
from store.physical_cards.applications import LABELS as APPLICATION_LABELS
from store.physical_cards.applications import PURPOSES
from store.physical_cards.card_list import CardFilter
from store.physical_cards.cards import LABELS as CARD_LABELS
from store.physical_cards.upgrades import UpgradeFilter
from store.service_desk import purchases
from store.service_desk.purchases import KINDS as PURCHASE_KINDS
from store.service_desk.purchases import PurchaseFilter


class SearchFilters(ExportFilters):
    """Words to look for."""

    search: Text = ""


class StateFilters(SearchFilters):
    """The filters that the lists of cards and codes have."""

    kind: Text | None = None
    state: Text | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


class ApplicationFilters(StateFilters):
    """See `ApplicationFilter`."""

    purpose: Text | None = None


class PurchaseFilters(SearchFilters):
    """See `PurchaseFilter`."""

    kind: Text | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


def _list_cards(filters: StateFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    for row in card_list.iterate_cards(CardFilter(**dict(filters), shop_ids=shop_ids)):
        member = row.member
        yield (
            row.number, row.kind.name, CARD_LABELS[row.state], member.card_number if member else "",
            profiles.display_name(member.customer) if member else "", to_local_text(row.issued_at),
            to_local_text(row.lost_at), to_local_text(row.replaced_at),
        )  # fmt: skip


def _list_upgrades(filters: SearchFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    for row in upgrades.iterate_cards(UpgradeFilter(**dict(filters), shop_ids=shop_ids)):
        member: Any = row.member
        yield (
            member.card_number, profiles.display_name(member.customer), row.number, row.kind.name,
            member.tier_record.reached.name,
        )  # fmt: skip


def _list_applications(filters: ApplicationFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    for row in application_list.iterate_applications(ApplicationFilter(**dict(filters), shop_ids=shop_ids)):
        yield (
            row.number, PURPOSES[row.purpose], row.kind.name, APPLICATION_LABELS[row.state], row.member.card_number,
            masking.mask_name(row.name) if row.name else "", masking.mask_phone(row.phone) if row.phone else "",
            row.province, row.city, row.district, row.courier, row.tracking_number, to_local_text(row.submitted_at),
            to_local_text(row.mailed_at), to_local_text(row.received_at),
        )  # fmt: skip


def _list_codes(filters: StateFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    if shop_ids is not None:  # the stock belongs to no shop
        return
    for row in codes.iterate_codes(CodeFilter(**dict(filters))):
        member = row.card.member
        yield (
            row.card.number, row.card.kind.name, STATES["used" if row.used_at else "open"],
            to_local_text(row.batch.imported_at), row.batch.operator, to_local_text(row.used_at),
            member.card_number if member else "",
        )  # fmt: skip


def _count_codes(filters: StateFilters, shop_ids: ShopIds) -> int:
    return codes.count_codes(CodeFilter(**dict(filters))) if shop_ids is None else 0


def _list_purchases(filters: PurchaseFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    names = read_shop_names()
    for row in purchases.iterate_purchases(PurchaseFilter(**dict(filters), shop_ids=shop_ids)):
        yield (
            row.slip_number, to_local_text(row.paid_at), row.member.card_number, names.get(row.shop_id, ""),
            to_yuan(row.amount_fen), PURCHASE_KINDS[row.kind], row.rule_points, row.bonus_points, row.operator,
            to_local_text(row.entered_at),
        )  # fmt: skip


KINDS: dict[str, ExportKind] = {
    "physical_cards": ExportKind(
        title="实体卡", right="physical_cards.export",
        columns=(
            ("卡号", 22), ("卡种", 12), ("状态", 10), ("会员卡号", 18), ("姓名/昵称", 14), ("发卡时间", 20),
            ("挂失时间", 20), ("换卡时间", 20),
        ),
        filters=StateFilters, rows=_list_cards,
        count=lambda filters, shop_ids: card_list.count_cards(CardFilter(**dict(filters), shop_ids=shop_ids)),
    ),
    "card_upgrades": ExportKind(
        title="待升级会员", right="card_upgrades.export",
        columns=(("会员卡号", 18), ("姓名/昵称", 14), ("实体卡号", 22), ("卡种", 12), ("现等级", 12)),
        filters=SearchFilters, rows=_list_upgrades,
        count=lambda filters, shop_ids: upgrades.count_cards(UpgradeFilter(**dict(filters), shop_ids=shop_ids)),
    ),
    "card_applications": ExportKind(
        title="实体卡申领", right="card_applications.export",
        columns=(
            ("申请单", 30), ("类型", 10), ("卡种", 12), ("状态", 12), ("会员卡号", 18), ("姓名", 12), ("手机", 14),
            ("省", 10), ("市", 10), ("区县", 10), ("快递", 12), ("快递单号", 20), ("提交时间", 20), ("邮寄时间", 20),
            ("收到时间", 20),
        ),
        filters=ApplicationFilters, rows=_list_applications,
        count=lambda filters, shop_ids: application_list.count_applications(
            ApplicationFilter(**dict(filters), shop_ids=shop_ids)
        ),
    ),
    "activation_codes": ExportKind(
        title="激活码", right="activation_codes.export",
        columns=(
            ("卡号", 22), ("卡种", 12), ("状态", 10), ("导入时间", 20), ("导入人", 14), ("激活时间", 20),
            ("会员卡号", 18),
        ),
        filters=StateFilters, rows=_list_codes, count=_count_codes,
    ),
    "desk_purchases": ExportKind(
        title="补录消费", right="desk_purchases.export",
        columns=(
            ("小票号", 22), ("消费时间", 20), ("会员卡号", 18), ("门店", 20), ("金额", 12), ("类型", 10),
            ("规则积分", 12), ("活动积分", 12), ("录入人", 14), ("录入时间", 20),
        ),
        filters=PurchaseFilters, rows=_list_purchases,
        count=lambda filters, shop_ids: purchases.count_purchases(
            PurchaseFilter(**dict(filters), shop_ids=shop_ids)
        ),
    ),
}  # fmt: skip

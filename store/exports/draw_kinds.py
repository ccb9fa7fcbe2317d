"""The exports of activities: the winners with masked recipients, and each draw with the numbers that decided it."""

from collections.abc import Iterator

from store.activities import activities
from store.activities.content import KIND_LABELS, WAY_LABELS
from store.core import masking
from store.draws import draw_records, goods_prizes, win_list
from store.draws.draw_records import SOURCE_LABELS, DrawFilter
from store.draws.win_list import WinFilter
from store.draws.wins import LABELS
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


class WinFilters(ExportFilters):
    """See `WinFilter`."""

    search: Text = ""
    activity: Text | None = None
    kind: Text | None = None
    state: Text | None = None


class DrawFilters(ExportFilters):
    """See `DrawFilter`. `activity` is the public id; the page sends `won` as text."""

    activity: Text
    won: bool | None = None


def _to_win_filter(filters: WinFilters, shop_ids: ShopIds) -> WinFilter:
    return WinFilter(**filters.model_dump(), shop_ids=shop_ids)


def _list_wins(filters: WinFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    shops = read_shop_names()
    for row in win_list.iterate_wins(_to_win_filter(filters, shop_ids)):
        contact = goods_prizes.read_contact(row)
        yield (
            row.activity.name, row.name, KIND_LABELS[row.kind], to_yuan(row.amount_fen or None),
            row.member.card_number, LABELS[row.state], WAY_LABELS.get(row.way or "", ""),
            masking.mask_name(contact["name"]) if contact else "",
            masking.mask_phone(contact["phone"]) if contact else "", row.courier, row.tracking_number,
            shops.get(row.shop_id, ""), row.failure, to_local_text(row.won_at), to_local_text(row.claimed_at),
        )  # fmt: skip


def _to_draw_filter(filters: DrawFilters, shop_ids: ShopIds) -> DrawFilter:
    return DrawFilter(activities.get_by_public_id(filters.activity), won=filters.won, shop_ids=shop_ids)


def _list_draws(filters: DrawFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    criteria = _to_draw_filter(filters, shop_ids)
    names = [prize.name for prize in activities.list_prizes(criteria.activity)]
    for row in draw_records.iterate_draws(criteria):
        yield (
            row.number, to_local_text(row.at), row.member.card_number, SOURCE_LABELS[row.source], row.draws_left,
            row.prizes_left, row.pick, "未中奖" if row.place is None else names[row.place],
            "一致" if draw_records.is_correct(row) else "不一致",
        )  # fmt: skip


KINDS: dict[str, ExportKind] = {
    "draw_prizes": ExportKind(
        title="中奖记录", right="draw_prizes.export", filters=WinFilters, rows=_list_wins,
        columns=(
            ("活动", 24), ("奖品", 20), ("类型", 10), ("红包金额", 10), ("会员卡号", 20), ("状态", 10),
            ("领取方式", 10), ("收件人", 10), ("收件电话", 14), ("快递公司", 12), ("快递单号", 20), ("核销门店", 20),
            ("失败原因", 24), ("中奖时间", 20), ("领取时间", 20),
        ),
        count=lambda filters, shop_ids: win_list.count_wins(_to_win_filter(filters, shop_ids)),
    ),
    "draws": ExportKind(
        title="抽奖记录", right="draw_prizes.export", filters=DrawFilters, rows=_list_draws,
        columns=(
            ("第几次", 8), ("时间", 20), ("会员卡号", 20), ("次数来源", 12), ("抽前剩余次数", 12), ("抽前剩余奖品", 16),
            ("号码", 8), ("结果", 20), ("核对", 8),
        ),
        count=lambda filters, shop_ids: draw_records.count_draws(_to_draw_filter(filters, shop_ids)),
    ),
}  # fmt: skip

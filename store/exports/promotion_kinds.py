"""The export of promotions with their effects."""

from collections.abc import Iterator
from itertools import islice

from store.core.validation import IsoDate
from store.exports.kind import (
    Cells,
    ExportFilters,
    ExportKind,
    ShopIds,
    Text,
    find_shop_id,
    to_local_text,
    to_yuan,
)
from store.promotions import effect, promotion_list, texts
from store.promotions.drafts import CHANNEL_LABELS
from store.promotions.parameters import KIND_LABELS
from store.promotions.promotion_list import PromotionFilter
from store.promotions.stages import STAGE_LABELS, stage_of

BATCH_SIZE = 200


class PromotionFilters(ExportFilters):
    """See `PromotionFilter`. `shop` is a code."""

    search: Text = ""
    kind: Text | None = None
    stage: Text | None = None
    channel: Text | None = None
    shop: Text | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


def _to_criteria(filters: PromotionFilters, shop_ids: ShopIds) -> PromotionFilter:
    return PromotionFilter(
        search=filters.search, kind=filters.kind, stage=filters.stage, channel=filters.channel,
        shop_id=find_shop_id(filters.shop), first_day=filters.since, last_day=filters.until, shop_ids=shop_ids,
    )  # fmt: skip


def _list_promotions(filters: PromotionFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    rows = promotion_list.iterate_promotions(_to_criteria(filters, shop_ids))
    while batch := list(islice(rows, BATCH_SIZE)):
        effects = effect.read_effects([row.id for row in batch], shop_ids=shop_ids)
        names = texts.read_names(*(row.draft for row in batch))
        for row in batch:
            draft, found = row.draft, effects[row.id]
            yield (
                row.number, row.name, KIND_LABELS[row.kind], texts.describe_benefit(draft, names),
                STAGE_LABELS[stage_of(row)], to_local_text(row.starts_at), to_local_text(row.ends_at),
                "、".join(CHANNEL_LABELS[one] for one in draft.channels),
                "全部门店" if row.all_shops else f"{len(draft.shops)} 家", texts.describe_goods(draft, names),
                draft.priority, found.orders, found.units, to_yuan(found.off_fen), to_yuan(found.list_fen),
                row.created_by, row.approver, to_local_text(row.created_at),
            )  # fmt: skip


KINDS: dict[str, ExportKind] = {
    "promotions": ExportKind(
        title="促销", right="promotions.export", filters=PromotionFilters, rows=_list_promotions,
        columns=(
            ("编号", 16), ("促销名称", 20), ("类型", 12), ("优惠内容", 40), ("状态", 10), ("开始时间", 20),
            ("结束时间", 20), ("渠道", 24), ("门店", 10), ("适用商品", 30), ("优先级", 8), ("订单数", 10),
            ("件数", 10), ("优惠金额", 12), ("原价金额", 12), ("创建人", 12), ("审批人", 12), ("创建时间", 20),
        ),
        count=lambda filters, shop_ids: promotion_list.count_promotions(_to_criteria(filters, shop_ids)),
    ),
}  # fmt: skip

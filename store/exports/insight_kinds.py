"""The exports of the sales reports, the rankings and the goods out and in."""

from collections.abc import Iterator
from dataclasses import astuple
from typing import Annotated, Any, Literal

from pydantic import Field

from store.core.validation import IsoDate
from store.customers import profiles
from store.exports.kind import (
    Cells,
    DayFilters,
    ExportFilters,
    ExportKind,
    ShopIds,
    Text,
    find_shop_id,
    to_criteria,
    to_local_text,
    to_yuan,
)
from store.insight import rankings, sales_lines, sales_report, stock_flows
from store.insight.rankings import MAX_PLACES, MIN_PLACES, By
from store.insight.report_days import Period
from store.insight.sales_orders import SalesCriteria
from store.insight.stock_flows import FlowCriteria

DIRECTIONS = {"sale": "销售", "return": "退货"}
FLOWS = {"sold": "出库", "returned": "入库"}
_GOODS = (("商品编码", 16), ("商品", 30), ("订单数", 10), ("件数", 10), ("金额", 14))


class ShopDayFilters(ExportFilters):
    """The code of a shop and days, both included, this month by default."""

    shop: Text | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


class PeriodFilters(ShopDayFilters):
    """The length of a period."""

    period: Period = "day"


class RankFilters(ShopDayFilters):
    """What a ranking is by, and how many places it has."""

    by: By = "amount"
    limit: Annotated[int, Field(ge=MIN_PLACES, le=MAX_PLACES)] = MIN_PLACES


class GoodsRankFilters(RankFilters):
    """`category` is a code."""

    category: Text | None = None


class FlowFilters(DayFilters):
    """See `FlowCriteria`. `shop` is a code."""

    direction: Literal["out", "in"] | None = None


class FlowSumFilters(ShopDayFilters):
    """What the sums are of."""

    by: stock_flows.By = "sku"


def _sales(filters: Any, shop_ids: ShopIds) -> SalesCriteria:
    return SalesCriteria(
        search=getattr(filters, "search", ""), shop_id=find_shop_id(filters.shop), since=filters.since,
        until=filters.until, shop_ids=shop_ids,
    )  # fmt: skip


def _flows(filters: FlowSumFilters, shop_ids: ShopIds) -> FlowCriteria:
    return FlowCriteria(
        shop_id=find_shop_id(filters.shop), since=filters.since, until=filters.until, shop_ids=shop_ids
    )


def _list_sums(filters: DayFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    rows = sales_report.summarize(_sales(filters, shop_ids))
    places = [(row.shop_code, row.shop, row.source, DIRECTIONS[row.direction], row.sums) for row in rows]
    for *place, sums in (*places, ("", "合计", "", "", sales_report.sum_all(row.sums for row in rows))):
        yield (
            *place, sums.orders, sums.units, to_yuan(sums.discount_fen), to_yuan(sums.goods_fen),
            to_yuan(sums.freight_fen), to_yuan(sums.total_fen),
        )  # fmt: skip


def _list_lines(filters: DayFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    for row in sales_lines.iterate_lines(_sales(filters, shop_ids)):
        order = row.order
        sign = -1 if order.is_return else 1
        amounts = (row.list_fen, row.list_fen - row.goods_fen, row.goods_fen)
        yield (
            order.number, to_local_text(order.completed_at if order.is_return else order.paid_at), order.shop.code,
            order.shop.name, order.source, DIRECTIONS[order.direction], row.product, row.name, row.specification,
            sign * row.quantity, *(to_yuan(sign * fen) for fen in amounts),
            order.member.card_number if order.member else "",
        )  # fmt: skip


def _list_periods(filters: PeriodFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    for row in sales_report.read_periods(_sales(filters, shop_ids), filters.period):
        yield (
            f"{row.first}", f"{row.last}", row.sales.orders, row.sales.units, to_yuan(row.sales.total_fen),
            row.returns.orders, row.returns.units, to_yuan(row.returns.total_fen),
            to_yuan((row.sales + row.returns).total_fen),
        )  # fmt: skip


def _list_goods(filters: GoodsRankFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    found = rankings.rank_goods(
        _sales(filters, shop_ids), by=filters.by, limit=filters.limit, category=filters.category
    )
    for place, row in enumerate(found, start=1):
        yield place, *astuple(row)[:-1], to_yuan(row.amount_fen)


def _list_members(filters: RankFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    found = rankings.rank_members(_sales(filters, shop_ids), by=filters.by, limit=filters.limit)
    for place, row in enumerate(found, start=1):
        name = profiles.display_name(row.member.customer)
        yield place, row.member.card_number, name, row.orders, row.units, to_yuan(row.amount_fen)


def _list_flows(filters: FlowFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    for row in stock_flows.iterate_flows(to_criteria(FlowCriteria, filters, shop_ids)):
        sku, shop = row.level.sku, row.level.shop
        yield (
            to_local_text(row.at), FLOWS[row.kind], row.subject, shop.code, shop.name, sku.code, sku.barcode,
            sku.full_name, row.on_hand, row.operator,
        )  # fmt: skip


def _list_flow_sums(filters: FlowSumFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    for row in stock_flows.iterate_sums(_flows(filters, shop_ids), by=filters.by):
        goods = (row.sku.code, row.sku.barcode, row.sku.full_name) if row.sku else ("", "", "")
        yield row.shop.code, row.shop.name, *goods, row.out_units, row.in_units, row.out_units - row.in_units


def _kind(
    title: str, key: str, filters: type[ExportFilters], rows: Any, count: Any, *columns: Any
) -> ExportKind:
    return ExportKind(
        title=title, right=f"{key}.export", filters=filters, rows=rows, columns=columns,
        count=count or (lambda given, shop_ids: sum(1 for _ in rows(given, shop_ids))),
    )  # fmt: skip


KINDS: dict[str, ExportKind] = {
    "sales_report": _kind(
        "销售汇总", "sales_report", DayFilters, _list_sums, None, ("门店编码", 12), ("门店", 20), ("业务来源", 14),
        ("销售方式", 10), ("单数", 10), ("件数", 10), ("优惠金额", 14), ("商品金额", 14), ("运费", 12), ("合计", 14),
    ),
    "sales_lines": _kind(
        "销售明细", "sales_lines", DayFilters, _list_lines,
        lambda filters, shop_ids: sales_lines.count_lines(_sales(filters, shop_ids)),
        ("单号", 22), ("时间", 20), ("门店编码", 12), ("门店", 20), ("业务来源", 14), ("销售方式", 10),
        ("商品编码", 16), ("商品", 24), ("规格", 16), ("数量", 8), ("原价金额", 12), ("优惠金额", 12), ("金额", 12),
        ("会员卡号", 20),
    ),
    "sales_trend": _kind(
        "销售量统计", "sales_trend", PeriodFilters, _list_periods, None, ("开始日期", 12), ("结束日期", 12),
        ("订单数", 10), ("件数", 10), ("销售额", 14), ("退单数", 10), ("退货件数", 10), ("退货额", 14), ("净额", 14),
    ),
    "goods_ranking": _kind(
        "商品销售排行", "goods_ranking", GoodsRankFilters, _list_goods, None, ("名次", 8), *_GOODS,
    ),
    "member_ranking": _kind(
        "会员消费排行", "member_ranking", RankFilters, _list_members, None, ("名次", 8), ("会员卡号", 20),
        ("姓名/昵称", 14), ("订单数", 10), ("件数", 10), ("实收金额", 14),
    ),
    "stock_flow_report": _kind(
        "出入库汇总", "stock_flow_report", FlowSumFilters, _list_flow_sums,
        lambda filters, shop_ids: stock_flows.count_sums(_flows(filters, shop_ids), by=filters.by),
        ("门店编码", 12), ("门店", 20), ("规格编码", 16), ("条码", 16), ("商品", 30), ("出库", 10), ("入库", 10),
        ("净出库", 10),
    ),
    "stock_flows": _kind(
        "出入库明细", "stock_flows", FlowFilters, _list_flows,
        lambda filters, shop_ids: stock_flows.count_flows(to_criteria(FlowCriteria, filters, shop_ids)),
        ("时间", 20), ("类型", 8), ("单号", 22), ("门店编码", 12), ("门店", 20), ("规格编码", 16), ("条码", 16),
        ("商品", 30), ("数量", 10), ("操作人", 16),
    ),
}  # fmt: skip

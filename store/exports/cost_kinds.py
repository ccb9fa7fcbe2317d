"""The export of the cost report."""

from collections.abc import Iterator

from store.core.validation import IsoDate
from store.exports.kind import Cells, ExportFilters, ExportKind, ShopIds
from store.insight import cost_report


class CostFilters(ExportFilters):
    """The days of the report, both included."""

    since: IsoDate | None = None
    until: IsoDate | None = None


def _list_costs(filters: CostFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    cost_report.ensure_all_shops(shop_ids)
    return cost_report.list_cells(since=filters.since, until=filters.until)


KINDS: dict[str, ExportKind] = {
    "costs": ExportKind(
        title="成本报表", right="costs.export",
        columns=(("成本中心编码", 16), ("成本中心", 24), ("项目", 20), ("数量", 12), ("金额（元）", 14)),
        filters=CostFilters, rows=_list_costs,
        count=lambda filters, shop_ids: sum(1 for _ in _list_costs(filters, shop_ids)),
    ),
}  # fmt: skip

"""Rankings (排行): the goods that sold best, and the members who spent most."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from console.auth import StaffCaller, staff_required
from console.lists import Search
from console.sales_reports import ReportQuery, to_criteria
from store.catalog import categories
from store.customers import profiles
from store.insight import rankings
from store.insight.rankings import MAX_PLACES, MIN_PLACES, By, MemberRank
from web.responses import json_response

bp = APIBlueprint("console_rankings", __name__, url_prefix="/console/api", enable_openapi=False)


class RankQuery(ReportQuery):
    """What a ranking is by, and how many places it has."""

    by: By = "amount"
    limit: int = Field(default=MIN_PLACES, ge=MIN_PLACES, le=MAX_PLACES)


class GoodsRankQuery(RankQuery):
    """`category` is a code."""

    category: Search | None = None


@bp.get("/goods-ranking")
@staff_required("goods_ranking.read")
@bp.input(GoodsRankQuery, location="query")
def rank_goods(caller: StaffCaller, query_data: GoodsRankQuery) -> Response:
    found = rankings.rank_goods(
        to_criteria(caller, query_data), by=query_data.by, limit=query_data.limit,
        category=query_data.category,
    )  # fmt: skip
    return json_response(
        {"list": [{"place": place, **vars(row)} for place, row in enumerate(found, start=1)]}
    )


@bp.get("/goods-ranking/categories")
@staff_required("goods_ranking.read")
def list_categories(caller: StaffCaller) -> Response:
    """Return the categories that the filter offers, also the retired ones."""
    rows = categories.list_all(with_retired=True)
    paths = categories.read_paths(rows)
    return json_response(
        [{"value": row.code, "label": paths[row.id]} for row in categories.sort_as_tree(rows)]
    )


@bp.get("/member-ranking")
@staff_required("member_ranking.read")
@bp.input(RankQuery, location="query")
def rank_members(caller: StaffCaller, query_data: RankQuery) -> Response:
    found = rankings.rank_members(to_criteria(caller, query_data), by=query_data.by, limit=query_data.limit)
    return json_response({"list": [_to_member(place, row) for place, row in enumerate(found, start=1)]})


def _to_member(place: int, row: MemberRank) -> dict[str, Any]:
    return {
        "place": place, "card_number": row.member.card_number, "name": profiles.display_name(row.member.customer),
        "orders": row.orders, "units": row.units, "amount_fen": row.amount_fen,
    }  # fmt: skip

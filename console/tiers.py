"""Tiers (等级): list, add, change, delete."""

from typing import Annotated, Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from console.programmes import Code
from console.staff import Line
from store.customers import programmes
from store.membership import tier_deletion
from store.tiers import descriptions as tier_descriptions
from store.tiers import tier_changes, tier_list, tiers
from store.tiers.tiers import Tier
from store.tiers.validity import UNLIMITED, Validity
from web.schemas import RequestModel

bp = APIBlueprint("console_tiers", __name__, url_prefix="/console/api/tiers", enable_openapi=False)

Rank = Annotated[int, Field(ge=0, le=tiers.MAX_RANK)]
Percent = Annotated[int, Field(ge=0, le=100)]


class TierQuery(ListQuery):
    """Which tiers are listed. `search` is a part of name or code."""

    search: Search = ""
    programme: Search | None = None


class TierChange(RequestModel):
    """What can be changed about a tier. `discount_percent` is taken off list prices."""

    name: Line
    rank: Rank
    validity: Validity = UNLIMITED
    discount_percent: Percent = 0


class TierCreation(TierChange):
    """A new tier. Without a rank it is the highest."""

    programme: Code
    code: Code
    rank: Rank | None = None  # type: ignore[assignment]


@bp.get("")
@staff_required("tiers.read")
@bp.input(TierQuery, location="query")
def list_tiers(caller: StaffCaller, query_data: TierQuery) -> Response:
    rows, total = tier_list.list_page(
        query_data.to_page(), search=query_data.search, programme_code=query_data.programme
    )
    return list_response(map(_to_row, rows), total, query_data)


@bp.post("")
@staff_required("tiers.create")
@bp.input(TierCreation)
def add_tier(caller: StaffCaller, json_data: TierCreation) -> Response:
    programme = programmes.get_by_code(json_data.programme)

    def work() -> dict[str, Any]:
        values = {name: getattr(json_data, name) for name in TierChange.model_fields}
        return _to_row(tiers.add(programme=programme, code=json_data.code, **values))

    return respond_once(caller, json_data, work, status=201)


@bp.patch("/<int:tier_id>")
@staff_required("tiers.edit")
@bp.input(TierChange)
def change_tier(tier_id: int, caller: StaffCaller, json_data: TierChange) -> Response:
    values = {name: getattr(json_data, name) for name in TierChange.model_fields}
    return respond_once(caller, json_data, lambda: _to_row(tier_changes.change(tier_id=tier_id, **values)))


@bp.delete("/<int:tier_id>")
@staff_required("tiers.delete")
def delete_tier(tier_id: int, caller: StaffCaller) -> Response:
    def work() -> dict[str, Any]:
        tier_deletion.delete(tier_id=tier_id)
        return {"deleted": True}

    return respond_once(caller, None, work)


def _to_row(tier: Tier) -> dict[str, Any]:
    return {
        "id": str(tier.id), "programme": {"code": tier.programme.code, "name": tier.programme.name},
        "code": tier.code, "name": tier.name, "rank": tier.rank, "is_base": tier.is_base,
        "validity": tier.validity.model_dump(), "validity_text": tier_descriptions.describe_validity(tier.validity),
        "discount_percent": tier.discount_percent,
    }  # fmt: skip

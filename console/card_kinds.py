"""Kinds of plastic cards (实体卡种): each belongs to a tier."""

from typing import Annotated, Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import StrictBool, StringConstraints

from console.auth import StaffCaller, staff_required
from console.lists import respond_once
from store.core.errors import not_found
from store.customers import programmes
from store.physical_cards import kinds
from store.physical_cards.kinds import MAX_LENGTH, PhysicalCardKind
from store.tiers import tiers
from store.tiers.tiers import Tier
from web.responses import json_response
from web.schemas import OneLine, RequestModel

bp = APIBlueprint("console_card_kinds", __name__, url_prefix="/console/api/card-kinds", enable_openapi=False)

Line = Annotated[OneLine, StringConstraints(min_length=1, max_length=MAX_LENGTH)]
TierKey = Annotated[OneLine, StringConstraints(min_length=1, max_length=80)]


class NewKind(RequestModel):
    """A new kind. `tier` is programme and tier by code, such as `programme/gold`."""

    code: Line
    name: Line
    tier: TierKey


class KindChange(RequestModel):
    """The name of a kind, and whether its cards are issued."""

    name: Line
    is_active: StrictBool


@bp.get("")
@staff_required("card_kinds.read")
def list_kinds(caller: StaffCaller) -> Response:
    return json_response({"list": [_to_row(row) for row in kinds.list_kinds()]})


@bp.get("/tiers")
@staff_required("card_kinds.read")
def list_tiers(caller: StaffCaller) -> Response:
    """Return the tiers that a kind may belong to."""
    found = [(one, tier) for one in programmes.list_programmes() for tier in tiers.list_tiers(one.id)]
    return json_response([
        {"value": f"{one.code}/{tier.code}", "label": f"{one.name} {tier.name}"} for one, tier in found
    ])  # fmt: skip


@bp.post("")
@staff_required("card_kinds.create")
@bp.input(NewKind)
def create_kind(caller: StaffCaller, json_data: NewKind) -> Response:
    caller.ensure_all_shops()

    def work() -> dict[str, Any]:
        tier = _get_tier(json_data.tier)
        return _to_row(kinds.create(code=json_data.code, name=json_data.name, tier=tier))

    return respond_once(caller, json_data, work, status=201)


@bp.patch("/<code>")
@staff_required("card_kinds.edit")
@bp.input(KindChange)
def change_kind(code: str, caller: StaffCaller, json_data: KindChange) -> Response:
    caller.ensure_all_shops()
    return respond_once(caller, json_data, lambda: _to_row(kinds.change(code=code, **json_data.model_dump())))


def _get_tier(key: str) -> Tier:
    programme_code, _, code = key.partition("/")
    programme = programmes.find_by_code(programme_code)
    found = [tier for tier in tiers.list_tiers(programme.id) if tier.code == code] if programme else []
    if not found:
        raise not_found("该等级")
    return found[0]


def _to_row(row: PhysicalCardKind) -> dict[str, Any]:
    return {
        "code": row.code, "name": row.name, "tier": row.tier.name, "is_active": row.is_active,
        "created_at": row.created_at.isoformat(),
    }  # fmt: skip

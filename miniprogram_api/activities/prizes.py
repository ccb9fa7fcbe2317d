"""My prizes: what the customer has won, and claiming it."""

from typing import Annotated, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, StringConstraints

from miniprogram_api.activities.schemas import DrawnPrize, to_drawn_prize
from store.addresses import addresses
from store.addresses.addresses import AddressFields
from store.customers import members
from store.draws import claims, win_list, wins
from web import idempotency
from web.auth import Caller, login_required
from web.responses import json_response
from web.schemas import PageResponse, RequestModel

bp = APIBlueprint("prizes", __name__, tag="抽奖活动")


class PrizesQuery(RequestModel):
    """The page of the list."""

    page: int = Field(default=1, ge=1, le=10_000)
    page_size: int = Field(default=20, ge=1, le=100)


class PrizesResponse(PageResponse):
    """A page of prizes, the latest first."""

    list: list[DrawnPrize]


class ClaimRequest(RequestModel):
    """How goods are claimed. Other prizes need nothing."""

    way: Literal["delivery", "shop"] | None = None
    address_id: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,40}$")] | None = None


@bp.get("/api/me/prizes")
@login_required
@bp.doc(summary="我的奖品", security="session")
@bp.input(PrizesQuery, location="query")
@bp.output(PrizesResponse)
def list_prizes(caller: Caller, query_data: PrizesQuery) -> Response:
    page, size = query_data.page, query_data.page_size
    member = members.get_or_create(caller.customer)
    rows, total = win_list.list_of_member(member, page=page, page_size=size)
    shown = [to_drawn_prize(row) for row in rows]
    return json_response(
        PrizesResponse(list=shown, total=total, page=page, page_size=size, has_more=page * size < total)
    )


@bp.post("/api/me/prizes/<prize_id>/claims")
@login_required
@bp.doc(
    summary="领取奖品", security="session",
    responses={403: "不能领取", 404: "没有该奖品或地址", 409: "已过期或活动已暂停"},
)  # fmt: skip
@bp.input(ClaimRequest)
@bp.output(DrawnPrize, status_code=201)
def claim_prize(caller: Caller, prize_id: str, json_data: ClaimRequest) -> Response:
    def work() -> DrawnPrize:
        win = wins.get_own(members.get_or_create(caller.customer), prize_id)
        claimed = claims.claim(
            win=win, customer=caller.customer, channel=caller.channel, way=json_data.way,
            address=_find_address(caller, json_data.address_id),
        )  # fmt: skip
        return to_drawn_prize(claimed)

    return json_response(idempotency.run_idempotent(caller.scope, json_data, work), 201)


def _find_address(caller: Caller, address_id: str | None) -> dict[str, object] | None:
    if address_id is None:
        return None
    row = addresses.get_own(caller.customer, address_id)
    return {name: getattr(row, name) for name in AddressFields.model_fields}

"""Closing of the membership (注销): what it ends, the request, and its cancellation."""

from datetime import date, datetime
from typing import Annotated

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field, StrictBool, StringConstraints

from store.closings import closings, listings
from store.closings.closings import ClosingSettings
from store.core.errors import invalid
from store.tenants import settings
from web import idempotency
from web.auth import Caller, login_required
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("closing", __name__, tag="我的")

KEPT = (
    "订单、积分、储值和优惠券的历史记录，去除身份信息后保存",
    "同意协议的记录，去除身份信息后保存",
    "仍关注公众号的，保留关注关系；再次登录为新会员",
)


class ClosingPoints(BaseModel):
    """The points of one group, which are given up."""

    name: str
    available: int


class ClosingCoupon(BaseModel):
    """The coupons of one rule, which are given up."""

    name: str
    count: int


class ClosingRefund(BaseModel):
    """The principal that goes back through one channel."""

    channel: str = Field(description="wechat、alipay 原路退回；cash 凭编号到店领取")
    label: str
    amount_fen: int


class ClosingRequestStatus(BaseModel):
    """The open request; it can be cancelled until the end of `due_day`."""

    number: str
    requested_at: datetime
    due_day: date


class ClosingResponse(BaseModel):
    """What a closing would end now, and the open request, if any."""

    request: ClosingRequestStatus | None
    waiting_days: int
    listing_version: str = Field(description="申请注销时须带上，证明顾客看过这份清单")
    principal_fen: int
    bonus_fen: int
    refunds: list[ClosingRefund]
    points: list[ClosingPoints]
    coupons: list[ClosingCoupon]
    open_things: list[str] = Field(description="须先结束的事项，不妨碍申请")
    kept: list[str]


class ClosingRequest(RequestModel):
    """`confirm` must be true. `listing_version` is that of the listing which the person has seen."""

    confirm: StrictBool = False
    listing_version: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class ClosingCancelledResponse(BaseModel):
    """Whether there was an open request."""

    cancelled: bool


@bp.get("/api/me/closing")
@login_required
@bp.doc(summary="注销前的清单", description="储值本金退还，赠金、积分和优惠券作废。", security="session")
@bp.output(ClosingResponse)
def get_closing(caller: Caller) -> Response:
    return json_response(_to_response(caller))


@bp.post("/api/me/closing")
@login_required
@bp.doc(
    summary="申请注销",
    description="有余额也可以申请。清单有变化时答 `closing_listing_changed`，请重新展示。到期前可以撤回。",
    security="session",
    responses={409: "清单有变化"},
)
@bp.input(ClosingRequest)
@bp.output(ClosingResponse, status_code=201)
def request_closing(caller: Caller, json_data: ClosingRequest) -> Response:
    if not json_data.confirm:
        raise invalid("confirm", "注销后无法恢复，请确认")

    def request() -> ClosingResponse:
        closings.request(
            customer=caller.customer, listing_version=json_data.listing_version, channel=caller.channel.kind
        )
        return _to_response(caller)

    return json_response(idempotency.run_idempotent(caller.scope, json_data, request), 201)


@bp.delete("/api/me/closing")
@login_required
@bp.doc(summary="撤回注销申请", security="session")
@bp.output(ClosingCancelledResponse)
def cancel_closing(caller: Caller) -> Response:
    def cancel() -> ClosingCancelledResponse:
        return ClosingCancelledResponse(cancelled=closings.cancel(customer=caller.customer))

    return json_response(idempotency.run_idempotent(caller.scope, None, cancel))


def _to_response(caller: Caller) -> ClosingResponse:
    listing, row = listings.build(caller.customer), closings.find_open(caller.customer)
    status = row and ClosingRequestStatus(
        number=row.number, requested_at=row.requested_at, due_day=row.due_day
    )
    return ClosingResponse(
        request=status,
        waiting_days=settings.read(ClosingSettings).waiting_days,
        listing_version=listing.version,
        principal_fen=listing.principal_fen,
        bonus_fen=listing.bonus_fen,
        refunds=[ClosingRefund(**vars(line)) for line in listing.refunds],
        points=[ClosingPoints(**vars(line)) for line in listing.points],
        coupons=[ClosingCoupon(**vars(line)) for line in listing.coupons],
        open_things=list(listing.open_things),
        kept=list(KEPT),
    )

"""My red packets (我的红包): the list, what a page needs to confirm a transfer, and asking WeChat once more."""

from datetime import datetime
from functools import partial

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

import red_packet_calls
from store.core import rate_limits
from store.core.errors import DomainError
from store.customers.customers import Customer
from store.red_packets import red_packets, states
from store.red_packets.red_packets import RedPacket
from web import paging
from web.auth import Caller, login_required
from web.responses import json_response
from web.schemas import PageQuery, PageResponse

QUERIES_PER_MINUTE = 20  # of one red packet: a page asks a few times after the person came back

bp = APIBlueprint("red_packets", __name__, tag="红包")


class MyRedPacket(BaseModel):
    """A red packet. `hint` says what to do or what became of it."""

    id: str
    amount_fen: int
    title: str
    wishing: str
    way: str = Field(description="red_packet 微信红包、transfer 商家转账")
    state: str = Field(
        description="requested、sending 发放中，sent 待领取，received 已领取，returned 已退回，failed 未发出"
    )
    state_label: str
    hint: str
    can_confirm: bool = Field(description="要在本页确认收款")
    requested_at: datetime
    expires_at: datetime | None = Field(description="到这时还没有领取就退回商家")
    finished_at: datetime | None


class RedPacketsResponse(PageResponse):
    """One page of red packets, the latest first."""

    list: list[MyRedPacket]


class TransferConfirmation(BaseModel):
    """The arguments of `wx.requestMerchantTransfer` and of the page's `requestMerchantTransfer`, named by WeChat."""

    mchId: str
    appId: str
    package: str


@bp.get("/api/me/red-packets")
@login_required
@bp.doc(summary="我的红包", security="session")
@bp.input(PageQuery, location="query")
@bp.output(RedPacketsResponse)
def list_red_packets(caller: Caller, query_data: PageQuery) -> Response:
    customer = _customer_of(caller)
    rows, page = paging.read_page(
        query_data, name=f"red_packets.{customer.id}", fetch=partial(red_packets.read_page, customer),
        position=red_packets.get_position,
    )  # fmt: skip
    return json_response(RedPacketsResponse(list=[_to_row(row) for row in rows], **page))


@bp.get("/api/me/red-packets/<packet_id>")
@login_required
@bp.doc(summary="红包详情", security="session", responses={404: "没有该红包"})
@bp.output(MyRedPacket)
def get_red_packet(caller: Caller, packet_id: str) -> Response:
    return json_response(_to_row(red_packets.get_own(_customer_of(caller), packet_id)))


@bp.get("/api/me/red-packets/<packet_id>/confirmation")
@login_required
@bp.doc(
    summary="确认收款的参数",
    description="原样交给 wx.requestMerchantTransfer；H5 用 WeixinJSBridge.invoke('requestMerchantTransfer')。",
    security="session",
    responses={404: "没有该红包", 409: "不用或不能在这里确认"},
)
@bp.output(TransferConfirmation)
def get_confirmation(caller: Caller, packet_id: str) -> Response:
    row = red_packets.get_own(_customer_of(caller), packet_id)
    if not _can_confirm(row):
        raise DomainError("not_confirmable", "这个红包不用确认，或已经结束", 409, state=row.state)
    if caller.channel.appid != row.app_id:
        raise DomainError("wrong_app", "请从收到红包的公众号或小程序打开后确认收款", 409)
    arguments = TransferConfirmation(
        mchId=row.account.merchant.merchant_id, appId=row.app_id, package=row.package
    )
    return json_response(arguments)


@bp.post("/api/me/red-packets/<packet_id>/queries")
@login_required
@bp.doc(
    summary="向微信查询是否已领取", security="session", responses={404: "没有该红包", 429: "查询过于频繁"}
)
@bp.output(MyRedPacket)
def query_red_packet(caller: Caller, packet_id: str) -> Response:
    row = red_packets.get_own(_customer_of(caller), packet_id)
    if row.state == "sent":
        rate_limits.consume(
            name=f"red_packets.query:{row.id}", limit=QUERIES_PER_MINUTE, window_s=60, message="请稍后再查询"
        )
        row = red_packet_calls.query(row)
    return json_response(_to_row(row))


def _customer_of(caller: Caller) -> Customer:
    caller.ensure_session()
    assert caller.customer is not None
    return caller.customer


def _can_confirm(row: RedPacket) -> bool:
    return row.way == "transfer" and row.state == "sent" and bool(row.package) and not row.closing


def _to_row(row: RedPacket) -> MyRedPacket:
    return MyRedPacket(
        id=row.public_id, amount_fen=row.amount_fen, title=row.title, wishing=row.wishing, way=row.way,
        state=row.state, state_label=states.STATE_LABELS[row.state], hint=_describe(row),
        can_confirm=_can_confirm(row), requested_at=row.requested_at,
        expires_at=row.sent_at + states.LIFETIME if row.state == "sent" and row.sent_at else None,
        finished_at=row.finished_at,
    )  # fmt: skip


def _describe(row: RedPacket) -> str:
    """Return what the person should do or know."""
    if row.state == "sent":
        return "请确认收款" if row.way == "transfer" else "请在微信消息里打开红包"
    return {
        "requested": "正在准备", "sending": "正在发放，请稍候", "received": "已存入微信零钱",
        "returned": "超过 24 小时没有领取，已退回商家", "failed": "没有发出，请联系商家",
    }[row.state]  # fmt: skip

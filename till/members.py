"""Members at a till: found by phone, card or member code; registered; an SMS code for stored value; points by hand."""

from typing import Annotated

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field, StringConstraints

import platform_clients
from store.core.errors import invalid
from store.customers import members, sms_codes
from store.membership import registration
from store.points import points
from store.stored_value import authorization as stored_value_authorization
from store.tenants import settings
from store.tills import member_search
from store.tills import sessions as till_sessions
from till.auth import ERRORS, TillCaller, till_session_required
from till.member_summaries import MemberSummary, to_member_summary
from web import idempotency, request_context
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("till_members", __name__, tag="收银台", url_prefix="/till")

MAX_POINTS = points.MAX_POINTS_PER_ENTRY


class MemberQuery(RequestModel):
    """A phone, a card number or a member code, as typed or scanned."""

    q: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=4, max_length=60, pattern=r"^[ -~]+$")
    ]


class MembersResponse(BaseModel):
    """The member, or none."""

    list: list[MemberSummary]


class MemberRegistration(RequestModel):
    """A phone, and that the customer has accepted the agreements."""

    phone: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=4, max_length=30, pattern=r"^[ -~]+$")
    ]
    consent: bool


class SmsCodeSent(BaseModel):
    """`message` is for the cashier: the message was sent, or it may be late."""

    message: str
    retry_after_s: int
    valid_s: int


class PointsRequest(RequestModel):
    """Points to add, or to take where they are negative. A manager's PIN authorizes it without the right."""

    points: int = Field(ge=-MAX_POINTS, le=MAX_POINTS)
    reason: Annotated[
        str,
        StringConstraints(
            strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$"
        ),
    ]
    manager_pin: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] | None = None


class PointsResponse(BaseModel):
    """The entry and the balance after it."""

    points: int
    balance: int


@bp.get("/members")
@till_session_required
@bp.doc(
    summary="查找会员",
    description="按手机号、卡号或会员码查找；会员码只能用一次。",
    security="till",
    responses=ERRORS | {422: "会员码已失效"},
)
@bp.input(MemberQuery, location="query")
@bp.output(MembersResponse)
def find_members(caller: TillCaller, query_data: MemberQuery) -> Response:
    till_sessions.check_search_limit(caller.terminal)
    found = member_search.find_member(query_data.q, till=caller.terminal.code)
    return json_response(MembersResponse(list=[to_member_summary(found)] if found else []))


@bp.post("/members")
@till_session_required
@bp.doc(
    summary="登记新会员",
    description="收银员先请顾客同意会员协议和隐私政策。已是会员的手机号返回原会员，不作修改。",
    security="till",
    responses=ERRORS,
)
@bp.input(MemberRegistration)
@bp.output(MemberSummary, status_code=201)
def register_member(caller: TillCaller, json_data: MemberRegistration) -> Response:
    if not json_data.consent:
        raise invalid("consent", "请先请顾客同意会员协议和隐私政策")
    till_sessions.check_search_limit(caller.terminal)

    def work() -> MemberSummary:
        member = registration.register_at_desk(phone=json_data.phone, shop_id=caller.shop.id)
        return to_member_summary(member)

    return json_response(idempotency.run_idempotent(caller.scope, json_data, work), 201)


@bp.post("/members/<card>/sms-codes")
@till_session_required
@bp.doc(
    summary="向会员发送储值验证码",
    security="till",
    responses={404: "没有该会员", 409: "未绑定手机号", 429: "过于频繁", 503: "短信服务暂不可用"},
)
@bp.output(SmsCodeSent, status_code=201)
def send_member_code(caller: TillCaller, card: str) -> Response:
    rules, sender = settings.read(sms_codes.SmsCodeSettings), platform_clients.sms_sender()

    def ask() -> str:
        made = stored_value_authorization.request_code(
            member=members.get_by_card(card), address=request_context.client_ip()
        )
        return platform_clients.send_sms_code(sender, phone=made.phone, code=made.code)

    sent = idempotency.run_idempotent_with_proof(
        caller.scope,
        None,
        prove=ask,
        work=lambda word: SmsCodeSent(
            message=word, retry_after_s=rules.min_interval_s, valid_s=sms_codes.LIFETIME_S
        ),
    )
    return json_response(sent, 201)


@bp.post("/members/<card>/points")
@till_session_required
@bp.doc(
    summary="增加或减少积分",
    security="till",
    responses=ERRORS | {404: "没有该会员", 409: "积分不足，或会员已注销"},
)
@bp.input(PointsRequest)
@bp.output(PointsResponse, status_code=201)
def adjust_points(caller: TillCaller, card: str, json_data: PointsRequest) -> Response:
    def work() -> PointsResponse:
        member = members.get_by_card(card)
        entry = points.adjust(
            member=member,
            value=json_data.points,
            reason=json_data.reason,
            key=caller.operation_key("points"),
        )
        return PointsResponse(points=entry.signed_value, balance=points.balance(member))

    adjusted = idempotency.run_idempotent_with_proof(
        caller.scope,
        json_data,
        prove=lambda: caller.authorize("adjust_points", json_data.manager_pin),
        work=lambda _: work(),
    )
    return json_response(adjusted, 201)

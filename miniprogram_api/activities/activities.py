"""Activities of customers: what there is to win, a draw, the winners, and the numbers of the own draws."""

from typing import Annotated

from apiflask import APIBlueprint
from flask import Response, request
from pydantic import BaseModel, Field, StringConstraints

from miniprogram_api.activities.schemas import (
    ActivityResponse,
    DrawnNumbers,
    DrawnPrize,
    describe_ways,
    to_chances,
    to_drawn_prize,
    to_numbers,
    to_prize,
    to_state_label,
)
from store.activities import activities
from store.activities.activities import Activity
from store.core import clock, ids
from store.core.errors import DomainError
from store.core.listing import Page
from store.customers import members
from store.draws import chances, claims, draw_records, draws, shares, win_list, wins
from store.draws.draw_records import DrawFilter
from store.shops import shop_list
from web import devices, idempotency, request_context
from web.auth import Caller, login_optional, login_required
from web.responses import json_response
from web.schemas import OPTIONAL_LOGIN, Account, RequestModel

bp = APIBlueprint("activities", __name__, tag="抽奖活动")

ShareCode = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class ActivityQuery(RequestModel):
    """`account` names the tenant of a visitor who is not signed in."""

    account: Account | None = None


class DrawRequest(RequestModel):
    """With `with_points` points pay for the chance."""

    with_points: bool = False


class DrawResponse(BaseModel):
    """The outcome of a draw."""

    number: int = Field(description="本活动的第几次抽奖")
    place: int | None = Field(description="奖品在列表中的位置，从 0 开始，null 为未中奖")
    prize: DrawnPrize | None
    chances_left: int


class VisitRequest(RequestModel):
    """The code of the share that led to the activity."""

    share_code: ShareCode


class ShareResponse(BaseModel):
    """The code in the customer's own link to the activity."""

    share_code: str


class VisitResponse(BaseModel):
    """Whether the visit counts. That of the sharer does not."""

    counted: bool


class WinnerResponse(BaseModel):
    """One line of the winners' list."""

    name: str = Field(description="隐去部分的昵称")
    prize: str
    won_at: str


class WinnersResponse(BaseModel):
    """The latest winners."""

    list: list[WinnerResponse]


class DrawsResponse(BaseModel):
    """The latest draws of the customer with their numbers."""

    list: list[DrawnNumbers]


@bp.get("/api/activities/<activity_id>")
@login_optional
@bp.doc(summary="抽奖活动", security=OPTIONAL_LOGIN, responses={404: "没有该活动"})
@bp.input(ActivityQuery, location="query")
@bp.output(ActivityResponse)
def get_activity(caller: Caller, activity_id: str, query_data: ActivityQuery) -> Response:
    activity = activities.get_published(activity_id)
    return devices.remember_device(json_response(_to_response(activity, caller)))


@bp.post("/api/activities/<activity_id>/draws")
@login_required
@bp.doc(
    summary="抽奖", security="session",
    responses={
        403: "仅限会员，或不能参加", 404: "没有该活动", 409: "未开始、已暂停、已结束或没有次数", 429: "超过上限",
    },
)  # fmt: skip
@bp.input(DrawRequest)
@bp.output(DrawResponse, status_code=201)
def draw(caller: Caller, activity_id: str, json_data: DrawRequest) -> Response:
    activity, key = activities.get_published(activity_id), ids.public_id("")

    def work() -> DrawResponse:
        made = draws.draw(
            activity=activity, customer=caller.customer, key=key, with_points=json_data.with_points,
            device=_find_device(caller), address=_find_address(),
        )  # fmt: skip
        win = wins.find_of_draw(made)
        if win is not None:
            win = claims.claim_at_once(win, caller.customer)
        left = chances.count(activity, members.get_or_create(caller.customer)).left
        prize = None if win is None else to_drawn_prize(win)
        return DrawResponse(number=made.number, place=made.place, prize=prize, chances_left=left)

    answer = idempotency.run_idempotent(caller.scope, json_data, work)
    return devices.remember_device(json_response(answer, 201))


@bp.get("/api/activities/<activity_id>/draws")
@login_required
@bp.doc(summary="我的抽奖记录和号码", security="session", responses={404: "没有该活动"})
@bp.output(DrawsResponse)
def list_draws(caller: Caller, activity_id: str) -> Response:
    activity, member = activities.get_published(activity_id), members.get_or_create(caller.customer)
    rows, _ = draw_records.list_page(DrawFilter(activity, member=member), Page(size=100))
    prizes = activities.list_prizes(activity)
    return json_response(DrawsResponse(list=[to_numbers(row, prizes) for row in rows]))


@bp.post("/api/activities/<activity_id>/shares")
@login_required
@bp.doc(summary="分享活动", security="session", responses={404: "没有该活动"})
@bp.output(ShareResponse, status_code=201)
def create_share(caller: Caller, activity_id: str) -> Response:
    activity = activities.get_published(activity_id)

    def work() -> ShareResponse:
        return ShareResponse(share_code=shares.get_or_create_share(activity, caller.customer).code)

    return json_response(idempotency.run_idempotent(caller.scope, None, work), 201)


@bp.post("/api/activities/<activity_id>/visits")
@login_required
@bp.doc(summary="从分享打开活动", security="session", responses={404: "没有该活动或分享"})
@bp.input(VisitRequest)
@bp.output(VisitResponse, status_code=201)
def record_visit(caller: Caller, activity_id: str, json_data: VisitRequest) -> Response:
    activity = activities.get_published(activity_id)

    def work() -> VisitResponse:
        visit = shares.record_visit(activity=activity, customer=caller.customer, code=json_data.share_code)
        return VisitResponse(counted=visit is not None)

    return json_response(idempotency.run_idempotent(caller.scope, json_data, work), 201)


@bp.get("/api/activities/<activity_id>/winners")
@login_optional
@bp.doc(summary="中奖名单", security=OPTIONAL_LOGIN, responses={404: "没有该活动"})
@bp.input(ActivityQuery, location="query")
@bp.output(WinnersResponse)
def list_winners(caller: Caller, activity_id: str, query_data: ActivityQuery) -> Response:
    found = win_list.list_winners(activities.get_published(activity_id))
    rows = [WinnerResponse(name=row.name, prize=row.prize, won_at=row.won_at.isoformat()) for row in found]
    return json_response(WinnersResponse(list=rows))


def _to_response(activity: Activity, caller: Caller) -> ActivityResponse:
    content = activity.content
    counted = share = None
    if caller.customer is not None:
        counted = chances.count(activity, members.get_or_create(caller.customer))
        share = shares.find_code(activity, caller.customer)
    names = ("name", "look", "cover_url", "rules_text", "share_title", "share_picture_url", "members_only")
    return ActivityResponse(
        id=activity.public_id, state=activity.state, label=to_state_label(activity),
        **{name: getattr(content, name) for name in names}, starts_at=activity.starts_at, ends_at=activity.ends_at,
        claims_until=activity.claims_until, total_draws=activity.total_draws, draws_left=activity.draws_left,
        prizes=[to_prize(prize, activity) for prize in activities.list_prizes(activity)],
        stores=shop_list.list_names(content.shops), ways=describe_ways(activity),
        chances=None if counted is None else to_chances(counted), share_code=share,
        actions=_list_actions(activity, counted), server_time=clock.now(),
    )  # fmt: skip


def _list_actions(activity: Activity, counted: chances.Chances | None) -> list[str]:
    try:
        activities.ensure_running(activity)
    except DomainError:
        return []
    if counted is None or not activity.draws_left:
        return []
    open_ways = (("draw", counted.left), ("draw_with_points", counted.left_by_points))
    return [name for name, left in open_ways if left]


def _find_device(caller: Caller) -> str:
    """Return what counts as one device: the cookie of a browser, and of a mini-program the customer's account there."""
    if _is_browser():
        found = devices.find_device()
        if found is not None:
            return f"browser:{found}"
    assert caller.session is not None, "login is required"
    return f"account:{caller.session.channel_id}:{caller.session.customer.id}"


def _find_address() -> str:
    return request_context.client_ip() if _is_browser() else ""


def _is_browser() -> bool:
    return "Authorization" not in request.headers

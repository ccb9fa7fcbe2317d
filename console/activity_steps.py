"""The steps of an activity: 提交审批, 发布, 增加数量, 暂停, 恢复, 结束."""

from typing import Annotated, Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import AwareDatetime, Field, StringConstraints

from console.activity_rows import to_row
from console.auth import StaffCaller, staff_required
from console.lists import Search, respond_once
from store.activities import activities, publication, submissions
from store.activities.activities import MAX_REASON_LENGTH, Activity
from web.schemas import OneLine, RequestModel

bp = APIBlueprint(
    "console_activity_steps",
    __name__,
    url_prefix="/console/api/activities/<activity_id>",
    enable_openapi=False,
)

PrizeId = Annotated[str, StringConstraints(max_length=40)]


class Submission(RequestModel):
    """Who is to approve: the login of a colleague."""

    approver: Search = Field(min_length=1)


class Stop(RequestModel):
    """Why an activity is stopped."""

    reason: Annotated[OneLine, StringConstraints(min_length=1, max_length=MAX_REASON_LENGTH)]


class Increase(RequestModel):
    """The new numbers, which are not below the present ones. What is left out stays."""

    total_draws: int | None = Field(default=None, ge=1, le=10_000_000)
    quantities: Annotated[dict[PrizeId, int], Field(max_length=20)] = {}
    ends_at: AwareDatetime | None = None


@bp.post("/submission")
@staff_required("activities.edit")
@bp.input(Submission)
def submit(activity_id: str, caller: StaffCaller, json_data: Submission) -> Response:
    row = _get_changeable(activity_id, caller)

    def work() -> dict[str, Any]:
        submissions.submit(row, approver=json_data.approver)
        return to_row(row)

    return respond_once(caller, json_data, work)


@bp.post("/publication")
@staff_required("activities.publish")
def publish(activity_id: str, caller: StaffCaller) -> Response:
    row = _get_changeable(activity_id, caller)
    return respond_once(caller, None, lambda: to_row(publication.publish(row)))


@bp.post("/increases")
@staff_required("activities.increase")
@bp.input(Increase)
def increase(activity_id: str, caller: StaffCaller, json_data: Increase) -> Response:
    row = _get_changeable(activity_id, caller)
    return respond_once(
        caller, json_data, lambda: to_row(publication.increase(row, **json_data.model_dump()))
    )


@bp.post("/stop")
@staff_required("activities.stop")
@bp.input(Stop)
def stop(activity_id: str, caller: StaffCaller, json_data: Stop) -> Response:
    row = _get_changeable(activity_id, caller)
    return respond_once(caller, json_data, lambda: to_row(publication.stop(row, reason=json_data.reason)))


@bp.delete("/stop")
@staff_required("activities.stop")
def resume(activity_id: str, caller: StaffCaller) -> Response:
    row = _get_changeable(activity_id, caller)
    return respond_once(caller, None, lambda: to_row(publication.resume(row)))


@bp.post("/end")
@staff_required("activities.publish")
def end(activity_id: str, caller: StaffCaller) -> Response:
    row = _get_changeable(activity_id, caller)
    return respond_once(caller, None, lambda: to_row(publication.end(row)))


def _get_changeable(activity_id: str, caller: StaffCaller) -> Activity:
    row = activities.get_by_public_id(activity_id)
    caller.ensure_all_shops()
    return row

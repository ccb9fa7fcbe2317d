"""The steps of a promotion: submission, withdrawal, pause, end. Its drafts and its list are in `promotions`."""

from typing import Annotated, Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, StringConstraints

from console.auth import StaffCaller, staff_required
from console.lists import Search, respond_once
from console.promotion_rows import ensure_changeable, get_seen, list_approvers, to_row
from store.core import errors
from store.promotions import promotions
from store.promotions.promotions import MAX_REASON_LENGTH
from store.promotions.tables import Promotion
from web.schemas import OneLine, RequestModel

bp = APIBlueprint(
    "console_promotion_steps",
    __name__,
    url_prefix="/console/api/promotions/<promotion_id>",
    enable_openapi=False,
)


class Submission(RequestModel):
    """Who is to approve: the login of a colleague."""

    approver: Search = Field(min_length=1)


class Pause(RequestModel):
    """Why a promotion is paused."""

    reason: Annotated[OneLine, StringConstraints(min_length=1, max_length=MAX_REASON_LENGTH)]


_MOVES = {"withdraw": promotions.withdraw, "resume": promotions.resume, "end": promotions.end}


@bp.post("/submission")
@staff_required("promotions.edit")
@bp.input(Submission)
def submit(promotion_id: str, caller: StaffCaller, json_data: Submission) -> Response:
    row = _get_changeable(promotion_id, caller)
    if json_data.approver not in [account.login for account in list_approvers(caller)]:
        raise errors.invalid("approver", "请选择有促销审批权限的同事")

    def work() -> dict[str, Any]:
        return to_row(promotions.submit(row, approver=json_data.approver), caller)

    return respond_once(caller, json_data, work)


@bp.post("/withdrawal", endpoint="withdraw", defaults={"move": "withdraw"})
@staff_required("promotions.edit")
def withdraw(promotion_id: str, move: str, caller: StaffCaller) -> Response:
    return _move(promotion_id, move, caller)


@bp.post("/pause")
@staff_required("promotions.stop")
@bp.input(Pause)
def pause(promotion_id: str, caller: StaffCaller, json_data: Pause) -> Response:
    row = _get_changeable(promotion_id, caller)
    return respond_once(
        caller, json_data, lambda: to_row(promotions.pause(row, reason=json_data.reason), caller)
    )


@bp.delete("/pause", endpoint="resume", defaults={"move": "resume"})
@bp.post("/end", endpoint="end", defaults={"move": "end"})
@staff_required("promotions.stop")
def change_state(promotion_id: str, move: str, caller: StaffCaller) -> Response:
    return _move(promotion_id, move, caller)


def _get_changeable(promotion_id: str, caller: StaffCaller) -> Promotion:
    row = get_seen(promotion_id, caller)
    ensure_changeable(caller, row.draft)
    return row


def _move(promotion_id: str, move: str, caller: StaffCaller) -> Response:
    row = _get_changeable(promotion_id, caller)
    return respond_once(caller, None, lambda: to_row(_MOVES[move](row), caller))

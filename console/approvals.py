"""Approvals (审批): what waits for me, what I submitted, what I decided; the decision, and the withdrawal."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from console import approval_kinds
from console.auth import OWN_CHECK, StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from store import approvals
from store.approvals import Approval, ApprovalFilter
from store.core.errors import not_found
from store.staff import accounts
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("console_approvals", __name__, url_prefix="/console/api/approvals", enable_openapi=False)

Names = Mapping[str | None, str]  # nicknames by login


class ApprovalQuery(ListQuery):
    """Which approvals are listed. `box` is what waits for me, what I submitted or what I decided."""

    box: Literal["to_decide", "submitted", "decided"] = "to_decide"
    search: Search = ""
    kind: Search | None = None
    state: Literal["submitted", "approved", "rejected", "withdrawn"] | None = None


class Decision(RequestModel):
    """`version` is the one that was read."""

    approved: bool
    version: str = Field(max_length=64)
    opinion: str = Field(default="", max_length=approvals.MAX_OPINION_LENGTH)


@bp.get("")
@staff_required("approvals.read")
@bp.input(ApprovalQuery, location="query")
def list_approvals(caller: StaffCaller, query_data: ApprovalQuery) -> Response:
    kinds = approval_kinds.list_readable(caller.rights)
    if query_data.box == "to_decide":
        kinds = [kind for kind in kinds if caller.can(approval_kinds.get_kind(kind).right)]
    if query_data.kind is not None:
        kinds = [kind for kind in kinds if kind == query_data.kind]
    criteria = ApprovalFilter(
        kinds=kinds, person=caller.account.login, box=query_data.box, search=query_data.search,
        state=query_data.state, seen=approval_kinds.select_seen(caller.shop_ids),
    )  # fmt: skip
    rows, total = approvals.list_page(criteria, query_data.to_page())
    names = _read_names(rows)
    return list_response([_to_row(row, names) for row in rows], total, query_data)


@bp.get("/<approval_id>")
@staff_required("approvals.read")
def get_approval(approval_id: str, caller: StaffCaller) -> Response:
    """Return what is to be approved: as it will act, and what changes."""
    return json_response(to_task(_get(caller, approval_id), caller))


@bp.post("/<approval_id>/decision")
@staff_required(OWN_CHECK)
@bp.input(Decision)
def decide(approval_id: str, caller: StaffCaller, json_data: Decision) -> Response:
    """Approve or reject. The right is that of the kind."""
    approval = _get(caller, approval_id)
    kind = approval_kinds.get_kind(approval.kind)
    caller.ensure(kind.right)

    def work() -> dict[str, Any]:
        kind.decide(approval, json_data.approved, json_data.version, json_data.opinion)
        return _to_own_row(approvals.get_by_public_id(approval_id))

    return respond_once(caller, json_data, work)


@bp.post("/<approval_id>/withdrawal")
@staff_required("approvals.read")
def withdraw(approval_id: str, caller: StaffCaller) -> Response:
    approval = _get(caller, approval_id)

    def work() -> dict[str, Any]:
        approval_kinds.get_kind(approval.kind).withdraw(approval)
        return _to_own_row(approvals.get_by_public_id(approval_id))

    return respond_once(caller, None, work)


def to_task(approval: Approval, caller: StaffCaller) -> dict[str, Any]:
    """Return an approval with its changes and its history, as the block `Approval` shows it."""
    kind, me, waits = (
        approval_kinds.get_kind(approval.kind),
        caller.account.login,
        approval.state == "submitted",
    )
    submissions = approval_kinds.list_submissions(approval)
    names = _read_names([approval, *submissions])
    return {
        **_to_row(approval, names),
        "preview": kind.preview(approval),
        "changes": [
            {"label": label, "before": before, "after": after} for label, before, after in kind.compare(approval)
        ],
        "history": [step for row in submissions for step in _list_steps(row, names)],
        "can_decide": waits and me != approval.author and approval.approver in (None, me) and caller.can(kind.right),
        "can_withdraw": waits and me == approval.author,
    }  # fmt: skip


def _get(caller: StaffCaller, approval_id: str) -> Approval:
    approval = approvals.get_by_public_id(approval_id)
    is_seen = approvals.is_seen(approval, approval_kinds.select_seen(caller.shop_ids))
    if not is_seen or not caller.can(approval_kinds.get_kind(approval.kind).read_right):
        raise not_found("该审批")
    return approval


def _read_names(rows: Iterable[Approval]) -> Names:
    """Return the nicknames of the people of approvals by login."""
    return accounts.read_names(login for row in rows for login in (row.author, row.approver, row.decider))


def _list_steps(row: Approval, names: Names) -> list[dict[str, Any]]:
    author = names.get(row.author, row.author)
    submitted = {"action": "submitted", "by": author, "at": row.submitted_at.isoformat(), "opinion": ""}
    if row.decided_at is None:
        return [submitted]
    decider = names.get(row.decider, row.decider)
    ended = {"action": row.state, "by": decider, "at": row.decided_at.isoformat(), "opinion": row.opinion}
    return [submitted, ended]


def _to_own_row(row: Approval) -> dict[str, Any]:
    return _to_row(row, _read_names([row]))


def _to_row(row: Approval, names: Names) -> dict[str, Any]:
    kind = approval_kinds.get_kind(row.kind)
    return {
        "id": row.public_id, "kind": row.kind, "kind_title": kind.title, "title": row.title, "state": row.state,
        "subject_path": f"{kind.path}/{row.subject}", "version": row.revision, "fingerprint": row.version,
        "submitted_by": names.get(row.author, row.author), "submitted_at": row.submitted_at.isoformat(),
        "approver": names.get(row.approver, row.approver), "decided_by": names.get(row.decider, row.decider),
        "opinion": row.opinion,
        "decided_at": row.decided_at.isoformat() if row.decided_at else None,
    }  # fmt: skip

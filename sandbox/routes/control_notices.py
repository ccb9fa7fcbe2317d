"""The control routes of payment notices."""

from typing import Any

from flask import Blueprint

from sandbox.errors import SandboxError
from sandbox.payment_notices import CONTENT_FAULTS
from sandbox.routes.request_context import control_payload, sandbox_state

notices = Blueprint("notices", __name__)
MAX_COPIES = 20


@notices.get("/sandbox/notices")
def list_notices() -> dict[str, Any]:
    return {"list": [notice.to_json() for notice in sandbox_state().payment_notices.list_all()]}


@notices.put("/sandbox/notices")
def set_retry_gaps() -> dict[str, Any]:
    """Set the seconds between repeats of a notice that was not accepted: `{"retry_gaps_s": [15, 15, 30]}`."""
    gaps = control_payload().get("retry_gaps_s")
    if not isinstance(gaps, list) or not all(type(gap) in (int, float) and gap >= 0 for gap in gaps):
        raise SandboxError("bad_seconds", "retry_gaps_s 应是秒数的列表")
    sandbox_state().payment_notices.retry_gaps_s = tuple(float(gap) for gap in gaps)
    return {"retry_gaps_s": gaps}


@notices.post("/sandbox/notices/<notice_id>/deliveries")
def repeat_notice(notice_id: str) -> dict[str, Any]:
    """Deliver a notice again: `{"copies"?, "parallel"?, "content"?: "wrong_amount" | "forged" | "old"}`."""
    payload = control_payload()
    copies, content = payload.get("copies", 1), payload.get("content", "")
    if type(copies) is not int or not 1 <= copies <= MAX_COPIES:
        raise SandboxError("bad_copies", f"copies 应在 1 到 {MAX_COPIES} 之间")
    if content and content not in CONTENT_FAULTS:
        raise SandboxError("bad_content", "content 应是 wrong_amount、forged 或 old")
    notice = sandbox_state().payment_notices.repeat(
        notice_id, copies=copies, in_parallel=payload.get("parallel") is True, content=content
    )
    return notice.to_json()

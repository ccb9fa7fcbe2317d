"""The control routes of SMS messages and e-mails."""

from typing import Any

from flask import Blueprint

from sandbox.routes.request_context import control_payload, sandbox_state
from sandbox.sms_reports import require_local_address

message_control = Blueprint("message_control", __name__)


@message_control.get("/sandbox/people/<person_id>/sms")
def list_sms(person_id: str) -> dict[str, Any]:
    return {"messages": sandbox_state().sms.list_inbox(sandbox_state().people.get(person_id).phone)}


@message_control.post("/sandbox/people/<person_id>/sms/replies")
def reply_to_sms(person_id: str) -> tuple[dict[str, Any], int]:
    """Send the answer of a person to the SMS provider: `{"text": "R"}`."""
    phone = sandbox_state().people.get(person_id).phone
    sandbox_state().sms.reply(phone, control_payload().get("text"))
    return {"ok": True}, 202


@message_control.get("/sandbox/people/<person_id>/mails")
def list_mails(person_id: str) -> dict[str, Any]:
    person = sandbox_state().people.get(person_id)
    return {"email": person.email, "mails": sandbox_state().mails.list_inbox(person.email)}


@message_control.get("/sandbox/mails/<address>")
def list_mails_of_address(address: str) -> dict[str, Any]:
    return {"email": address, "mails": sandbox_state().mails.list_inbox(address)}


@message_control.put("/sandbox/sms/report-url")
def set_report_url() -> dict[str, Any]:
    """Set the address of status reports: `{"url"}`, with "" for none."""
    url = sandbox_state().sms_reports.report_url = require_local_address(control_payload().get("url"))
    return {"url": url}


@message_control.put("/sandbox/sms/uplink-url")
def set_uplink_url() -> dict[str, Any]:
    """Set the address of people's answers: `{"url"}`, with "" for none."""
    url = sandbox_state().sms_reports.uplink_url = require_local_address(control_payload().get("url"))
    return {"url": url}


@message_control.put("/sandbox/sms/unreachable")
def set_unreachable_phones() -> dict[str, Any]:
    """Set the phones to which messages fail: `{"phones": […]}`."""
    return {"phones": sandbox_state().sms.set_unreachable(control_payload().get("phones"))}

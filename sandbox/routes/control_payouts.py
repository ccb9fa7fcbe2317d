"""The control routes of red packets and transfers: those of a person, their opening, and the books."""

from typing import Any

from flask import Blueprint, request

from sandbox.routes.request_context import control_payload, sandbox_state

payouts = Blueprint("payouts", __name__)


@payouts.get("/sandbox/people/<person_id>/payouts")
def list_payouts(person_id: str) -> dict[str, Any]:
    """Return the red packets and transfers of a person, and the calls that were rejected, the newest first."""
    person, found = sandbox_state().people.get(person_id), sandbox_state().payouts
    return {
        "list": [row.to_json() for row in found.list_all(person_id=person.id)],
        "rejections": [row.to_json() for row in found.list_rejections(person_id=person.id)],
    }


@payouts.post("/sandbox/people/<person_id>/payouts/<payout_id>")
def receive_payout(person_id: str, payout_id: str) -> dict[str, Any]:
    """Open a red packet or confirm a transfer."""
    person = sandbox_state().people.get(person_id)
    return sandbox_state().payouts.receive(person.id, payout_id).to_json()


@payouts.post("/sandbox/people/<person_id>/transfer-packages")
def preview_transfer(person_id: str) -> dict[str, Any]:
    """Return the transfer of a package that a page passes to `requestMerchantTransfer`: `{"package"}`."""
    person = sandbox_state().people.get(person_id)
    package = str(control_payload().get("package") or "")
    return sandbox_state().payouts.get_by_package(person.id, package).to_json()


@payouts.get("/sandbox/payouts")
def list_books() -> dict[str, Any]:
    """Return all red packets and transfers, the sums of what was sent and received, and the rejected calls."""
    merchant_id = request.args.get("merchant_id")
    rows = [row for row in sandbox_state().payouts.list_all() if merchant_id in (None, row.merchant_id)]
    return {
        "list": [row.to_json() for row in rows],
        "sent_fen": sum(row.request.amount_fen for row in rows),
        "received_fen": sum(row.request.amount_fen for row in rows if row.state == "received"),
        "rejections": [
            row.to_json()
            for row in sandbox_state().payouts.list_rejections()
            if merchant_id in (None, row.merchant_id)
        ],
    }

"""Accounts that give money (发放账户), sums of all red packets, and the emergency stop."""

from typing import Annotated, Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import StringConstraints

import red_packet_calls
from console.auth import StaffCaller, staff_required
from console.lists import respond_once
from store.core import clock
from store.payments import merchants
from store.red_packets import accounts, budget, red_packet_list, staff_actions
from store.red_packets import settings as red_packet_settings
from store.red_packets.accounts import AccountFields, RedPacketAccount
from store.red_packets.settings import RedPacketSettings, RedPacketStop
from store.tenants import settings
from web.responses import json_response
from web.schemas import OneLine, RequestModel

bp = APIBlueprint(
    "console_red_packet_accounts",
    __name__,
    url_prefix="/console/api/red-packet-accounts",
    enable_openapi=False,
)

Secret = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000, pattern=r"^[^\x00]*$")]


class StopInput(RequestModel):
    """Why nothing is sent any more."""

    reason: Annotated[OneLine, StringConstraints(min_length=1, max_length=200)]


class AccountInput(AccountFields):
    """How a merchant gives money. Secrets are written only; an empty one stays as it is."""

    api_v2_key: Secret = ""
    client_certificate: Secret = ""


@bp.get("")
@staff_required("red_packets.read")
def list_accounts(caller: StaffCaller) -> Response:
    """Return the merchants of WeChat Pay with their accounts, to an account of all shops."""
    caller.ensure_all_shops()
    known = {row.merchant_id: row for row in accounts.list_accounts()}
    rows = [
        row for row in merchants.list_merchants() if row.platform == "wechat_pay" and row.state == "active"
    ]
    listed = [
        {"key": row.key, "merchant_name": row.name, "merchant_id": row.merchant_id, **_to_account(known.get(row.id))}
        for row in rows
    ]  # fmt: skip
    return json_response({"list": listed})


@bp.put("/<key>")
@staff_required("red_packets.accounts")
@bp.input(AccountInput)
def save_account(key: str, caller: StaffCaller, json_data: AccountInput) -> Response:
    caller.ensure_all_shops()

    def work() -> dict[str, Any]:
        row = accounts.save(key, **json_data.model_dump(include=set(AccountFields.model_fields)))
        secrets = {"api_v2_key": json_data.api_v2_key, "client_certificate_pem": json_data.client_certificate}
        if any(secrets.values()):
            merchants.replace_v2_secrets(key=key, **secrets)
        return _to_account(row)

    return respond_once(caller, json_data.model_dump(exclude={"api_v2_key", "client_certificate"}), work)


@bp.post("/<key>/tests")
@staff_required("red_packets.accounts")
def test_account(key: str, caller: StaffCaller) -> Response:
    """Ask WeChat Pay with the keys of an account, and return what is wrong or None."""
    caller.ensure_all_shops()
    row = accounts.get_by_merchant(merchants.get_by_key(key))
    return json_response({"problem": red_packet_calls.find_problem(row)})


@bp.get("/summary")
@staff_required("red_packets.read")
def get_summary(caller: StaffCaller) -> Response:
    """Return the stop, the budget and the sums by state, to an account of all shops."""
    caller.ensure_all_shops()
    stop = settings.read(RedPacketStop)
    paused = [
        row.pause_reason
        for row in accounts.list_accounts()
        if row.paused_until and row.paused_until > clock.now()
    ]
    return json_response({
        "stopped": stop.stopped, "stop_reason": stop.reason, "paused": paused, "held": red_packet_list.count_held(),
        "budget_fen": settings.read(RedPacketSettings).budget_fen, "used_fen": budget.read_used_fen(),
        "states": [vars(row) for row in red_packet_list.sum_by_state()],
    })  # fmt: skip


@bp.post("/stop")
@staff_required("red_packets.stop")
@bp.input(StopInput)
def stop_all(caller: StaffCaller, json_data: StopInput) -> Response:
    caller.ensure_all_shops()
    return respond_once(
        caller, json_data, lambda: red_packet_settings.stop(reason=json_data.reason).model_dump(mode="json")
    )


@bp.post("/resumption")
@staff_required("red_packets.stop")
def resume_all(caller: StaffCaller) -> Response:
    caller.ensure_all_shops()
    return respond_once(caller, None, lambda: staff_actions.resume().model_dump(mode="json"))


def _to_account(row: RedPacketAccount | None) -> dict[str, Any]:
    if row is None:
        return {"way": None, "send_name": None, "active": False, "missing": None, "paused_until": None}
    return {
        **{name: getattr(row, name) for name in AccountFields.model_fields},
        "missing": accounts.find_missing_secret(row), "pause_reason": row.pause_reason,
        "paused_until": row.paused_until.isoformat() if row.paused_until else None,
    }  # fmt: skip

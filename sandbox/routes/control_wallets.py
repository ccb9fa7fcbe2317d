"""The control routes of wallets: balances, pay codes, password prompts, scans, and the ledger of all payments."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, request

from sandbox.code_images import draw_bar_code, draw_qr_code
from sandbox.errors import SandboxError
from sandbox.routes.request_context import control_payload, sandbox_state
from sandbox.wallets import PREFIXES

wallets = Blueprint("wallets", __name__)
PREPAY_PREFIX = "prepay_id="


@wallets.get("/sandbox/people/<person_id>/wallet")
def get_wallet(person_id: str) -> dict[str, Any]:
    state = sandbox_state()
    wallet = state.wallets.get(state.people.get(person_id).id)
    return {
        "balance_fen": wallet.balance_fen,
        "password_above_fen": wallet.password_above_fen,
        "prompts": state.payment_history.list_prompts(person_id),
    }


@wallets.put("/sandbox/people/<person_id>/wallet")
def configure_wallet(person_id: str) -> dict[str, Any]:
    state = sandbox_state()
    state.wallets.configure(
        state.people.get(person_id).id,
        balance_fen=optional_fen("balance_fen"),
        password_above_fen=optional_fen("password_above_fen"),
    )
    return get_wallet(person_id)


@wallets.post("/sandbox/people/<person_id>/pay-codes")
def show_pay_code(person_id: str) -> tuple[dict[str, Any], int]:
    """Return the pay code that the phone shows, with its images: the same one until it is used or a minute old."""
    person, platform = sandbox_state().people.get(person_id), control_payload().get("platform")
    if platform not in PREFIXES:
        raise SandboxError("bad_platform", "platform 应是 wechat_pay 或 alipay")
    code = sandbox_state().wallets.pay_code(person.id, platform)
    return {
        "code": code.code,
        "expires_at": code.expires_at,
        "changes_in_s": max(0.0, code.replaced_at - sandbox_state().clock.now()),
        "bar_code": draw_bar_code(code.code),
        "qr_code": draw_qr_code(code.code),
    }, 201


@wallets.post("/sandbox/people/<person_id>/prompts/<charge_id>")
def answer_prompt(person_id: str, charge_id: str) -> dict[str, Any]:
    """Pay a waiting charge by password, or cancel it: `{"action": "password" | "cancel"}`."""
    charges, action = sandbox_state().wallets, control_payload().get("action")
    if charges.get_charge(charge_id).person_id != sandbox_state().people.get(person_id).id:
        raise SandboxError("no_such_charge", "没有这笔付款", 404)
    if action not in ("password", "cancel"):
        raise SandboxError("bad_action", "action 应是 password 或 cancel")
    return (charges.enter_password if action == "password" else charges.cancel)(charge_id).to_json()


@wallets.post("/sandbox/people/<person_id>/scans")
def preview_payment(person_id: str) -> dict[str, Any]:
    """Return the payment of a scanned QR code or of a page before it is confirmed: `{"code"}`.

    `code` is a code_url, a qr_code, a trade number, or `prepay_id=…`.
    """
    code = str(control_payload().get("code") or "").strip().removeprefix(PREPAY_PREFIX)
    person = sandbox_state().people.get(person_id)
    return asdict(sandbox_state().payment_history.preview(person.id, token=code))


@wallets.get("/sandbox/people/<person_id>/payments")
def list_payments(person_id: str) -> dict[str, Any]:
    """Return the latest payments and refunds of the person, the newest first."""
    return {"list": sandbox_state().payment_history.list_entries(sandbox_state().people.get(person_id).id)}


@wallets.get("/sandbox/merchant-codes")
def list_merchant_codes() -> dict[str, Any]:
    """Return the unpaid QR codes of all merchants, the newest first."""
    return {"list": [asdict(request) for request in sandbox_state().payment_history.list_open_codes()]}


@wallets.get("/sandbox/ledger")
def list_ledger() -> dict[str, Any]:
    """Return all charges with their refunds, and the sums of what was paid and refunded."""
    platform, merchant_id = request.args.get("platform"), request.args.get("merchant_id")
    charges = [
        charge
        for charge in sandbox_state().wallets.list_charges()
        if platform in (None, charge.request.platform) and merchant_id in (None, charge.request.merchant_id)
    ]
    return {
        "list": [charge.to_json() for charge in charges],
        "paid_fen": sum(charge.request.amount_fen for charge in charges if charge.state == "paid"),
        "refunded_fen": sum(charge.refunded_fen for charge in charges),
    }


def optional_fen(name: str) -> int | None:
    """Return an amount of the control request, or None without it. Raises SandboxError."""
    value = control_payload().get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 10**11:
        raise SandboxError("bad_amount", f"{name} 应是不小于 0 的整数（分）")
    return value

"""The control routes of Alipay: apps with their credentials, the books, and what people do on their phones."""

from typing import Any

from flask import Blueprint, request

from sandbox.routes.request_context import control_payload, sandbox_state

alipay_control = Blueprint("alipay_control", __name__)


@alipay_control.get("/sandbox/alipay/apps")
def list_apps() -> dict[str, Any]:
    return {"list": [app.to_json() for app in sandbox_state().alipay.apps.list_all()]}


@alipay_control.post("/sandbox/alipay/apps")
def create_app() -> tuple[dict[str, Any], int]:
    """Create an app and return its settings and its credentials."""
    return get_app(sandbox_state().alipay.apps.create(control_payload()).app_id), 201


@alipay_control.get("/sandbox/alipay/apps/<app_id>")
def get_app(app_id: str) -> dict[str, Any]:
    app = sandbox_state().alipay.apps.get(app_id)
    return {**app.to_json(), "credentials": app.credentials()}


@alipay_control.put("/sandbox/alipay/apps/<app_id>")
def change_app(app_id: str) -> dict[str, Any]:
    """Change an app: `{"identity"?: "user_id" | "open_id", "balance_fen"?}`."""
    return sandbox_state().alipay.apps.change(app_id, control_payload()).to_json()


@alipay_control.get("/sandbox/alipay/trades")
def list_trades() -> dict[str, Any]:
    """Return the books: all trades with their refunds, and the sums of what was paid and refunded."""
    trades = sandbox_state().alipay.list_trades(request.args.get("app_id"))
    return {
        "list": [trade.to_json() for trade in trades],
        "paid_fen": sum(trade.amount_fen for trade in trades if trade.is_paid),
        "refunded_fen": sum(trade.refunded_fen for trade in trades),
    }


@alipay_control.post("/sandbox/alipay/trades/<trade_no>/finish")
def finish_trade(trade_no: str) -> dict[str, Any]:
    """End the time for refunds of a paid trade, which sends TRADE_FINISHED."""
    return sandbox_state().alipay.finish(trade_no).to_json()


@alipay_control.post("/sandbox/people/<person_id>/alipay-payments")
def confirm_payment(person_id: str) -> dict[str, Any]:
    """Pay a trade: `{"qr_code" | "trade_no"}`."""
    payload = control_payload()
    token = str(payload.get("qr_code") or payload.get("trade_no") or "")
    return sandbox_state().alipay.confirm(sandbox_state().people.get(person_id).id, token=token).to_json()


@alipay_control.post("/sandbox/people/<person_id>/alipay-codes")
def create_auth_code(person_id: str) -> tuple[dict[str, Any], int]:
    """Return the code that `my.getAuthCode` gives in the mini-program `{"app_id"}` of this person."""
    app = sandbox_state().alipay.apps.get(str(control_payload().get("app_id", "")))
    person = sandbox_state().people.get(person_id)
    return {
        "auth_code": sandbox_state().login_codes.issue("alipay", appid=app.app_id, person_id=person.id)
    }, 201

"""The platform routes of QR codes with a scene."""

import io
from typing import Any

import qrcode
from flask import Blueprint, Response, request

from sandbox.routes.request_context import platform_payload, require_official_account, sandbox_state

qr_codes = Blueprint("qr_codes", __name__)


@qr_codes.route("/cgi-bin/qrcode/create", methods=["GET", "POST"])
def create_qr_code() -> dict[str, Any]:
    account = require_official_account()
    code = sandbox_state().qr_codes.create(appid=account.appid, payload=platform_payload())
    response: dict[str, Any] = {"ticket": code.ticket, "url": code.url}
    if code.expires_at is not None:
        response["expire_seconds"] = round(code.expires_at - sandbox_state().clock.now())
    return response


@qr_codes.get("/cgi-bin/showqrcode")
def show_qr_code() -> Response:
    """Return the image of a code. Unlike other routes this one returns 404 without a body."""
    return _draw(request.args.get("ticket", ""))


@qr_codes.get("/show.htm")
def show_alipay_code() -> Response:
    """Return the image of a code of a life account."""
    return _draw(request.args.get("code", ""))


def _draw(ticket: str) -> Response:
    code = sandbox_state().qr_codes.find_by_ticket(ticket)
    if code is None or sandbox_state().qr_codes.is_expired(code):
        return Response("", status=404)
    image = io.BytesIO()
    qrcode.make(code.url, box_size=8).save(image)
    return Response(image.getvalue(), mimetype="image/png")

"""The door of QR codes with a scene."""

import io
from typing import Any

import qrcode
from flask import Blueprint, Response, request

from sandbox.doors.calls import body, official_account, world

qr_codes = Blueprint("qr_codes", __name__)


@qr_codes.route("/cgi-bin/qrcode/create", methods=["GET", "POST"])
def create() -> dict[str, Any]:
    account = official_account()
    code = world().qr_codes.create(appid=account.appid, wish=body())
    answer: dict[str, Any] = {"ticket": code.ticket, "url": code.url}
    if code.expires_at is not None:
        answer["expire_seconds"] = round(code.expires_at - world().clock.now())
    return answer


@qr_codes.get("/cgi-bin/showqrcode")
def show() -> Response:
    """The picture; unlike the other doors this one says no with a bare 404."""
    code = world().qr_codes.by_ticket(request.args.get("ticket", ""))
    if code is None or world().qr_codes.expired(code):
        return Response("", status=404)
    picture = io.BytesIO()
    qrcode.make(code.url, box_size=8).save(picture)
    return Response(picture.getvalue(), mimetype="image/png")

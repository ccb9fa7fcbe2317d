"""The door of mini-programs: login codes and phone number codes."""

import base64
import secrets
from typing import Any

from flask import Blueprint, request

from sandbox.doors.calls import body, mini_program, world
from sandbox.errors import WeChatError

mini_programs = Blueprint("mini_programs", __name__)


@mini_programs.get("/sns/jscode2session")
def code_to_session() -> dict[str, Any]:
    appid, secret = request.args.get("appid", ""), request.args.get("secret", "")
    account = world().accounts.authenticated(appid=appid, secret=secret)
    if request.args.get("grant_type") != "authorization_code":
        raise WeChatError(40002)
    code = world().codes.redeem("login", request.args.get("js_code"), appid=account.appid)
    person = world().people.find(code.person_id)
    session = {
        "session_key": base64.b64encode(secrets.token_bytes(16)).decode(),
        "openid": person.openid_at(account),
    }
    unionid = person.unionid_at(account)
    return {**session, "unionid": unionid} if unionid else session


@mini_programs.route("/wxa/business/getuserphonenumber", methods=["GET", "POST"])
def phone_number() -> dict[str, Any]:
    account, text = mini_program(), body().get("code")
    code = world().codes.redeem(
        "phone", text if isinstance(text, str) else None, appid=account.appid, used_errcode=40029
    )
    phone = world().people.find(code.person_id).phone
    return {
        "errcode": 0,
        "errmsg": "ok",
        "phone_info": {
            "phoneNumber": phone,
            "purePhoneNumber": phone,
            "countryCode": "86",
            "watermark": {"timestamp": world().clock.wall(), "appid": account.appid},
        },
    }

"""The platform routes of mini-programs: login codes and phone number codes."""

import base64
import secrets
from typing import Any

import phonenumbers
from flask import Blueprint, request

from sandbox.errors import WeChatError
from sandbox.people import PHONE_PATTERN
from sandbox.routes.request_context import platform_payload, require_mini_program, sandbox_state

mini_programs = Blueprint("mini_programs", __name__)


@mini_programs.get("/sns/jscode2session")
def exchange_login_code() -> dict[str, Any]:
    appid, secret = request.args.get("appid", ""), request.args.get("secret", "")
    account = sandbox_state().accounts.authenticate(appid=appid, secret=secret)
    if request.args.get("grant_type") != "authorization_code":
        raise WeChatError(40002)
    code = sandbox_state().login_codes.redeem("login", request.args.get("js_code"), appid=account.appid)
    person = sandbox_state().people.get(code.person_id)
    session = {
        "session_key": base64.b64encode(secrets.token_bytes(16)).decode(),
        "openid": person.openid_at(account),
    }
    unionid = person.unionid_at(account)
    return {**session, "unionid": unionid} if unionid else session


@mini_programs.route("/wxa/business/getuserphonenumber", methods=["GET", "POST"])
def get_phone_number() -> dict[str, Any]:
    account, text = require_mini_program(), platform_payload().get("code")
    code = sandbox_state().login_codes.redeem(
        "phone", text if isinstance(text, str) else None, appid=account.appid, used_errcode=40029
    )
    country, phone, number = _split_phone(sandbox_state().people.get(code.person_id).phone)
    return {
        "errcode": 0,
        "errmsg": "ok",
        "phone_info": {
            "phoneNumber": phone,
            "purePhoneNumber": number,
            "countryCode": country,
            "watermark": {"timestamp": sandbox_state().clock.wall_time(), "appid": account.appid},
        },
    }


def _split_phone(phone: str) -> tuple[str, str, str]:
    """Return country code, the phone as WeChat writes it, and the number without country code."""
    if PHONE_PATTERN.fullmatch(phone):
        return "86", phone, phone
    parsed = phonenumbers.parse(f"+{phone}")
    return str(parsed.country_code), f"+{phone}", str(parsed.national_number)

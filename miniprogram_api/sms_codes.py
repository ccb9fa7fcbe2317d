"""SMS codes: one is made and sent; the answer never says whether the phone is known."""

from typing import Annotated, Literal

import structlog
from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, StringConstraints

import accounts
import doors
from doors import answered
from miniprogram_api import repeats
from miniprogram_api.caller import Caller, visiting
from miniprogram_api.shapes import OPTIONAL, Account, Asked
from platforms import errors
from platforms.sms import SmsSender
from store.company import settings
from store.kernel import ids
from store.kernel.refusals import Refused
from store.people import codes, phones

log = structlog.get_logger("sms")
door = APIBlueprint("sms_codes", __name__, tag="登录")


class CodeWish(Asked):
    """`account` names the company where nobody is signed in."""

    phone: Annotated[str, StringConstraints(min_length=5, max_length=30)]
    purpose: Literal["register"]
    account: Account | None = None


class CodeSent(BaseModel):
    """`word` is for the person: the message is sent, or on its way as far as anybody knows."""

    word: str
    retry_after_s: int
    valid_s: int


@door.post("/api/sms-codes")
@visiting
@door.doc(summary="发送短信验证码", security=OPTIONAL, responses={429: "过于频繁", 503: "短信服务暂不可用"})
@door.input(CodeWish)
@door.output(CodeSent, status_code=201)
def send(caller: Caller, json_data: CodeWish) -> Response:
    phone, sender = phones.normal(json_data.phone), accounts.sms()
    rules = settings.read(codes.CodeRules)

    def ask() -> str:
        code = codes.ask(phone=phone, purpose=json_data.purpose, address=doors.address())
        return _sent(sender, phone, rules.template, code)

    sent = repeats.proved_once(
        caller.scope,
        json_data,
        prove=ask,
        work=lambda word: CodeSent(word=word, retry_after_s=rules.pause_s, valid_s=codes.LIFE_S),
    )
    return answered(sent, 201)


def _sent(sender: SmsSender, phone: str, template: str, code: str) -> str:
    """Hand the message to the carrier and say how that went."""
    try:
        sender.send(phone, template, {"code": code}, ids.public("sms_"))
    except errors.Refused as no:
        log.warning("sms_refused", code=no.code, reason=no.message)
        raise Refused("sms_refused", "短信发送失败，请检查手机号或稍后再试", 503) from None
    except errors.PlatformError as doubt:
        log.warning("sms_unknown", code=doubt.code, reason=doubt.message)
        return "短信发送中，请稍候查收"
    return "验证码已发送"

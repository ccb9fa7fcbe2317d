"""The client of mini-programs: login codes, phone numbers and subscribe messages."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import phonenumbers

from platforms.errors import OutcomeUnknownError
from platforms.http import PlatformSession
from platforms.wechat import shipping
from platforms.wechat.access_token import AccessTokens
from platforms.wechat.client import Client, exchange_code, require_text
from platforms.wechat.credentials import credentials_error
from platforms.wechat.errors import PLATFORM
from platforms.wechat.shipping import ShippingInfo
from platforms.wechat.templates import PlatformTemplate, parse_message_id, parse_templates, to_template_data

SESSION_URL = "https://api.weixin.qq.com/sns/jscode2session"
PHONE_URL = "https://api.weixin.qq.com/wxa/business/getuserphonenumber"
TEMPLATES_URL = "https://api.weixin.qq.com/wxaapi/newtmpl/gettemplate"
_WELL_FORMED = re.compile(r"\+[1-9]\d{6,14}")


@dataclass(frozen=True, slots=True)
class Login:
    openid: str
    unionid: str | None


class MiniProgram:
    """A mini-program. Every method may raise PlatformRejectedError, OutcomeUnknownError or CircuitOpenError."""

    def __init__(self, appid: str, secret: str, tokens: AccessTokens, http: PlatformSession) -> None:
        self.appid = appid
        self._secret = secret
        self._tokens = tokens
        self._http = http
        self._client = Client(tokens, http)

    def __repr__(self) -> str:
        return f"MiniProgram({self.appid})"

    def login(self, code: str) -> Login:
        """Exchange the code of wx.login, which is valid once within 5 minutes.

        The session_key of the response is not returned, because with it an attacker could sign in with any phone.
        """
        # code_to_session of wechatpy is not used, because it would first fetch an access token.
        params = {"appid": self.appid, "secret": self._secret, "js_code": code}
        response = exchange_code(self._http, SESSION_URL, params)
        return Login(openid=require_text(response, "openid"), unionid=response.get("unionid") or None)

    def get_phone_number(self, code: str) -> str:
        """Return the phone number, as +8613…, for the code of a getPhoneNumber button."""
        response = self._client.post(PHONE_URL, data={"code": code})
        phone = response.get("phone_info")
        if not isinstance(phone, dict):
            raise OutcomeUnknownError(PLATFORM, "unreadable", "微信应答里没有手机号")
        return _to_e164(
            require_text(phone, "purePhoneNumber"), country_code=str(phone.get("countryCode", "86"))
        )

    def send_subscribe_message(
        self,
        openid: str,
        *,
        template_id: str,
        data: Mapping[str, str],
        page: str = "",
        state: Literal["developer", "trial", "formal"] = "formal",
    ) -> str:
        """Send a subscribe message and return its id, or "" because WeChat does not always name one.

        It uses up one acceptance (订阅) of the person. `state` is the version of the mini-program that opens.
        """
        body: dict[str, Any] = {
            "touser": openid,
            "template_id": template_id,
            "data": to_template_data(data),
            "miniprogram_state": state,
            "lang": "zh_CN",
        }
        if page:
            body["page"] = page
        return parse_message_id(self._client.post("message/subscribe/send", data=body))

    def list_subscribe_templates(self) -> list[PlatformTemplate]:
        """Return the templates of the mini-program."""
        response = self._client.get(TEMPLATES_URL)
        return parse_templates(response, field="data", id_field="priTmplId")

    def upload_shipping(self, info: ShippingInfo) -> None:
        """Send the shipping information of a payment. One that WeChat has already counts as done."""
        shipping.upload(self._client, info)

    def list_couriers(self) -> dict[str, str]:
        """Return the codes of the couriers that WeChat knows, by name."""
        return shipping.list_companies(self._client)

    def check_credentials(self) -> str | None:
        """Return what is wrong with appid, secret or whitelist as a message for staff, or None."""
        return credentials_error(self._tokens)


def _to_e164(number: str, *, country_code: str) -> str:
    try:
        parsed = phonenumbers.parse(f"+{country_code}{number}")
    except phonenumbers.NumberParseException:
        parsed = None
    phone = (
        phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) if parsed is not None else ""
    )
    # Only the form counts: WeChat knows new ranges of numbers before the metadata of the library do.
    if not _WELL_FORMED.fullmatch(phone):
        raise OutcomeUnknownError(PLATFORM, "unreadable", "微信给出的手机号无法识别")
    return phone

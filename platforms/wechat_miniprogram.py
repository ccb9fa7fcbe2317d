"""The mini-program: who signed in, and the phone number the shopper agreed to give."""

from dataclasses import dataclass

import phonenumbers

from .errors import Unknown
from .http import Http
from .wechat_client import Client, exchange, needed
from .wechat_codes import PLATFORM
from .wechat_credentials import credentials_fault
from .wechat_token import Tokens

SESSION_URL = "https://api.weixin.qq.com/sns/jscode2session"
PHONE_URL = "https://api.weixin.qq.com/wxa/business/getuserphonenumber"


@dataclass(frozen=True, slots=True)
class Login:
    openid: str
    unionid: str | None


class MiniProgram:
    """Every method may raise Refused, Unknown or Paused."""

    def __init__(self, appid: str, secret: str, tokens: Tokens, http: Http) -> None:
        self.appid = appid
        self._secret = secret
        self._tokens = tokens
        self._http = http
        self._client = Client(tokens, http)

    def __repr__(self) -> str:
        return f"MiniProgram({self.appid})"

    def login(self, code: str) -> Login:
        """Who the code of wx.login stands for; a code works once, within 5 minutes.

        The session_key in the answer ends here: whoever has it can sign in under any phone number.
        """
        # Not wechatpy's code_to_session, which first fetches an access token that nobody asks for.
        wish = {"appid": self.appid, "secret": self._secret, "js_code": code}
        answer = exchange(self._http, SESSION_URL, wish)
        return Login(openid=needed(answer, "openid"), unionid=answer.get("unionid") or None)

    def phone(self, code: str) -> str:
        """The phone number, as +8613…, behind the code of a getPhoneNumber button (not of wx.login)."""
        answer = self._client.post(PHONE_URL, data={"code": code})
        phone = answer.get("phone_info")
        if not isinstance(phone, dict):
            raise Unknown(PLATFORM, "unreadable", "微信应答里没有手机号")
        return _e164(needed(phone, "purePhoneNumber"), country_code=str(phone.get("countryCode", "86")))

    def check_credentials(self) -> str | None:
        """What is wrong with appid, secret or whitelist, as a sentence for staff; None when all is well."""
        return credentials_fault(self._tokens)


def _e164(number: str, *, country_code: str) -> str:
    try:
        parsed = phonenumbers.parse(f"+{country_code}{number}")
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        raise Unknown(PLATFORM, "unreadable", "微信给出的手机号无法识别")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)

"""Signed requests to the gateway, whose responses count only with a valid signature."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import requests

from platforms.alipay.sdk import Sdk, split_object
from platforms.errors import OutcomeUnknownError, PlatformError, PlatformRejectedError
from platforms.http import PlatformSession, unknown_outcome

PLATFORM = "alipay"
GATEWAY = "https://openapi.alipay.com/gateway.do"
SUCCESS = "10000"
WAITING = "10003"
LIMITED = "40005"
# Beside them every rejection is 4xxxx, or 20001 for the token of a user.
REFUSED = re.compile(r"4[0-9]{4}|20001")
NOT_FOUND = "ACQ.TRADE_NOT_EXIST"
# The number was paid by an earlier call whose response was lost.
ALREADY_PAID = "ACQ.TRADE_HAS_SUCCESS"
# In the body, because they are long or personal. The others are in the URL, as in the SDKs of Alipay.
BODY_NAMES = {"biz_content", "code", "auth_token", "grant_type", "refresh_token"}


@dataclass(frozen=True)
class Response:
    """A response of a method. Methods that succeed have the code 10000, or none for the token of a user."""

    body: Mapping[str, Any]
    is_verified: bool

    @property
    def code(self) -> str:
        return self.text("code")

    @property
    def reason(self) -> str:
        return self.text("sub_code") or self.code

    @property
    def message(self) -> str:
        return (self.text("sub_msg") or self.text("msg"))[:200]

    @property
    def is_success(self) -> bool:
        return self.code == SUCCESS

    def text(self, name: str) -> str:
        """Return a text of the response, or "" without it."""
        value = self.body.get(name)
        return value[:512] if isinstance(value, str) else ""


def call(
    sdk: Sdk, http: PlatformSession, method: str, content: Mapping[str, Any], **options: str
) -> Response:
    """Send a request and return its verified response: a success, "wait" or a certain rejection.

    Raises OutcomeUnknownError for everything else.
    """
    response = send(sdk, http, method, content, **options)
    _ensure_verified(response)
    if response.code == LIMITED:
        raise OutcomeUnknownError(PLATFORM, response.reason, "支付宝限制了调用频率", perhaps_sent=False)
    if response.text("retry_flag") == "Y" or response.code in ("", SUCCESS, WAITING):
        return response
    if not REFUSED.fullmatch(response.code) or response.reason.endswith("SYSTEM_ERROR"):
        raise OutcomeUnknownError(PLATFORM, response.reason, response.message or "支付宝系统繁忙")
    return response


def to_error(response: Response) -> PlatformError:
    """Return the error for a response that is not a success."""
    if not REFUSED.fullmatch(response.code) or response.reason == ALREADY_PAID:
        return OutcomeUnknownError(PLATFORM, response.reason, response.message or "支付宝的结果未知")
    return PlatformRejectedError(PLATFORM, response.reason, response.message or "支付宝拒绝了请求")


def send(
    sdk: Sdk, http: PlatformSession, method: str, content: Mapping[str, Any], **options: str
) -> Response:
    """Send a signed request and return its response, also an unverified one.

    Raises OutcomeUnknownError without a readable response.
    """
    parameters = sdk.sign_parameters(method, content, options)
    query = {name: value for name, value in parameters.items() if name not in BODY_NAMES}
    form = {name: value for name, value in parameters.items() if name in BODY_NAMES}
    try:
        response = http.request(
            "POST",
            f"{GATEWAY}?{urlencode(query)}",
            data=urlencode(form).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"},
        )
    except requests.RequestException as error:
        failure: PlatformError = unknown_outcome(PLATFORM, error)
    else:
        return _read(sdk, response, method)
    # Raised outside the except block: otherwise the traceback would contain the request with its signature.
    raise failure


def upload(
    sdk: Sdk, http: PlatformSession, method: str, *, field: str, content: bytes, name: str, **options: str
) -> Response:
    """Send a request with a file, which is not signed, and return its verified response.

    Raises OutcomeUnknownError for everything else.
    """
    parameters = sdk.sign_parameters(method, {}, options)
    try:
        response = http.request("POST", f"{GATEWAY}?{urlencode(parameters)}", files={field: (name, content)})
    except requests.RequestException as error:
        failure: PlatformError = unknown_outcome(PLATFORM, error)
    else:
        return _ensure_verified(_read(sdk, response, method))
    raise failure


def _ensure_verified(response: Response) -> Response:
    if not response.is_verified:
        raise OutcomeUnknownError(PLATFORM, "unverified", "支付宝的应答没有通过验签")
    return response


def _read(sdk: Sdk, response: requests.Response, method: str) -> Response:
    if response.status_code // 100 != 2:
        raise OutcomeUnknownError(PLATFORM, f"http-{response.status_code}", "支付宝应答异常")
    try:
        text = response.content.decode()
        spans = split_object(text)
        name = method.replace(".", "_") + "_response"
        start, end = spans[name if name in spans else "error_response"]
        # Amounts that come as numbers stay exact.
        body = json.loads(text[start:end], parse_float=str)
        signature = json.loads(text[slice(*spans["sign"])]) if "sign" in spans else ""
    except (ValueError, KeyError, RecursionError):  # deeply nested brackets exceed the recursion limit
        body = None
    if not isinstance(body, dict):
        raise OutcomeUnknownError(PLATFORM, "unreadable", "支付宝的应答无法识别")
    return Response(body, sdk.is_signed(text[start:end].encode(), signature))

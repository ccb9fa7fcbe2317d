"""Signed requests to API v3, whose responses count only with a valid signature."""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from platforms.errors import OutcomeUnknownError, PlatformError, PlatformRejectedError
from platforms.http import PlatformSession, unknown_outcome
from platforms.wechat_pay import crypto
from platforms.wechat_pay.credentials import WeChatPayCredentials

PLATFORM = "wechat-pay"
HOST = "https://api.mch.weixin.qq.com"
SCHEME = "WECHATPAY2-SHA256-RSA2048"
# After these codes the platform may have executed the call. ORDERPAID: an earlier call with this number was.
SYSTEM_CODES = {"SYSTEMERROR", "BANKERROR"}
UNKNOWN_CODES = SYSTEM_CODES | {"ORDERPAID"}
LIMIT_CODES = {"FREQUENCYLIMITED", "FREQUENCYLIMITEXCEED", "RATELIMITEXCEEDED"}


@dataclass(frozen=True)
class Response:
    """A response. `code` and `message` are those of an error, without underscores as in `SYSTEMERROR`."""

    status: int
    body: dict[str, Any]
    is_verified: bool

    @property
    def code(self) -> str:
        return str(self.body.get("code") or "").upper().replace("_", "")

    @property
    def message(self) -> str:
        return str(self.body.get("message") or "")[:200]

    @property
    def is_success(self) -> bool:
        return self.status // 100 == 2 and not self.code


def call(
    credentials: WeChatPayCredentials,
    http: PlatformSession,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
) -> Response:
    """Send a request and return its verified response: a success, or an error code of a client error.

    Raises OutcomeUnknownError for everything else.
    """
    response = send(credentials, http, method, path, body)
    if not response.is_verified:
        raise OutcomeUnknownError(PLATFORM, "unverified", "微信支付的应答没有通过验签")
    if response.status >= 500 or response.code in SYSTEM_CODES:
        raise OutcomeUnknownError(PLATFORM, response.code or f"http-{response.status}", "微信支付系统繁忙")
    if response.status == 429 or response.code in LIMIT_CODES:
        raise OutcomeUnknownError(PLATFORM, response.code, "微信支付限制了调用频率", perhaps_sent=False)
    if not response.is_success and not (response.code and 200 <= response.status < 500):
        raise OutcomeUnknownError(PLATFORM, f"http-{response.status}", "微信支付的应答无法识别")
    return response


def to_error(response: Response) -> PlatformError:
    """Return the error for a response that is not a success."""
    if response.code in UNKNOWN_CODES:
        return OutcomeUnknownError(PLATFORM, response.code, response.message or "微信支付的结果未知")
    return PlatformRejectedError(PLATFORM, response.code, response.message or "微信支付拒绝了请求")


def send(
    credentials: WeChatPayCredentials,
    http: PlatformSession,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
) -> Response:
    """Send a signed request and return its response, also an unverified one.

    Raises OutcomeUnknownError without a readable response, PlatformRejectedError for an unreadable private key.
    """
    data = "" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    headers = {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "User-Agent": "xiaoer",
        "Authorization": _authorize(credentials, method, path, data),
    }
    if credentials.preferred_serial:
        headers["Wechatpay-Serial"] = credentials.preferred_serial
    failure: PlatformError
    try:
        response = http.request(method, HOST + path, data=data.encode() or None, headers=headers)
    except requests.RequestException as error:
        failure = unknown_outcome(PLATFORM, error)
    else:
        return _read(credentials, response)
    # Raised outside the except block: otherwise the traceback would contain the request with personal data.
    raise failure


def _authorize(credentials: WeChatPayCredentials, method: str, path: str, data: str) -> str:
    timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
    try:
        signature = crypto.sign(credentials.private_key_pem, method, path, timestamp, nonce, data)
    except crypto.InvalidKeyError:
        raise PlatformRejectedError(PLATFORM, "private_key", "商户私钥无法读取") from None
    return (
        f'{SCHEME} mchid="{credentials.merchant_id}",nonce_str="{nonce}",signature="{signature}",'
        f'timestamp="{timestamp}",serial_no="{credentials.certificate_serial}"'
    )


def _read(credentials: WeChatPayCredentials, response: requests.Response) -> Response:
    is_verified = is_signed(
        credentials, {name.lower(): value for name, value in response.headers.items()}, response.content
    )
    if not response.content:
        return Response(response.status_code, {}, is_verified)
    try:
        value = json.loads(response.content)
    except (ValueError, RecursionError):  # deeply nested brackets exceed the recursion limit
        value = None
    if not isinstance(value, dict):
        raise OutcomeUnknownError(PLATFORM, "unreadable", "微信支付的应答无法识别")
    return Response(response.status_code, value, is_verified)


def is_signed(credentials: WeChatPayCredentials, headers: Mapping[str, str], body: bytes) -> bool:
    """Return whether a body carries a valid signature of a known key. Names of `headers` are in lower case."""
    pem = credentials.find_public_key(headers.get("wechatpay-serial", ""))
    if pem is None or headers.get("wechatpay-signature-type", SCHEME) != SCHEME:
        return False
    timestamp, nonce = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-nonce", "")
    if not timestamp or not nonce:
        return False
    return crypto.is_signature_valid(pem, headers.get("wechatpay-signature", ""), timestamp, nonce, body)

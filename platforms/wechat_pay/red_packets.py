"""Cash red packets (现金红包) of API v2, by wechatpy: XML, signed with MD5, over TLS with the merchant's certificate.

The platform does not sign the answers, so that only TLS protects them. No text may contain the end of a CDATA section,
because wechatpy would write it as it is.
"""

import ssl
import tempfile
from pathlib import Path
from typing import Any

import requests
from wechatpy.exceptions import WeChatPayException
from wechatpy.pay import WeChatPay as WeChatPayV2

from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from platforms.http import PlatformSession, silence_debug_log, unknown_outcome
from platforms.payment_answers import PayoutAnswer, PayoutOutcome
from platforms.wechat_pay.credentials import WeChatPayCredentials
from platforms.wechat_pay.transport import PLATFORM
from platforms.xml import InvalidXmlError, parse_xml

OUTCOMES: dict[str, PayoutOutcome] = {
    "SENDING": "processing",
    "SENT": "waiting",
    "FAILED": "failed",
    "RECEIVED": "received",
    "RFUND_ING": "processing",
    "REFUND": "returned",
}
# After these the platform may have sent it, by this call or an earlier one; without a code nothing is known.
UNKNOWN_CODES = {"", "SYSTEMERROR", "PROCESSING", "FATALERROR"}
LIMIT_CODES = {"FREQLIMIT"}
NOT_FOUND = "NOTFOUND"
CLIENT_IP = "127.0.0.1"  # required, and not checked by the platform
_CDATA_END = "]]>"

silence_debug_log("wechatpy.pay")  # they write the key and the openid
silence_debug_log("wechatpy.pay.utils")


class RedPackets:
    """The red packets of a merchant. Errors are those of `WeChatPay`."""

    def __init__(self, credentials: WeChatPayCredentials, http: PlatformSession) -> None:
        self._credentials = credentials
        self._http = http

    def __repr__(self) -> str:
        return f"RedPackets({self._credentials.merchant_id})"

    def send(
        self, *, number: str, amount_fen: int, app_id: str, openid: str, send_name: str, title: str, wishing: str,
        scene_id: str = "",
    ) -> PayoutAnswer:  # fmt: skip
        """Send a red packet to one person. Idempotent by `number`."""
        if any(_CDATA_END in text for text in (send_name, title, wishing, scene_id, openid)):
            raise ValueError("the text would end a CDATA section")
        answer = self._call(
            app_id, "send", user_id=openid, total_amount=amount_fen, send_name=send_name, act_name=title,
            wishing=wishing, remark=title, client_ip=CLIENT_IP, out_trade_no=number, scene_id=scene_id or None,
        )  # fmt: skip
        self._ensure_same(answer, number, amount_fen)
        return PayoutAnswer(
            number, "waiting", platform_number=str(answer.get("send_listid") or "")[:64], amount_fen=amount_fen,
            merchant_id=self._credentials.merchant_id,
        )  # fmt: skip

    def query(self, *, number: str, app_id: str) -> PayoutAnswer:
        """Return the state of a red packet."""
        try:
            answer = self._call(app_id, "query", out_trade_no=number)
        except PlatformRejectedError as rejection:
            if rejection.code != NOT_FOUND:
                raise
            return PayoutAnswer(number, "not_found", merchant_id=self._credentials.merchant_id)
        outcome = OUTCOMES.get(str(answer.get("status")))
        if outcome is None:
            raise OutcomeUnknownError(PLATFORM, "unreadable", "微信支付的应答无法识别（status）")
        amount_fen = _parse_fen(answer.get("total_amount"))
        self._ensure_same(answer, number, amount_fen)
        return PayoutAnswer(
            number, outcome, platform_number=str(answer.get("detail_id") or "")[:64], amount_fen=amount_fen,
            merchant_id=self._credentials.merchant_id, message=str(answer.get("reason") or "")[:200],
        )  # fmt: skip

    def _call(self, app_id: str, method: str, **options: Any) -> dict[str, Any]:
        """Call wechatpy and return the fields of a success."""
        client = _Client(self._credentials, app_id, self._http)
        failure: Exception
        try:
            fields: dict[str, Any] = getattr(client.redpack, method)(**options)
            return fields
        except requests.RequestException as error:
            failure = unknown_outcome(PLATFORM, error)
        except WeChatPayException:  # an HTTP error: the answers themselves are read by `_Client`
            failure = OutcomeUnknownError(PLATFORM, "http", "微信支付应答异常")
        # Raised outside the except blocks: otherwise the traceback would contain the request with the openid.
        raise failure

    def _ensure_same(self, answer: dict[str, Any], number: str, amount_fen: int) -> None:
        """Raise OutcomeUnknownError if an answer is about another red packet."""
        given = (answer.get("mch_billno"), answer.get("mch_id"), answer.get("total_amount"))
        if given != (number, self._credentials.merchant_id, str(amount_fen)):
            raise OutcomeUnknownError(PLATFORM, "mismatch", "微信支付的应答与请求不符")


class _Client(WeChatPayV2):
    """wechatpy with our session and parser: its own takes an answer without XML for a success."""

    def __init__(self, credentials: WeChatPayCredentials, app_id: str, http: PlatformSession) -> None:
        super().__init__(app_id, credentials.api_v2_key, credentials.merchant_id)
        self._http = http

    def _handle_result(self, res: requests.Response) -> dict[str, Any]:
        try:
            fields = parse_xml(res.content)
        except InvalidXmlError:
            raise OutcomeUnknownError(PLATFORM, "unreadable", "微信支付的应答无法识别") from None
        if fields.get("return_code") == "SUCCESS" and fields.get("result_code") == "SUCCESS":
            return fields
        code = str(fields.get("err_code") or "").upper().replace("_", "")
        message = str(fields.get("err_code_des") or fields.get("return_msg") or "")[:200]
        if code in UNKNOWN_CODES:
            raise OutcomeUnknownError(PLATFORM, code or "no_code", message or "微信支付的结果未知")
        if code in LIMIT_CODES:
            raise OutcomeUnknownError(PLATFORM, code, message, perhaps_sent=False)
        raise PlatformRejectedError(PLATFORM, code, message or "微信支付拒绝了请求")


def build_ssl_context(credentials: WeChatPayCredentials) -> ssl.SSLContext:
    """Return a TLS context with the merchant's certificate. Raises PlatformRejectedError if they do not fit.

    The library of Python reads certificates from files only, so they exist for a moment, readable by us alone.
    """
    context = ssl.create_default_context()
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = Path(folder, "certificate.pem"), Path(folder, "key.pem")
        certificate.write_text(credentials.client_certificate_pem)
        key.touch(mode=0o600)
        key.write_text(credentials.private_key_pem)
        try:
            context.load_cert_chain(certificate, key)
        except (ssl.SSLError, ValueError):
            fitting = False
        else:
            fitting = True
    if not fitting:
        raise PlatformRejectedError(PLATFORM, "CAERROR", "商户 API 证书与私钥不匹配或无法读取")
    return context


def _parse_fen(value: Any) -> int:
    if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) > 12:
        raise OutcomeUnknownError(PLATFORM, "unreadable", "微信支付的应答无法识别（total_amount）")
    return int(value)

"""Verification of requests to WeChat Pay: signature, serial, time, nonce and headers."""

import re
import threading
from collections import OrderedDict

from flask import Request

from sandbox import wechat_pay_crypto as crypto
from sandbox.clock import Clock
from sandbox.wechat_pay_merchants import Merchant, Merchants
from sandbox.wechat_pay_orders import PayError

SCHEME = "WECHATPAY2-SHA256-RSA2048"
MAX_AGE_S = 300
MAX_NONCES = 100_000
FIELD = re.compile(r'(\w+)="([^"]*)"')
NAMES = {"mchid", "nonce_str", "signature", "timestamp", "serial_no"}


class WeChatPayAuthorization:
    def __init__(self, *, clock: Clock, merchants: Merchants) -> None:
        self._clock = clock
        self._merchants = merchants
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Delete the nonces."""
        self._nonces: OrderedDict[tuple[str, str], None] = OrderedDict()

    def verify(self, request: Request) -> Merchant:
        """Return the merchant that signed a request. Raises PayError."""
        _check_headers(request)
        fields = _parse(request.headers.get("Authorization", ""))
        merchant = self._merchants.find(fields["mchid"])
        if merchant is None:
            raise PayError(400, "MCH_NOT_EXISTS", "商户号不存在")
        if fields["serial_no"].upper() != merchant.certificate_serial:
            raise _sign_error("商户证书序列号有误，请使用签名私钥匹配的证书序列号")
        timestamp = fields["timestamp"]
        if not (timestamp.isascii() and timestamp.isdigit()) or (
            abs(self._clock.wall_time() - int(timestamp)) > MAX_AGE_S
        ):
            raise _sign_error("Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
        path = request.full_path if request.query_string else request.path
        text = "\n".join(
            (request.method, path, timestamp, fields["nonce_str"], request.get_data(as_text=True), "")
        )
        if not crypto.is_signed_by(merchant.private_key_pem, text, fields["signature"]):
            raise _sign_error("签名错误，请检查后再试")
        self._use_nonce(merchant, fields["nonce_str"])
        return merchant

    def _use_nonce(self, merchant: Merchant, nonce: str) -> None:
        """Count a nonce as used. Raises PayError for one that was used before."""
        if not 1 <= len(nonce) <= 32:
            raise _sign_error("nonce_str 应是 1 到 32 个字符")
        with self._lock:
            if (merchant.merchant_id, nonce) in self._nonces:
                raise _sign_error("nonce_str 重复")
            self._nonces[merchant.merchant_id, nonce] = None
            while len(self._nonces) > MAX_NONCES:
                self._nonces.popitem(last=False)


def _check_headers(request: Request) -> None:
    if "application/json" not in request.headers.get("Accept", ""):
        raise PayError(406, "PARAM_ERROR", "Http头Accept应为application/json")
    if not request.headers.get("User-Agent"):
        raise PayError(400, "PARAM_ERROR", "缺少Http头User-Agent")
    if request.method == "POST" and request.mimetype != "application/json":
        raise PayError(415, "PARAM_ERROR", "Http头Content-Type应为application/json")


def _parse(header: str) -> dict[str, str]:
    scheme, _, rest = header.partition(" ")
    fields = dict(FIELD.findall(rest))
    if scheme != SCHEME or set(fields) != NAMES:
        raise _sign_error("Http头Authorization值格式错误")
    return fields


def _sign_error(message: str) -> PayError:
    return PayError(401, "SIGN_ERROR", message)

"""The client of WeChat Pay: charges by pay code, orders of pages and QR codes, queries, closing and refunds."""

import re
import secrets
import time
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from platforms.errors import OutcomeUnknownError
from platforms.http import PlatformSession
from platforms.payment_answers import PaymentAnswer, PayoutAnswer, RefundAnswer, Reversal
from platforms.wechat_pay import answers, credential_check, crypto, notices, transport
from platforms.wechat_pay.credentials import WeChatPayCredentials
from platforms.wechat_pay.transport import PLATFORM, Response

BEIJING = timezone(timedelta(hours=8))
MAX_DESCRIPTION_BYTES = 127
MAX_REASON_BYTES = 80
NOT_FOUND_CODES = {"ORDERNOTEXIST", "ORDERNOTEXISTS", "RESOURCENOTEXISTS"}
_NUMBER = re.compile(r"[A-Za-z0-9_-]{1,64}")


class WeChatPay:
    """A merchant of WeChat Pay.

    All calls raise PlatformRejectedError if the platform did nothing, and OutcomeUnknownError if it may have done
    something. `app_id` is used by reversals, which otherwise query it first.
    """

    def __init__(
        self, credentials: WeChatPayCredentials, http: PlatformSession, *, notify_url: str, app_id: str = ""
    ) -> None:
        self._credentials = credentials
        self._http = http
        self._notify_url = notify_url
        self._app_id = app_id

    def __repr__(self) -> str:
        return f"WeChatPay({self._credentials.merchant_id})"

    def charge_code(
        self,
        *,
        number: str,
        amount_fen: int,
        description: str,
        auth_code: str,
        app_id: str,
        shop_code: str = "",
        device_id: str = "",
    ) -> PaymentAnswer:
        """Take the money of a pay code. The outcome is `pending` while the person enters the password.

        There is no notice of such a payment, so a pending one must be queried.
        """
        scene: dict[str, Any] = {"store_info": {"out_id": shop_code or self._credentials.merchant_id}}
        if device_id:
            scene["device_id"] = device_id[:32]
        body = self._order(number, amount_fen, description, app_id) | {
            "payer": {"auth_code": auth_code},
            "scene_info": scene,
        }
        response = self._call("POST", "/v3/pay/transactions/codepay", body)
        if response.code == "USERPAYING" or (response.status == 202 and "trade_state" not in response.body):
            return self._answer(number, "pending", response, app_id=app_id)
        if not response.is_success:
            raise transport.to_error(response)
        return self._parse_payment(response, number=number)

    def prepay_jsapi(
        self,
        *,
        number: str,
        amount_fen: int,
        description: str,
        app_id: str,
        openid: str,
        expires_at: datetime,
    ) -> dict[str, str]:
        """Create an order of a page or mini-program and return the signed arguments of `wx.requestPayment`."""
        body = self._prepay(number, amount_fen, description, app_id, expires_at)
        response = self._call("POST", "/v3/pay/transactions/jsapi", body | {"payer": {"openid": openid}})
        package = f"prepay_id={self._require(response, 'prepay_id')}"
        timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
        signature = crypto.sign(self._credentials.private_key_pem, app_id, timestamp, nonce, package)
        return {
            "appId": app_id,
            "timeStamp": timestamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": signature,
        }

    def prepay_native(
        self, *, number: str, amount_fen: int, description: str, app_id: str, expires_at: datetime
    ) -> str:
        """Create an order and return the content of its QR code."""
        body = self._prepay(number, amount_fen, description, app_id, expires_at)
        return self._require(self._call("POST", "/v3/pay/transactions/native", body), "code_url")

    def query(self, *, number: str) -> PaymentAnswer:
        """Return the state of a payment."""
        path = f"{_order_path(number)}?mchid={self._credentials.merchant_id}"
        response = self._call("GET", path)
        if response.code in NOT_FOUND_CODES:
            return self._answer(number, "not_found", response)
        if not response.is_success:
            raise transport.to_error(response)
        return self._parse_payment(response, number=number)

    def close(self, *, number: str) -> PaymentAnswer:
        """Close an unpaid order. The outcome `succeeded` without an amount means: it is paid, query it."""
        response = self._call(
            "POST", f"{_order_path(number)}/close", {"mchid": self._credentials.merchant_id}
        )
        if response.is_success or response.code == "ORDERCLOSED":
            return self._answer(number, "closed", response)
        if response.code == "ORDERPAID":
            return self._answer(number, "succeeded", response)
        if response.code == "USERPAYING":
            return self._answer(number, "pending", response)
        if response.code in NOT_FOUND_CODES:
            return self._answer(number, "not_found", response)
        raise transport.to_error(response)

    def reverse(self, *, number: str) -> Reversal:
        """Return whether the reversal of a payment by pay code is final.

        An unpaid payment is closed, a paid one refunded in full. An unknown number is final too, so reverse no
        sooner than 15 s after the charge, which the platform asks for: an earlier charge may still be on its way.
        """
        app_id = self._app_id
        if not app_id:
            known = self.query(number=number)
            if known.outcome == "not_found":
                return Reversal(is_final=True, reason=known.reason)
            app_id = known.app_id
        body = {"appid": app_id, "mchid": self._credentials.merchant_id}
        response = self._call("POST", f"{_order_path(number)}/reverse", body)
        if response.is_success:
            return Reversal(is_final=True)
        if response.code == "USERPAYING":
            return Reversal(is_final=False, must_repeat=True, reason=response.code)
        if response.code in NOT_FOUND_CODES | {"ORDERCLOSED", "ORDERREVERSED"}:
            return Reversal(is_final=True, reason=response.code)
        raise transport.to_error(response)

    def refund(
        self, *, number: str, payment_number: str, amount_fen: int, total_fen: int, reason: str
    ) -> RefundAnswer:
        """Refund a part of a payment. Idempotent by `number`.

        Raises PlatformRejectedError(NOTENOUGH) if the balance of the merchant is too small: repeat it later.
        """
        _check_number(payment_number)
        body: dict[str, Any] = {
            "out_trade_no": payment_number,
            "out_refund_no": _check_number(number),
            "notify_url": self._notify_url,
            "amount": {
                "refund": _check_fen(amount_fen),
                "total": _check_fen(total_fen),
                "currency": "CNY",
            },
        }
        if reason:
            body["reason"] = _cut(reason, MAX_REASON_BYTES)
        response = self._call("POST", "/v3/refund/domestic/refunds", body)
        if not response.is_success:
            raise transport.to_error(response)
        return self._parse_refund(response, number=number, payment_number=payment_number)

    def query_refund(self, *, number: str, payment_number: str) -> RefundAnswer:
        """Return the state of a refund."""
        response = self._call("GET", f"/v3/refund/domestic/refunds/{_check_number(number)}")
        if response.code in NOT_FOUND_CODES:
            return RefundAnswer(
                number,
                payment_number,
                "not_found",
                merchant_id=self._credentials.merchant_id,
                reason=response.code,
                message=response.message,
            )
        if not response.is_success:
            raise transport.to_error(response)
        return self._parse_refund(response, number=number, payment_number=payment_number)

    def parse_notice(
        self, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> PaymentAnswer | RefundAnswer | PayoutAnswer:
        """Return what a notice says. `now` is the real time. Raises NoticeRejectedError."""
        return notices.parse_notice(self._credentials, headers, body, now=now)

    def find_credential_problem(self, *, app_id: str) -> str | None:
        """Return a sentence about what is wrong with the credentials, or None if they are right."""
        return credential_check.find_problem(
            self._credentials, self._http, app_id=app_id, notify_url=self._notify_url
        )

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Response:
        return transport.call(self._credentials, self._http, method, path, body)

    def _order(self, number: str, amount_fen: int, description: str, app_id: str) -> dict[str, Any]:
        return {
            "appid": app_id,
            "mchid": self._credentials.merchant_id,
            "description": _cut(description, MAX_DESCRIPTION_BYTES),
            "out_trade_no": _check_number(number),
            "amount": {"total": _check_fen(amount_fen), "currency": "CNY"},
        }

    def _prepay(
        self, number: str, amount_fen: int, description: str, app_id: str, expires_at: datetime
    ) -> dict[str, Any]:
        return self._order(number, amount_fen, description, app_id) | {
            "notify_url": self._notify_url,
            "time_expire": expires_at.astimezone(BEIJING).isoformat(timespec="seconds"),
        }

    def _require(self, response: Response, name: str) -> str:
        if not response.is_success:
            raise transport.to_error(response)
        value = response.body.get(name)
        if not isinstance(value, str) or not value:
            raise OutcomeUnknownError(PLATFORM, "unreadable", f"微信支付的应答里没有 {name}")
        return value

    def _answer(self, number: str, outcome: Any, response: Response, *, app_id: str = "") -> PaymentAnswer:
        return PaymentAnswer(
            number,
            outcome,
            app_id=app_id,
            merchant_id=self._credentials.merchant_id,
            reason=response.code or str(response.body.get("trade_state") or ""),
            message=response.message,
        )

    def _parse_payment(self, response: Response, *, number: str) -> PaymentAnswer:
        try:
            answer = answers.parse_payment(response.body)
        except answers.UnreadableAnswerError as error:
            raise answers.unreadable(error) from None
        answers.ensure_same("out_trade_no", number, answer.number)
        answers.ensure_same("mchid", self._credentials.merchant_id, answer.merchant_id)
        return answer

    def _parse_refund(self, response: Response, *, number: str, payment_number: str) -> RefundAnswer:
        try:
            answer = answers.parse_refund(response.body, merchant_id=self._credentials.merchant_id)
        except answers.UnreadableAnswerError as error:
            raise answers.unreadable(error) from None
        answers.ensure_same("out_refund_no", number, answer.number)
        answers.ensure_same("out_trade_no", payment_number, answer.payment_number)
        return answer


def _order_path(number: str) -> str:
    return f"/v3/pay/transactions/out-trade-no/{_check_number(number)}"


def _check_number(number: str) -> str:
    """Return the number. Raises ValueError for one that would change the path of a request."""
    if not _NUMBER.fullmatch(number):
        raise ValueError("not a number of a payment or refund")
    return number


def _check_fen(amount_fen: int) -> int:
    if type(amount_fen) is not int or amount_fen <= 0:
        raise ValueError("amounts are positive whole fen")
    return amount_fen


def _cut(text: str, max_bytes: int) -> str:
    return text.encode()[:max_bytes].decode(errors="ignore")

"""The client of Alipay: charges by pay code, trades of mini-programs and QR codes, queries, closing and refunds."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from platforms.alipay import answers, credential_check, notices, sign_in, transport
from platforms.alipay.amounts import to_beijing_text, to_yuan
from platforms.alipay.credentials import AlipayCredentials
from platforms.alipay.person import AlipayPerson
from platforms.alipay.sdk import InvalidKeyError, Sdk, load_sdk
from platforms.alipay.transport import NOT_FOUND, PLATFORM, WAITING, Response
from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from platforms.http import PlatformSession
from platforms.payment_answers import PaymentAnswer, PaymentOutcome, RefundAnswer, Reversal

MAX_SUBJECT = 256
MAX_REASON = 256
NOT_CLOSABLE = {"ACQ.TRADE_STATUS_ERROR", "ACQ.REASON_TRADE_STATUS_INVALID", "ACQ.TRADE_HAS_SUCCESS"}
_NUMBER = re.compile(r"[A-Za-z0-9_]{1,64}")
_AUTH_CODE = re.compile(r"(?:2[5-9]|30)[0-9]{14,22}|fp[0-9A-Za-z]{35}")
_USER_ID = re.compile(r"2088[0-9]{12}")
# Alipay rejects these characters in subjects.
_SUBJECT_CHARACTERS = str.maketrans({"/": "／", "=": "＝", "&": "＆", "\n": " ", "\r": " "})


class Alipay:
    """An app of Alipay that takes payments for a seller.

    All calls raise PlatformRejectedError if the platform did nothing, and OutcomeUnknownError if it may have done
    something.
    """

    def __init__(self, credentials: AlipayCredentials, http: PlatformSession, *, notify_url: str) -> None:
        self._credentials = credentials
        self._http = http
        self._notify_url = notify_url

    def __repr__(self) -> str:
        return f"Alipay({self._credentials.app_id})"

    def charge_code(
        self,
        *,
        number: str,
        amount_fen: int,
        description: str,
        auth_code: str,
        shop_code: str = "",
        device_id: str = "",
    ) -> PaymentAnswer:
        """Charge a pay code. The outcome is `pending` while the person enters the password."""
        if not _AUTH_CODE.fullmatch(auth_code):
            raise PlatformRejectedError(PLATFORM, "auth_code", "这不是支付宝付款码")
        content = self._trade(number, amount_fen, description) | {"scene": "bar_code", "auth_code": auth_code}
        content |= {
            name: text[:32] for name, text in (("store_id", shop_code), ("terminal_id", device_id)) if text
        }
        response = self._call("alipay.trade.pay", content, notify_url=self._notify_url)
        if response.code == WAITING:
            return self._parse_payment(response, number=number, state="WAIT_BUYER_PAY")
        if not response.is_success:
            raise transport.to_error(response)
        return self._parse_payment(response, number=number, state="TRADE_SUCCESS")

    def prepay_create(
        self, *, number: str, amount_fen: int, description: str, buyer_id: str, expires_at: datetime
    ) -> dict[str, str]:
        """Create a trade for a person of the mini-program and return the arguments of `my.tradePay`."""
        content = self._trade(number, amount_fen, description) | {
            "product_code": "JSAPI_PAY",
            "op_app_id": self._credentials.app_id,
            "buyer_id" if _USER_ID.fullmatch(buyer_id) else "buyer_open_id": buyer_id,
            "time_expire": to_beijing_text(expires_at),
        }
        response = self._call("alipay.trade.create", content, notify_url=self._notify_url)
        return {"tradeNO": _require(response, "trade_no", number=number)}

    def prepay_native(self, *, number: str, amount_fen: int, description: str, expires_at: datetime) -> str:
        """Create a trade and return the content of its QR code."""
        content = self._trade(number, amount_fen, description) | {"time_expire": to_beijing_text(expires_at)}
        response = self._call("alipay.trade.precreate", content, notify_url=self._notify_url)
        return _require(response, "qr_code", number=number)

    def query(self, *, number: str) -> PaymentAnswer:
        """Return the state of a payment. The trade of a QR code is `not_found` until the code is scanned."""
        response = self._call("alipay.trade.query", {"out_trade_no": _check_number(number)})
        if response.reason == NOT_FOUND:
            return self._answer(number, "not_found", response)
        if not response.is_success:
            raise transport.to_error(response)
        return self._parse_payment(response, number=number, state=response.text("trade_status"))

    def close(self, *, number: str) -> PaymentAnswer:
        """Close an unpaid trade. One that cannot be closed is queried: the outcome is `succeeded` if it is paid.

        A QR code that was not scanned is `not_found` and ends by its expiry, or at once by `reverse`.
        """
        response = self._call("alipay.trade.close", {"out_trade_no": _check_number(number)})
        if response.is_success:
            return self._answer(number, "closed", response)
        if response.reason == NOT_FOUND:
            return self._answer(number, "not_found", response)
        if response.reason in NOT_CLOSABLE:
            return self.query(number=number)
        raise transport.to_error(response)

    def reverse(self, *, number: str) -> Reversal:
        """Cancel a payment (撤销): an unpaid one is closed, a paid one refunded in full."""
        response = self._call("alipay.trade.cancel", {"out_trade_no": _check_number(number)})
        if response.text("retry_flag") == "Y":
            return Reversal(is_final=False, must_repeat=True, reason=response.reason)
        if response.is_success:
            return Reversal(is_final=True, reason=response.text("action"))
        if response.reason == NOT_FOUND:
            return Reversal(is_final=True, reason=response.reason)
        raise transport.to_error(response)

    def refund(
        self, *, number: str, payment_number: str, amount_fen: int, total_fen: int, reason: str
    ) -> RefundAnswer:
        """Refund a part of a payment. Idempotent by `number`.

        Raises PlatformRejectedError(ACQ.SELLER_BALANCE_NOT_ENOUGH) if the balance is too small: repeat it later.
        """
        if amount_fen > total_fen:
            raise ValueError("a refund is at most the payment")
        content = {
            "out_trade_no": _check_number(payment_number),
            "out_request_no": _check_number(number),
            "refund_amount": to_yuan(amount_fen),
        }
        if reason:
            content["refund_reason"] = reason[:MAX_REASON]
        response = self._call("alipay.trade.refund", content)
        if not response.is_success:
            raise transport.to_error(response)
        _ensure_same("out_trade_no", payment_number, response.text("out_trade_no"))
        if response.text("fund_change") != "Y":  # a repeated call, or one that is not executed yet
            return self._query_sent_refund(number=number, payment_number=payment_number)
        # Without `refund_fee`, which is the sum of all refunds of the payment.
        return self._refund_answer(number, payment_number, "succeeded", response, amount_fen=amount_fen)

    def query_refund(self, *, number: str, payment_number: str) -> RefundAnswer:
        """Return the state of a refund."""
        content = {"out_trade_no": _check_number(payment_number), "out_request_no": _check_number(number)}
        response = self._call("alipay.trade.fastpay.refund.query", content)
        if response.reason == NOT_FOUND:
            return self._refund_answer(number, payment_number, "not_found", response)
        if not response.is_success:
            raise transport.to_error(response)
        try:
            answer = answers.parse_refund(self._credentials, response.body)
        except answers.UnreadableAnswerError as error:
            raise _unreadable(error) from None
        if answer is None:
            return self._refund_answer(number, payment_number, "not_found", response)
        _ensure_same("out_request_no", number, answer.number)
        _ensure_same("out_trade_no", payment_number, answer.payment_number)
        return answer

    def parse_notice(self, form: Mapping[str, str], *, now: datetime) -> PaymentAnswer | RefundAnswer:
        """Return what a notice says. `now` is the real time. Raises NoticeRejectedError."""
        return notices.parse_notice(self._credentials, self._sdk, form, now=now)

    def exchange_code(self, code: str) -> AlipayPerson:
        """Return the person of a code. Raises PlatformRejectedError for a used or unknown code."""
        return sign_in.exchange_code(self._sdk, self._http, code)

    def authorization_url(self, redirect_uri: str, *, state: str, scope: str = sign_in.SILENT_SCOPE) -> str:
        """Return the address of the page that sends the person back with `auth_code` and `state`."""
        url = sign_in.build_authorization_url(
            self._credentials.app_id, redirect_uri, state=state, scope=scope
        )
        return self._http.rewrite_url(url)

    def find_credential_problem(self) -> str | None:
        """Return a sentence about what is wrong with the credentials, or None if they are right."""
        return credential_check.find_problem(self._credentials, self._http)

    def find_application_problem(self) -> str | None:
        """Return what is wrong with the keys of an application that takes no payments here, or None."""
        return credential_check.find_problem(self._credentials, self._http, takes_payments=False)

    @property
    def _sdk(self) -> Sdk:
        try:
            return load_sdk(self._credentials)
        except InvalidKeyError as error:
            raise PlatformRejectedError(PLATFORM, str(error), "支付宝密钥无法读取") from None

    def _call(self, method: str, content: Mapping[str, Any], **options: str) -> Response:
        return transport.call(self._sdk, self._http, method, content, **options)

    def _trade(self, number: str, amount_fen: int, description: str) -> dict[str, Any]:
        return {
            "out_trade_no": _check_number(number),
            "total_amount": to_yuan(amount_fen),
            "subject": description.translate(_SUBJECT_CHARACTERS)[:MAX_SUBJECT],
            "seller_id": self._credentials.seller_id,
        }

    def _query_sent_refund(self, *, number: str, payment_number: str) -> RefundAnswer:
        """Return the state of a refund that Alipay accepted: what it does not find yet is being processed."""
        answer = self.query_refund(number=number, payment_number=payment_number)
        if answer.outcome != "not_found":
            return answer
        return RefundAnswer(number, payment_number, "processing", merchant_id=self._credentials.seller_id)

    def _answer(self, number: str, outcome: PaymentOutcome, response: Response) -> PaymentAnswer:
        return PaymentAnswer(
            number,
            outcome,
            platform_number=response.text("trade_no"),
            app_id=self._credentials.app_id,
            merchant_id=self._credentials.seller_id,
            reason=response.reason,
            message=response.message,
        )

    def _refund_answer(
        self,
        number: str,
        payment_number: str,
        outcome: Any,
        response: Response,
        *,
        amount_fen: int | None = None,
    ) -> RefundAnswer:
        return RefundAnswer(
            number,
            payment_number,
            outcome,
            platform_number=response.text("trade_no"),
            amount_fen=amount_fen,
            merchant_id=self._credentials.seller_id,
            reason=response.reason,
            message=response.message,
        )

    def _parse_payment(self, response: Response, *, number: str, state: str) -> PaymentAnswer:
        # A response that waits for the password may leave the number out.
        body = {"out_trade_no": number, **response.body} if response.code == WAITING else response.body
        try:
            answer = answers.parse_payment(self._credentials, body, state=state)
        except answers.UnreadableAnswerError as error:
            raise _unreadable(error) from None
        _ensure_same("out_trade_no", number, answer.number)
        return answer


def _require(response: Response, name: str, *, number: str) -> str:
    if not response.is_success:
        raise transport.to_error(response)
    _ensure_same("out_trade_no", number, response.text("out_trade_no"))
    value = response.text(name)
    if not value:
        raise OutcomeUnknownError(PLATFORM, "unreadable", f"支付宝的应答里没有 {name}")
    return value


def _ensure_same(name: str, expected: str, actual: str) -> None:
    """Raise OutcomeUnknownError if a response is about another trade than the request."""
    if expected != actual:
        raise OutcomeUnknownError(PLATFORM, "mismatch", f"支付宝的应答与请求不符（{name}）")


def _unreadable(error: answers.UnreadableAnswerError) -> OutcomeUnknownError:
    return OutcomeUnknownError(PLATFORM, "unreadable", f"支付宝的应答无法识别（{error}）")


def _check_number(number: str) -> str:
    """Return the number. Raises ValueError for one that Alipay does not take."""
    if not _NUMBER.fullmatch(number):
        raise ValueError("not a number of a payment or refund")
    return number

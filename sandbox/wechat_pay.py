"""WeChat Pay: what the platform does with orders, pay codes and refunds. Amounts are fen."""

import itertools
import secrets
import threading
import time
from datetime import datetime
from typing import Any

from sandbox import openids
from sandbox.clock import Clock
from sandbox.errors import SandboxError
from sandbox.wallets import Charge, ChargeRequest, WalletError, Wallets
from sandbox.wechat_pay_merchants import Merchant, Merchants
from sandbox.wechat_pay_notices import WeChatPayNotices
from sandbox.wechat_pay_orders import PayError, PayOrder
from sandbox.wechat_pay_requests import CodepayRequest, JsapiRequest, NativeRequest, OrderRequest

CODE_ERRORS = {
    "unknown_code": PayError(400, "AUTH_CODE_INVALID", "付款码无效，请用户刷新后重试"),
    "used_code": PayError(400, "AUTH_CODE_INVALID", "付款码已被使用，请用户刷新后重试"),
    "expired_code": PayError(400, "AUTH_CODE_EXPIRED", "付款码已过期，请用户刷新后重试"),
}
NO_BALANCE = PayError(403, "NOT_ENOUGH", "用户余额不足")
PAID = PayError(400, "ORDERPAID", "订单已支付")
CLOSED = PayError(400, "ORDER_CLOSED", "订单已关闭")
NOT_FOUND = PayError(404, "ORDER_NOT_EXIST", "订单不存在")
NUMBER_USED = PayError(403, "OUT_TRADE_NO_USED", "商户订单号重复")
# Ids start at the current time. Otherwise they would repeat after a restart.
TRANSACTION_NUMBERS = itertools.count(time.time_ns() // 1000)


class WeChatPay:
    def __init__(
        self, *, clock: Clock, merchants: Merchants, wallets: Wallets, notices: WeChatPayNotices
    ) -> None:
        self._clock = clock
        self.merchants = merchants
        self._wallets = wallets
        self._notices = notices
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Delete all orders. The merchants keep their keys."""
        self._orders: dict[tuple[str, str], PayOrder] = {}
        self.merchants.reset()

    def prepay(self, merchant: Merchant, request: NativeRequest) -> PayOrder:
        """Create an order, or return the unpaid one with the same number and content. Raises PayError."""
        self._check(merchant, request)
        expires_at = datetime.fromisoformat(request.time_expire).timestamp() if request.time_expire else None
        if expires_at is not None and expires_at <= self._clock.now():
            raise PayError(400, "PARAM_ERROR", "time_expire 应晚于当前时间")
        is_jsapi = isinstance(request, JsapiRequest)
        order = self._new_order(
            merchant,
            request,
            kind="jsapi" if is_jsapi else "native",
            openid=request.payer.openid if isinstance(request, JsapiRequest) else "",
            notify_url=request.notify_url,
            expires_at=expires_at,
            token=f"wx{secrets.token_hex(17)}"
            if is_jsapi
            else f"weixin://wxpay/bizpayurl?pr={secrets.token_hex(6)}",
        )
        with self.lock:
            return self._add_or_find(order)

    def charge_code(self, merchant: Merchant, request: CodepayRequest, *, needs_password: bool) -> PayOrder:
        """Take the money of a pay code. The order waits for the password above the limit of the wallet.

        Raises PayError.
        """
        self._check(merchant, request)
        order = self._new_order(merchant, request, kind="codepay")
        charge_request = ChargeRequest(
            "wechat_pay", merchant.merchant_id, order.number, order.amount_fen, order.description
        )
        with self.lock:
            if self._add_or_find(order) is not order:
                raise NUMBER_USED
            try:
                order.charge = self._wallets.charge_code(
                    request.payer.auth_code,
                    charge_request,
                    on_change=lambda charge: self._book(order, charge),
                    needs_password=needs_password,
                )
            except WalletError as error:
                del self._orders[order.merchant_id, order.number]
                raise CODE_ERRORS[error.reason] from error
            self._book(order, order.charge)
            if order.charge.state == "failed":
                raise NO_BALANCE
            return order

    def find(self, merchant: Merchant, number: str) -> PayOrder:
        """Return an order by the number of the merchant. Raises PayError(ORDER_NOT_EXIST)."""
        order = self._orders.get((merchant.merchant_id, number))
        if order is None:
            raise NOT_FOUND
        return order

    def find_order(self, merchant_id: str, number: str) -> PayOrder | None:
        """Return an order by the numbers that a mini-program names, or None."""
        return self._orders.get((merchant_id, number))

    def close(self, merchant: Merchant, number: str) -> None:
        """Close an unpaid order. Idempotent. Raises PayError."""
        with self.lock:
            order = self.find(merchant, number)
            if order.is_paid:
                raise PAID
            if order.state == "USERPAYING":
                raise PayError(400, "USERPAYING", "用户支付中，请稍后再关闭订单")
            if not order.end:
                order.end = "CLOSED"

    def reverse(self, merchant: Merchant, number: str) -> None:
        """End a payment by pay code: close an unpaid one, give the money of a paid one back. Idempotent.

        Raises PayError.
        """
        with self.lock:
            order = self.find(merchant, number)
            if order.kind != "codepay":
                raise PayError(400, "INVALID_REQUEST", "只有付款码支付的订单可以撤销")
            if order.end == "REVOKED":
                return
            charge = self._wallets.close(order.charge.id) if order.charge else None
            if charge is not None and charge.state == "paid":
                left = order.refundable_fen
                if left:
                    self._wallets.refund(charge.id, number=f"reversal-{number}", amount_fen=left)
                    self.merchants.add_balance(order.merchant_id, -left)
            order.end = "REVOKED"

    def confirm(self, person_id: str, *, token: str, ignore_expiry: bool = False) -> PayOrder:
        """Pay an order of a page or QR code on a phone. `token` is its prepay_id or code_url.

        Raises SandboxError.
        """
        with self.lock:
            order = self.get_payable(person_id, token=token, ignore_expiry=ignore_expiry)
            request = ChargeRequest(
                "wechat_pay", order.merchant_id, order.number, order.amount_fen, order.description
            )
            charge = self._wallets.charge(person_id, request)
            if charge.state != "paid":
                raise SandboxError("no_balance", "余额不足", 409)
            order.charge = charge
            self._book(order, charge)
        self._notices.send_payment(self.merchants.get(order.merchant_id), order)
        return order

    def get_payable(self, person_id: str, *, token: str, ignore_expiry: bool = False) -> PayOrder:
        """Return the order of a page or QR code if this person can pay it. Raises SandboxError."""
        with self.lock:
            order = next((each for each in self._orders.values() if token and each.token == token), None)
            if order is None:
                raise SandboxError("no_such_order", "没有这个订单", 404)
            if order.openid and order.openid != openids.derive_openid(
                person_id=person_id, appid=order.app_id
            ):
                raise SandboxError("wrong_person", "这个订单要由下单的人支付", 409)
            if order.state != "NOTPAY" or (self._is_expired(order) and not ignore_expiry):
                raise SandboxError("not_payable", "订单已支付、已关闭或已过期", 409)
            return order

    def has_token(self, token: str) -> bool:
        """Return whether an order has this prepay_id or code_url, also a paid or closed one."""
        return bool(token) and any(order.token == token for order in self.list_orders())

    def list_payable(self) -> list[PayOrder]:
        """List the orders of pages and QR codes that can be paid, the oldest first."""
        orders = self.list_orders()
        return [
            order
            for order in orders
            if order.token and order.state == "NOTPAY" and not self._is_expired(order)
        ]

    def list_orders(self, merchant_id: str | None = None) -> list[PayOrder]:
        """List the orders, the oldest first."""
        with self.lock:
            return [order for order in self._orders.values() if merchant_id in (None, order.merchant_id)]

    def _is_expired(self, order: PayOrder) -> bool:
        return order.expires_at is not None and self._clock.now() >= order.expires_at

    def _check(self, merchant: Merchant, request: OrderRequest) -> None:
        if request.mchid != merchant.merchant_id:
            raise PayError(400, "PARAM_ERROR", "mchid 与签名的商户号不一致")
        if request.appid not in merchant.app_ids:
            raise PayError(400, "APPID_MCHID_NOT_MATCH", "appid 和 mchid 不匹配，请检查绑定关系")

    def _new_order(self, merchant: Merchant, request: OrderRequest, **fields: Any) -> PayOrder:
        return PayOrder(
            merchant_id=merchant.merchant_id,
            app_id=request.appid,
            number=request.out_trade_no,
            amount_fen=request.amount.total,
            description=request.description,
            created_at=self._clock.now(),
            transaction_id=f"4200{next(TRANSACTION_NUMBERS):024d}",
            **fields,
        )

    def _add_or_find(self, order: PayOrder) -> PayOrder:
        """Add an order, or return the earlier one with the same number and content. Raises PayError."""
        key = (order.merchant_id, order.number)
        earlier = self._orders.get(key)
        if earlier is None:
            self._orders[key] = order
            return order
        if earlier.is_paid:
            raise PAID
        if earlier.end or earlier.state == "PAYERROR":
            raise CLOSED
        content = ("app_id", "kind", "amount_fen", "description", "openid", "notify_url")
        if any(getattr(earlier, name) != getattr(order, name) for name in content):
            raise NUMBER_USED
        return earlier

    def _book(self, order: PayOrder, charge: Charge) -> None:
        """Add a paid amount to the balance of the merchant."""
        if charge.state == "paid":
            self.merchants.add_balance(order.merchant_id, order.amount_fen)

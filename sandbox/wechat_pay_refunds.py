"""Refunds of WeChat Pay: accepted first, then ended with the result that is set for the merchant."""

import itertools
import time

from sandbox.clock import Clock
from sandbox.errors import SandboxError
from sandbox.wallets import Wallets
from sandbox.wechat_pay import WeChatPay
from sandbox.wechat_pay_merchants import Merchant
from sandbox.wechat_pay_notices import WeChatPayNotices
from sandbox.wechat_pay_orders import PayError, PayOrder, PayRefund
from sandbox.wechat_pay_requests import RefundRequest

MAX_REFUNDS = 50
REFUND_DAYS = 365
REFUND_NUMBERS = itertools.count(time.time_ns() // 1000)


class WeChatPayRefunds:
    def __init__(
        self, *, clock: Clock, payments: WeChatPay, wallets: Wallets, notices: WeChatPayNotices
    ) -> None:
        self._clock = clock
        self._payments = payments
        self._wallets = wallets
        self._notices = notices

    def refund(self, merchant: Merchant, request: RefundRequest) -> tuple[PayOrder, PayRefund]:
        """Accept a refund, whose state is then `PROCESSING`. Idempotent by its number. Raises PayError."""
        with self._payments.lock:
            earlier = self._find(merchant, request.out_refund_no)
            if earlier is not None:
                return self._repeat(request, *earlier)
            order = self._payments.find(merchant, request.out_trade_no)
            self._check(order, request)
            if not self._payments.merchants.add_balance(merchant.merchant_id, -request.amount.refund):
                raise PayError(403, "NOT_ENOUGH", "商户基本账户余额不足，请充值后重新发起退款")
            refund = PayRefund(
                number=request.out_refund_no,
                refund_id=f"5030{next(REFUND_NUMBERS):024d}",
                amount_fen=request.amount.refund,
                notify_url=request.notify_url or "",
                created_at=self._clock.wall_time(),
            )
            order.refunds.append(refund)
            return order, refund

    def end(self, order: PayOrder, refund: PayRefund, status: str) -> None:
        """End an open refund with a status, and send the notice. An ended one does not change."""
        with self._payments.lock:
            if refund.status != "PROCESSING" or status == "PROCESSING":
                return
            if status == "SUCCESS" and order.charge is not None:
                self._wallets.refund(order.charge.id, number=refund.number, amount_fen=refund.amount_fen)
                refund.success_at = self._clock.wall_time()
            elif status == "CLOSED":
                self._payments.merchants.add_balance(order.merchant_id, refund.amount_fen)
            refund.status = status
        if refund.notify_url:
            self._notices.send_refund(self._payments.merchants.get(order.merchant_id), order, refund)

    def find(self, merchant: Merchant, number: str) -> tuple[PayOrder, PayRefund]:
        """Return a refund with its order. Raises PayError(RESOURCE_NOT_EXISTS)."""
        found = self._find(merchant, number)
        if found is None:
            raise PayError(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        return found

    def get(self, merchant_id: str, number: str) -> tuple[PayOrder, PayRefund]:
        """Return a refund with its order for the control routes. Raises SandboxError with status 404."""
        found = self._find(self._payments.merchants.get(merchant_id), number)
        if found is None:
            raise SandboxError("no_such_refund", "没有这笔退款", 404)
        return found

    def _find(self, merchant: Merchant, number: str) -> tuple[PayOrder, PayRefund] | None:
        for order in self._payments.list_orders(merchant.merchant_id):
            refund = order.find_refund(number)
            if refund is not None:
                return order, refund
        return None

    def _repeat(
        self, request: RefundRequest, order: PayOrder, refund: PayRefund
    ) -> tuple[PayOrder, PayRefund]:
        if (order.number, refund.amount_fen) != (request.out_trade_no, request.amount.refund):
            raise PayError(400, "INVALID_REQUEST", "订单号或退款金额与之前的请求不一致")
        return order, refund

    def _check(self, order: PayOrder, request: RefundRequest) -> None:
        if not order.is_paid:
            raise PayError(400, "INVALID_REQUEST", "订单未支付或已撤销，不能退款")
        if request.amount.total != order.amount_fen:
            raise PayError(400, "INVALID_REQUEST", "订单金额与之前的请求不一致")
        if request.amount.refund > order.refundable_fen:
            raise PayError(400, "INVALID_REQUEST", "退款金额大于可退金额")
        if len(order.refunds) >= MAX_REFUNDS:
            raise PayError(400, "INVALID_REQUEST", "一笔订单最多退款 50 次")
        if self._clock.now() > order.created_at + REFUND_DAYS * 86_400:
            raise PayError(400, "TRADE_OVERDUE", "订单已超过可退款的期限")

"""What a person sees of payments on the phone: prompts, payments and refunds with the names of the merchants."""

from dataclasses import dataclass
from typing import Any

from sandbox.alipay import Alipay
from sandbox.alipay_trades import Trade
from sandbox.errors import SandboxError
from sandbox.wallets import Charge, Platform, Wallets
from sandbox.wechat_pay import WeChatPay
from sandbox.wechat_pay_orders import PayOrder

MAX_ENTRIES = 50
MAX_CODES = 5


@dataclass(frozen=True)
class PaymentRequest:
    """A payment that a person is asked to confirm. `token` is what a QR code or page contains."""

    platform: Platform
    merchant_name: str
    amount_fen: int
    description: str
    token: str
    created_at: float


class PaymentHistory:
    def __init__(self, *, wallets: Wallets, wechat_pay: WeChatPay, alipay: Alipay) -> None:
        self._wallets = wallets
        self._wechat_pay = wechat_pay
        self._alipay = alipay

    def list_prompts(self, person_id: str) -> list[dict[str, Any]]:
        """List the charges that wait for the password of a person, the oldest first."""
        waiting = self._wallets.list_charges(person_id=person_id, state="waiting")
        return [{**charge.to_json(), "merchant_name": self._merchant_name(charge)} for charge in waiting]

    def list_entries(self, person_id: str) -> list[dict[str, Any]]:
        """List the latest payments and refunds of a person, the newest first."""
        entries = [
            entry
            for charge in self._wallets.list_charges(person_id=person_id)
            for entry in self._to_entries(charge)
        ]
        entries.sort(key=lambda entry: entry["at"])
        return entries[::-1][:MAX_ENTRIES]

    def preview(self, person_id: str, *, token: str) -> PaymentRequest:
        """Return the payment of a QR code or page before the person confirms it. Raises SandboxError."""
        if self._wechat_pay.has_token(token):
            return self._from_order(self._wechat_pay.get_payable(person_id, token=token))
        if self._alipay.has_token(token):
            return self._from_trade(self._alipay.get_payable(person_id, token=token))
        raise SandboxError("no_such_code", "这不是收款码，请检查内容", 404)

    def list_open_codes(self) -> list[PaymentRequest]:
        """List the unpaid QR codes of all merchants, the newest first."""
        orders = [order for order in self._wechat_pay.list_payable() if order.kind == "native"]
        trades = [trade for trade in self._alipay.list_payable() if trade.kind == "precreate"]
        requests = [*map(self._from_order, orders), *map(self._from_trade, trades)]
        return sorted(requests, key=lambda each: each.created_at, reverse=True)[:MAX_CODES]

    def _to_entries(self, charge: Charge) -> list[dict[str, Any]]:
        request = charge.request
        shared = {
            "platform": request.platform,
            "merchant_name": self._merchant_name(charge),
            "description": request.description,
        }
        payment = {
            **shared,
            "kind": "payment",
            "number": request.number,
            "amount_fen": request.amount_fen,
            "refunded_fen": charge.refunded_fen,
            "state": charge.state,
            "reason": charge.reason,
            "at": charge.paid_at or charge.created_at,
        }
        refunds = [
            {
                **shared,
                "kind": "refund",
                "number": refund.number,
                "amount_fen": refund.amount_fen,
                "at": refund.at,
            }
            for refund in charge.refunds
        ]
        return [payment, *refunds]

    def _merchant_name(self, charge: Charge) -> str:
        merchant_id = charge.request.merchant_id
        if charge.request.platform == "wechat_pay":
            merchant = self._wechat_pay.merchants.find(merchant_id)
            return merchant.name if merchant else merchant_id
        app = self._alipay.apps.find(merchant_id)
        return app.name if app else merchant_id

    def _from_order(self, order: PayOrder) -> PaymentRequest:
        name = self._wechat_pay.merchants.get(order.merchant_id).name
        return PaymentRequest(
            "wechat_pay", name, order.amount_fen, order.description, order.token, order.created_at
        )

    def _from_trade(self, trade: Trade) -> PaymentRequest:
        name = self._alipay.apps.get(trade.app_id).name
        return PaymentRequest(
            "alipay", name, trade.amount_fen, trade.subject, trade.token or trade.trade_no, trade.created_at
        )

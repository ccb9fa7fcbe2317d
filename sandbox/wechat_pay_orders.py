"""Orders and refunds of WeChat Pay, as rows and as the objects of API v3."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Literal

from sandbox import openids
from sandbox.wallets import Charge

BEIJING = timezone(timedelta(hours=8))
STATE_TEXTS = {
    "SUCCESS": "支付成功",
    "REFUND": "转入退款",
    "NOTPAY": "订单未支付",
    "CLOSED": "订单已关闭",
    "REVOKED": "订单已撤销",
    "USERPAYING": "用户支付中，需要输入密码",
    "PAYERROR": "支付失败",
}


class PayError(Exception):
    """An error of API v3: a status with `code` and `message`."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message


@dataclass
class PayRefund:
    number: str
    refund_id: str
    amount_fen: int
    notify_url: str
    created_at: int
    status: str = "PROCESSING"
    success_at: int | None = None


@dataclass
class PayOrder:
    merchant_id: str
    app_id: str
    number: str
    kind: Literal["jsapi", "native", "codepay"]
    amount_fen: int
    description: str
    created_at: float
    transaction_id: str
    openid: str = ""
    notify_url: str = ""
    expires_at: float | None = None
    token: str = ""  # prepay_id or code_url
    charge: Charge | None = None
    end: Literal["", "CLOSED", "REVOKED"] = ""
    is_shipped: bool = False  # of a mini-program: its money is frozen until then
    refunds: list[PayRefund] = field(default_factory=list)

    @property
    def state(self) -> str:
        """The trade state of the platform."""
        if self.end:
            return self.end
        if self.charge is None:
            return "NOTPAY"
        if self.charge.state == "paid":
            return "REFUND" if any(refund.status != "CLOSED" for refund in self.refunds) else "SUCCESS"
        return {"waiting": "USERPAYING", "failed": "PAYERROR", "closed": "CLOSED"}[self.charge.state]

    @property
    def is_paid(self) -> bool:
        return self.state in ("SUCCESS", "REFUND")

    @property
    def refundable_fen(self) -> int:
        live = sum(refund.amount_fen for refund in self.refunds if refund.status != "CLOSED")
        return self.amount_fen - live if self.is_paid else 0

    def find_refund(self, number: str) -> PayRefund | None:
        """Find a refund of this order by its number."""
        return next((refund for refund in self.refunds if refund.number == number), None)

    def to_transaction(self) -> dict[str, Any]:
        """Return the transaction object of queries and notices."""
        value: dict[str, Any] = {
            "appid": self.app_id,
            "mchid": self.merchant_id,
            "out_trade_no": self.number,
            "trade_type": {"jsapi": "JSAPI", "native": "NATIVE", "codepay": "MICROPAY"}[self.kind],
            "trade_state": self.state,
            "trade_state_desc": STATE_TEXTS[self.state],
            "amount": {"total": self.amount_fen, "currency": "CNY"},
            "attach": "",
        }
        if self.charge is not None:
            value["payer"] = {
                "openid": openids.derive_openid(person_id=self.charge.person_id, appid=self.app_id)
            }
        if self.charge is not None and self.charge.paid_at is not None:
            value |= {
                "transaction_id": self.transaction_id,
                "bank_type": "OTHERS",
                "success_time": to_text(self.charge.paid_at),
            }
            value["amount"] |= {"payer_total": self.amount_fen, "payer_currency": "CNY"}
        return value

    def to_refund(self, refund: PayRefund) -> dict[str, Any]:
        """Return the refund object of responses, which names its state `status`."""
        value = {
            "refund_id": refund.refund_id,
            "out_refund_no": refund.number,
            "transaction_id": self.transaction_id,
            "out_trade_no": self.number,
            "channel": "ORIGINAL",
            "user_received_account": "支付用户零钱",
            "create_time": to_text(refund.created_at),
            "status": refund.status,
            "funds_account": "AVAILABLE",
            "amount": self._refund_amount(refund) | {"currency": "CNY"},
        }
        return value | ({"success_time": to_text(refund.success_at)} if refund.success_at else {})

    def to_refund_notice(self, refund: PayRefund) -> dict[str, Any]:
        """Return the refund object of notices, which names its state `refund_status`."""
        value = {
            "mchid": self.merchant_id,
            "transaction_id": self.transaction_id,
            "out_trade_no": self.number,
            "refund_id": refund.refund_id,
            "out_refund_no": refund.number,
            "refund_status": refund.status,
            "user_received_account": "支付用户零钱",
            "amount": self._refund_amount(refund),
        }
        return value | ({"success_time": to_text(refund.success_at)} if refund.success_at else {})

    def _refund_amount(self, refund: PayRefund) -> dict[str, Any]:
        return {
            "total": self.amount_fen,
            "refund": refund.amount_fen,
            "payer_total": self.amount_fen,
            "payer_refund": refund.amount_fen,
        }


def to_text(moment: float) -> str:
    """Return a time in the format of the platform."""
    return datetime.fromtimestamp(moment, BEIJING).isoformat(timespec="seconds")

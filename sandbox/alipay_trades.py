"""Trades and refunds of Alipay, as rows and as the fields of its responses and notices."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Literal

from sandbox import openids
from sandbox.alipay_apps import App
from sandbox.wallets import Charge

BEIJING = timezone(timedelta(hours=8))
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"


class AlipayError(Exception):
    """A rejection by the gateway: `code` with `sub_code` and a sentence."""

    def __init__(self, sub_code: str, message: str, *, code: str = "40004") -> None:
        super().__init__(sub_code)
        self.code = code
        self.sub_code = sub_code
        self.message = message


@dataclass(frozen=True)
class TradeRefund:
    number: str
    amount_fen: int
    at: int


@dataclass
class Trade:
    """A trade. `kind` is the method that made it, `token` the content of a QR code."""

    app_id: str
    number: str
    trade_no: str
    kind: Literal["pay", "create", "precreate"]
    amount_fen: int
    subject: str
    created_at: float
    notify_url: str = ""
    expires_at: float | None = None
    buyer_id: str = ""
    token: str = ""
    charge: Charge | None = None
    is_closed: bool = False
    is_finished: bool = False
    refunds: list[TradeRefund] = field(default_factory=list)

    @property
    def is_paid(self) -> bool:
        return self.charge is not None and self.charge.state == "paid"

    @property
    def is_waiting(self) -> bool:
        return not self.is_closed and (self.charge is None or self.charge.state == "waiting")

    @property
    def is_known(self) -> bool:
        """Whether queries find it: the trade of a QR code begins when a person scans the code."""
        return self.kind != "precreate" or self.charge is not None or self.is_closed

    @property
    def refunded_fen(self) -> int:
        return sum(refund.amount_fen for refund in self.refunds)

    @property
    def status(self) -> str:
        if self.is_waiting:
            return "WAIT_BUYER_PAY"
        if not self.is_paid or self.refunded_fen == self.amount_fen:
            return "TRADE_CLOSED"
        return "TRADE_FINISHED" if self.is_finished else "TRADE_SUCCESS"

    def find_refund(self, number: str) -> TradeRefund | None:
        """Find a refund of this trade by its number."""
        return next((refund for refund in self.refunds if refund.number == number), None)

    def to_ids(self) -> dict[str, str]:
        """Return both numbers of the trade."""
        return {"out_trade_no": self.number, "trade_no": self.trade_no}

    def to_payment(self, app: App, *, time_name: str) -> dict[str, Any]:
        """Return the fields of a response about a payment. The name of its time differs between methods."""
        value: dict[str, Any] = {**self.to_ids(), "total_amount": to_yuan(self.amount_fen)}
        if self.charge is not None:
            value |= self.to_buyer(app)
        if self.charge is not None and self.charge.paid_at is not None:
            value |= {
                "buyer_pay_amount": to_yuan(self.amount_fen),
                "receipt_amount": to_yuan(self.amount_fen),
                "invoice_amount": to_yuan(self.amount_fen),
                "point_amount": "0.00",
                "fund_bill_list": [{"amount": to_yuan(self.amount_fen), "fund_channel": "ALIPAYACCOUNT"}],
                time_name: to_text(self.charge.paid_at),
            }
        return value

    def to_buyer(
        self, app: App, *, names: tuple[str, str] = ("buyer_user_id", "buyer_open_id")
    ) -> dict[str, str]:
        """Return who paid, as the app may know it."""
        if self.charge is None:
            return {}
        person = identify(self.charge.person_id, app)
        return {
            "buyer_logon_id": "138****0000",
            names[0 if app.identity == "user_id" else 1]: person[app.identity],
        }

    def to_json(self) -> dict[str, Any]:
        """Return the row of the books."""
        return {
            **self.to_ids(),
            "app_id": self.app_id,
            "kind": self.kind,
            "status": self.status,
            "amount_fen": self.amount_fen,
            "refunded_fen": self.refunded_fen,
            "subject": self.subject,
            "person_id": self.charge.person_id if self.charge else None,
            "qr_code": self.token,
            "refunds": [
                {"number": refund.number, "amount_fen": refund.amount_fen} for refund in self.refunds
            ],
        }


def identify(person_id: str, app: App) -> dict[str, str]:
    """Return the id of a person that the app gets, under its name: `user_id` or `open_id`."""
    if app.identity == "user_id":
        return {"user_id": openids.derive_alipay_user_id(person_id=person_id)}
    return {"open_id": openids.derive_alipay_open_id(person_id=person_id, app_id=app.app_id)}


def to_yuan(fen: int) -> str:
    """Return an amount in yuan with two decimals."""
    return f"{fen // 100}.{fen % 100:02d}"


def to_fen(yuan: str) -> int:
    """Return the fen of an amount with at most two decimals."""
    whole, _, decimals = yuan.partition(".")
    return int(whole + decimals.ljust(2, "0"))


def to_text(moment: float) -> str:
    """Return a time in Beijing."""
    return datetime.fromtimestamp(moment, BEIJING).strftime(TIME_FORMAT)


def to_timestamp(text: str) -> float:
    """Return the timestamp of a time in Beijing. Raises ValueError."""
    return datetime.strptime(text, TIME_FORMAT).replace(tzinfo=BEIJING).timestamp()

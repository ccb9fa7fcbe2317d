"""Alipay: what the platform does with trades, pay codes and refunds. Amounts are fen."""

import itertools
import secrets
import threading
import time

from sandbox.alipay_apps import App, Apps
from sandbox.alipay_notices import AlipayNotices
from sandbox.alipay_requests import CreateContent, NumberContent, PayContent, PrecreateContent, TradeContent
from sandbox.alipay_trades import AlipayError, Trade, TradeRefund, identify, to_fen, to_timestamp
from sandbox.clock import Clock
from sandbox.errors import SandboxError
from sandbox.people import People
from sandbox.wallets import Charge, ChargeRequest, WalletError, Wallets

CODE_INVALID = AlipayError("ACQ.PAYMENT_AUTH_CODE_INVALID", "支付失败，请顾客刷新付款码后重新收款")
NO_BALANCE = AlipayError("ACQ.BUYER_BALANCE_NOT_ENOUGH", "买家余额不足")
PAID = AlipayError("ACQ.TRADE_HAS_SUCCESS", "交易已被支付")
CLOSED = AlipayError("ACQ.TRADE_HAS_CLOSE", "交易已经关闭")
FINISHED = AlipayError("ACQ.TRADE_HAS_FINISHED", "交易已完结")
NOT_FOUND = AlipayError("ACQ.TRADE_NOT_EXIST", "交易不存在")
DIFFERENT = AlipayError("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改")
BAD_STATUS = AlipayError("ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
CANCEL_WINDOW_S = 86_400
# Numbers start at the current time. Otherwise they would repeat after a restart.
TRADE_NUMBERS = itertools.count(time.time_ns() // 1000)


class Alipay:
    def __init__(
        self, *, clock: Clock, apps: Apps, people: People, wallets: Wallets, notices: AlipayNotices
    ) -> None:
        self._clock = clock
        self.apps = apps
        self._people = people
        self._wallets = wallets
        self.notices = notices
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Delete all trades. The apps keep their keys."""
        self._trades: dict[tuple[str, str], Trade] = {}
        self._cancelled: set[tuple[str, str]] = set()
        self.apps.reset()

    def pay(self, app: App, content: PayContent, *, notify_url: str, needs_password: bool) -> Trade:
        """Charge a pay code. The trade waits for the password above the limit of the wallet. Raises AlipayError."""
        with self.lock:
            trade, is_new = self._add_or_find(app, self._new_trade(app, content, "pay", notify_url))
            if not is_new:
                return trade
            try:
                trade.charge = self._wallets.charge_code(
                    content.auth_code,
                    self._charge_request(trade),
                    on_change=lambda charge: self._book(app, trade, charge),
                    needs_password=needs_password,
                )
            except WalletError as error:
                del self._trades[app.app_id, trade.number]
                raise CODE_INVALID from error
            self._book(app, trade, trade.charge)
            if trade.charge.state == "failed":
                raise NO_BALANCE
            return trade

    def precreate(self, app: App, content: PrecreateContent, *, notify_url: str) -> Trade:
        """Create a QR code, or return the unpaid one with the same number. Raises AlipayError."""
        with self.lock:
            trade = self._new_trade(app, content, "precreate", notify_url)
            trade.token = f"https://qr.alipay.com/bax{secrets.token_hex(10)}"
            return self._add_or_find(app, trade)[0]

    def create(self, app: App, content: CreateContent, *, notify_url: str) -> Trade:
        """Create a trade for a person, or return the unpaid one with the same number. Raises AlipayError."""
        if content.op_app_id != app.app_id:
            raise AlipayError("ACQ.INVALID_PARAMETER", "op_app_id 与应用不一致")
        trade = self._new_trade(app, content, "create", notify_url)
        trade.buyer_id = content.buyer_id or content.buyer_open_id
        if not any(trade.buyer_id in identify(person.id, app).values() for person in self._people.list_all()):
            raise AlipayError("ACQ.BUYER_NOT_EXIST", "买家不存在")
        with self.lock:
            return self._add_or_find(app, trade)[0]

    def find(self, app: App, content: NumberContent) -> Trade:
        """Return a trade by one of its numbers. Raises AlipayError(ACQ.TRADE_NOT_EXIST)."""
        trade = self._find(app, content)
        if trade is None or not trade.is_known:
            raise NOT_FOUND
        self._expire(trade)
        return trade

    def close(self, app: App, content: NumberContent) -> Trade:
        """Close an unpaid trade. Raises AlipayError."""
        with self.lock:
            trade = self.find(app, content)
            if not trade.is_waiting:
                raise BAD_STATUS
            if trade.charge is not None:
                self._wallets.close(trade.charge.id)
            trade.is_closed = True
        self.notices.send(app, trade, status="TRADE_CLOSED")
        return trade

    def cancel(self, app: App, content: NumberContent) -> tuple[dict[str, str], str]:
        """Cancel a trade and return its numbers and what was done: `close` or `refund`. Idempotent.

        A number without a trade can no longer be paid. Raises AlipayError.
        """
        with self.lock:
            trade = self._find(app, content)
            if trade is None:
                self._cancelled.add((app.app_id, content.out_trade_no))
                return {"out_trade_no": content.out_trade_no}, "close"
            if trade.is_finished:
                raise FINISHED
            if self._clock.now() - trade.created_at > CANCEL_WINDOW_S:
                raise AlipayError("ACQ.TRADE_CANCEL_TIME_OUT", "超过撤销时间范围")
            charge = self._wallets.close(trade.charge.id) if trade.charge else None
            if charge is None or charge.state != "paid":
                trade.is_closed = True
                return trade.to_ids(), "close"
            left = trade.amount_fen - trade.refunded_fen
            if left:
                self.give_back(app, trade, number=trade.number, amount_fen=left)
            return trade.to_ids(), "refund"

    def give_back(self, app: App, trade: Trade, *, number: str, amount_fen: int) -> TradeRefund:
        """Give a part of a paid trade back and send the notice of it. Raises AlipayError."""
        if trade.charge is None or not self.apps.add_balance(app.app_id, -amount_fen):
            raise AlipayError("ACQ.SELLER_BALANCE_NOT_ENOUGH", "卖家余额不足")
        self._wallets.refund(trade.charge.id, number=number, amount_fen=amount_fen)
        refund = TradeRefund(number, amount_fen, self._clock.wall_time())
        trade.refunds.append(refund)
        self.notices.send(app, trade, status=trade.status, refund=refund)
        return refund

    def confirm(self, person_id: str, *, token: str) -> Trade:
        """Pay a trade on a phone. `token` is its QR code or trade number. Raises SandboxError."""
        with self.lock:
            trade = self.get_payable(person_id, token=token)
            app = self.apps.get(trade.app_id)
            charge = self._wallets.charge(person_id, self._charge_request(trade))
            if charge.state != "paid":
                raise SandboxError("no_balance", "余额不足", 409)
            trade.charge = charge
            self._book(app, trade, charge)
        return trade

    def get_payable(self, person_id: str, *, token: str) -> Trade:
        """Return the trade of a QR code or number if this person can pay it. Raises SandboxError."""
        with self.lock:
            trade = self._find_by_token(token)
            if trade is None:
                raise SandboxError("no_such_trade", "没有这笔交易", 404)
            app = self.apps.get(trade.app_id)
            if trade.buyer_id and trade.buyer_id not in identify(person_id, app).values():
                raise SandboxError("wrong_person", "这笔交易要由下单的人支付", 409)
            self._expire(trade)
            if not trade.is_waiting or trade.kind == "pay":
                raise SandboxError("not_payable", "交易已支付、已关闭或已过期", 409)
            return trade

    def has_token(self, token: str) -> bool:
        """Return whether a trade has this QR code or number, also a paid or closed one."""
        return self._find_by_token(token) is not None

    def list_payable(self) -> list[Trade]:
        """List the trades of pages and QR codes that can be paid, the oldest first."""
        with self.lock:
            for trade in self._trades.values():
                self._expire(trade)
            return [trade for trade in self.list_trades() if trade.is_waiting and trade.kind != "pay"]

    def finish(self, trade_no: str) -> Trade:
        """End the time for refunds of a paid trade and send the notice of it. Raises SandboxError."""
        with self.lock:
            trade = next((each for each in self.list_trades() if each.trade_no == trade_no), None)
            if trade is None or not trade.is_paid:
                raise SandboxError("no_such_trade", "没有这笔已支付的交易", 404)
            trade.is_finished = True
        self.notices.send(self.apps.get(trade.app_id), trade, status="TRADE_FINISHED")
        return trade

    def list_trades(self, app_id: str | None = None) -> list[Trade]:
        """List the trades, the oldest first."""
        with self.lock:
            return [trade for trade in self._trades.values() if app_id in (None, trade.app_id)]

    def _find(self, app: App, content: NumberContent) -> Trade | None:
        if content.trade_no:
            return next(
                (each for each in self.list_trades(app.app_id) if each.trade_no == content.trade_no), None
            )
        return self._trades.get((app.app_id, content.out_trade_no))

    def _find_by_token(self, token: str) -> Trade | None:
        trades = self.list_trades()
        return next((each for each in trades if token and token in (each.token, each.trade_no)), None)

    def _expire(self, trade: Trade) -> None:
        if trade.is_waiting and trade.expires_at is not None and self._clock.now() >= trade.expires_at:
            trade.is_closed = True

    def _new_trade(self, app: App, content: TradeContent, kind: str, notify_url: str) -> Trade:
        if content.seller_id not in ("", app.seller_id):
            raise AlipayError("ACQ.SELLER_NOT_EXIST", "卖家不存在")
        expires_at = to_timestamp(content.time_expire) if content.time_expire else None
        if expires_at is not None and expires_at <= self._clock.now():
            raise AlipayError("ACQ.INVALID_PARAMETER", "time_expire 应晚于当前时间")
        return Trade(
            app_id=app.app_id,
            number=content.out_trade_no,
            trade_no=f"2026{next(TRADE_NUMBERS):024d}",
            kind=kind,
            amount_fen=to_fen(content.total_amount),
            subject=content.subject,
            created_at=self._clock.now(),
            notify_url=notify_url,
            expires_at=expires_at,
        )

    def _add_or_find(self, app: App, trade: Trade) -> tuple[Trade, bool]:
        """Add a trade, or return the earlier one with the same number and content, and whether it is new.

        Raises AlipayError.
        """
        key = (app.app_id, trade.number)
        earlier = self._trades.get(key)
        if earlier is None and key not in self._cancelled:
            self._trades[key] = trade
            return trade, True
        if earlier is not None and earlier.is_paid:
            raise PAID
        if earlier is None or not earlier.is_waiting:
            raise CLOSED
        content = ("kind", "amount_fen", "subject", "buyer_id")
        if any(getattr(earlier, name) != getattr(trade, name) for name in content):
            raise DIFFERENT
        return earlier, False

    def _charge_request(self, trade: Trade) -> ChargeRequest:
        return ChargeRequest("alipay", trade.app_id, trade.number, trade.amount_fen, trade.subject)

    def _book(self, app: App, trade: Trade, charge: Charge) -> None:
        """Add a paid amount to the balance of the seller and send the notice of it."""
        trade.charge = charge
        if charge.state == "paid":
            self.apps.add_balance(app.app_id, trade.amount_fen)
            self.notices.send(app, trade, status="TRADE_SUCCESS")

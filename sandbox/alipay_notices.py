"""Signed notices of Alipay."""

import secrets
from collections.abc import Callable
from urllib.parse import urlencode

from sandbox import alipay_crypto as crypto
from sandbox.alipay_apps import App
from sandbox.alipay_trades import Trade, TradeRefund, to_fen, to_text, to_yuan
from sandbox.clock import Clock
from sandbox.payment_notices import NoticeTarget, PaymentNotices

OLD_S = 4 * 86_400  # an age that receivers must reject
AMOUNT_NAMES = ("total_amount", "receipt_amount", "buyer_pay_amount", "refund_fee")


class AlipayNotices:
    def __init__(self, *, clock: Clock, notices: PaymentNotices) -> None:
        self._clock = clock
        self._notices = notices

    def send(self, app: App, trade: Trade, *, status: str, refund: TradeRefund | None = None) -> None:
        """Send the notice of a trade in this state, or of a refund, if the trade has an address for it."""
        if not trade.notify_url:
            return
        notice_id = secrets.token_hex(17)
        kind, number = ("refund", refund.number) if refund else ("payment", trade.number)
        target = NoticeTarget("alipay", app.app_id, number, kind, trade.notify_url)
        build = self._builder(app, {**_to_form(app, trade, status, refund), "notify_id": notice_id})
        self._notices.send(
            target, build, lambda code, text: code == 200 and text == "success", notice_id=notice_id
        )

    def send_card(self, app: App, form: dict[str, str], *, number: str, url: str) -> None:
        """Send the notice of a card that was opened or deleted."""
        notice_id = secrets.token_hex(17)
        target = NoticeTarget("alipay", app.app_id, number, "card", url)
        build = self._builder(app, {**form, "notify_id": notice_id})
        self._notices.send(
            target, build, lambda code, text: code == 200 and text == "success", notice_id=notice_id
        )

    def _builder(self, app: App, form: dict[str, str]) -> Callable[[str], tuple[dict[str, str], bytes]]:
        def build(content: str) -> tuple[dict[str, str], bytes]:
            """Build a delivery. Every one has its own time and signature, and the same id."""
            shown = add_one_fen(form) if content == "wrong_amount" else dict(form)
            age_s = OLD_S if content == "old" else 0
            shown["notify_time"] = to_text(self._clock.wall_time() - age_s)
            text = crypto.join_parameters(shown, without=("sign", "sign_type"))
            key = app.private_key_pem if content == "forged" else app.platform_private_key_pem
            body = urlencode({**shown, "sign_type": "RSA2", "sign": crypto.sign(key, text)})
            return {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, body.encode()

        return build


def _to_form(app: App, trade: Trade, status: str, refund: TradeRefund | None) -> dict[str, str]:
    form = {
        "charset": "utf-8",
        "version": "1.0",
        "notify_type": "trade_status_sync",
        "app_id": app.app_id,
        "auth_app_id": app.app_id,
        "seller_id": app.seller_id,
        **trade.to_ids(),
        **trade.to_buyer(app, names=("buyer_id", "buyer_open_id")),
        "subject": trade.subject,
        "trade_status": status,
        "total_amount": to_yuan(trade.amount_fen),
        "gmt_create": to_text(trade.created_at),
    }
    if trade.charge is not None and trade.charge.paid_at is not None:
        form |= {
            "receipt_amount": to_yuan(trade.amount_fen),
            "buyer_pay_amount": to_yuan(trade.amount_fen),
            "gmt_payment": to_text(trade.charge.paid_at),
            "fund_bill_list": f'[{{"amount":"{to_yuan(trade.amount_fen)}","fundChannel":"ALIPAYACCOUNT"}}]',
        }
    if refund is not None:
        form |= {
            "out_biz_no": refund.number,
            "refund_fee": to_yuan(trade.refunded_fen),
            "gmt_refund": f"{to_text(refund.at)}.000",
        }
    return form


def add_one_fen(value: dict[str, str]) -> dict[str, str]:
    """Return fields with amounts that are one fen too high."""
    return {name: to_yuan(to_fen(text) + 1) if name in AMOUNT_NAMES else text for name, text in value.items()}

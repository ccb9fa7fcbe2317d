"""Signed and encrypted notices of WeChat Pay."""

import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sandbox import wechat_pay_crypto as crypto
from sandbox.clock import Clock
from sandbox.payment_notices import NoticeTarget, PaymentNotices
from sandbox.wechat_pay_merchants import Merchant
from sandbox.wechat_pay_orders import PayOrder, PayRefund, to_text

OLD_S = 301  # an age that receivers must reject
SUMMARIES = {"transaction": "支付成功", "refund": "退款通知", "mch_payment": "商家转账单据终态通知"}
REFUND_EVENTS = {"SUCCESS": "REFUND.SUCCESS", "ABNORMAL": "REFUND.ABNORMAL", "CLOSED": "REFUND.CLOSED"}


class WeChatPayNotices:
    def __init__(self, *, clock: Clock, notices: PaymentNotices) -> None:
        self._clock = clock
        self._notices = notices

    def send_payment(self, merchant: Merchant, order: PayOrder) -> None:
        """Send the notice of a paid order."""
        self._send(
            merchant,
            NoticeTarget("wechat_pay", merchant.merchant_id, order.number, "payment", order.notify_url),
            "TRANSACTION.SUCCESS",
            "transaction",
            # Without the refunds of a later moment: the notice says what was true when the order was paid.
            order.to_transaction() | {"trade_state": "SUCCESS", "trade_state_desc": "支付成功"},
        )

    def send_refund(self, merchant: Merchant, order: PayOrder, refund: PayRefund) -> None:
        """Send the notice of an ended refund."""
        self._send(
            merchant,
            NoticeTarget("wechat_pay", merchant.merchant_id, refund.number, "refund", refund.notify_url),
            REFUND_EVENTS[refund.status],
            "refund",
            order.to_refund_notice(refund),
        )

    def send_transfer(self, merchant: Merchant, number: str, url: str, value: dict[str, Any]) -> None:
        """Send the notice of an ended merchant transfer."""
        target = NoticeTarget("wechat_pay", merchant.merchant_id, number, "transfer", url)
        self._send(merchant, target, "MCHTRANSFER.BILL.FINISHED", "mch_payment", value)

    def _send(
        self, merchant: Merchant, target: NoticeTarget, event: str, kind: str, value: dict[str, Any]
    ) -> None:
        notice_id = str(secrets.token_hex(16))
        build = self._builder(merchant, notice_id, event, kind, value)
        self._notices.send(target, build, lambda status, body: status in (200, 204), notice_id=notice_id)

    def _builder(
        self, merchant: Merchant, notice_id: str, event: str, kind: str, value: dict[str, Any]
    ) -> Callable[[str], tuple[dict[str, str], bytes]]:
        created = to_text(self._clock.wall_time())

        def build(content: str) -> tuple[dict[str, str], bytes]:
            """Build a delivery. Every one has its own nonces and signature, and the same id."""
            shown = add_one_fen(value) if content == "wrong_amount" else value
            resource = crypto.encrypt(
                merchant.api_v3_key, json.dumps(shown, ensure_ascii=False), associated_data=kind
            )
            body = json.dumps(
                {
                    "id": notice_id,
                    "create_time": created,
                    "resource_type": "encrypt-resource",
                    "event_type": event,
                    "summary": SUMMARIES[kind],
                    "resource": {"original_type": kind, **resource},
                },
                ensure_ascii=False,
            )
            use_certificate = merchant.signs_notices_with == "certificate"
            return sign_message(
                merchant,
                body,
                serial=merchant.platform_certificate_serial if use_certificate else merchant.public_key_id,
                timestamp=self._clock.wall_time() - (OLD_S if content == "old" else 0),
                is_forged=content == "forged",
            ), body.encode()

        return build


def sign_message(
    merchant: Merchant, body: str, *, serial: str, timestamp: int, is_forged: bool = False
) -> dict[str, str]:
    """Return the headers that sign a response or notice. A forged one is signed with another key."""
    nonce = secrets.token_hex(16)
    key = merchant.private_key_pem if is_forged else merchant.platform_private_key_pem
    return {
        "Content-Type": "application/json",
        "Wechatpay-Serial": serial,
        "Wechatpay-Timestamp": str(timestamp),
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": crypto.sign(key, f"{timestamp}\n{nonce}\n{body}\n"),
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        "Request-ID": datetime.now(UTC).strftime("%Y%m%d%H%M%S") + secrets.token_hex(8),
    }


def add_one_fen(value: dict[str, Any]) -> dict[str, Any]:
    """Return a transaction or refund with an amount that is one fen too high."""
    amount = dict(value.get("amount") or {})
    for name in ("total", "payer_total", "refund", "payer_refund"):
        if name in amount:
            amount[name] += 1
    return {**value, "amount": amount} if amount else value

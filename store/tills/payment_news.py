"""News of payments: for the till at which they were begun, and of collections for all tills of the shop."""

from store.core import money
from store.core.events import Event
from store.orders.tables import Order
from store.payments import attempts, kinds
from store.payments.attempts import PaymentAttempt
from store.tills import collections, news

_SENTENCES = {
    "payments.succeeded": ("payment_succeeded", "{label}已收款 {yuan} 元"),
    "payments.failed": ("payment_failed", "{label} {yuan} 元未付成：{why}"),
    "payments.closed": ("payment_reversed", "{label} {yuan} 元已撤销"),
    "payments.surplus": ("surplus", "{label}多收 {surplus} 元，已自动退款"),
}


def notify(event: Event) -> None:
    """Record news of a payment for its terminal. Cash and cards were seen by the cashier."""
    attempt = attempts.get(event.properties["number"])
    if attempt.merchant_id is None:
        return
    if attempt.terminal_id is None:
        _notify_shop(event.kind, attempt)
        return
    kind, sentence = _SENTENCES[event.kind]
    message = sentence.format(
        label=kinds.get(attempt.kind).name, yuan=money.yuan(attempt.amount_fen),
        surplus=money.yuan(attempt.surplus_fen), why=attempt.message or "顾客未完成支付",
    )  # fmt: skip
    news.record(
        kind=kind, message=message[:200], sale_number=attempt.payable_number, terminal_id=attempt.terminal_id
    )


def _notify_shop(event_kind: str, attempt: PaymentAttempt) -> None:
    """Record news of a collection that was paid, for every till of the shop."""
    if event_kind != "payments.succeeded" or attempt.payable_kind != "order":
        return
    order = Order.find(number=attempt.payable_number)
    if order is None or order.source != collections.SOURCE:
        return
    label = kinds.get(attempt.kind).name.removesuffix("网页支付")
    message = f"收款码收到 {money.yuan(attempt.amount_fen)} 元（{label}）"
    news.record(kind="collection", message=message, sale_number=attempt.payable_number, shop_id=order.shop_id)

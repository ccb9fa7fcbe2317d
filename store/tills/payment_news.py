"""News of payments for the till at which they were begun."""

from store.core import money
from store.core.events import Event
from store.payments import attempts, kinds
from store.tills import news

_SENTENCES = {
    "payments.succeeded": ("payment_succeeded", "{label}已收款 {yuan} 元"),
    "payments.failed": ("payment_failed", "{label} {yuan} 元未付成：{why}"),
    "payments.closed": ("payment_reversed", "{label} {yuan} 元已撤销"),
    "payments.surplus": ("surplus", "{label}多收 {surplus} 元，已自动退款"),
}


def notify(event: Event) -> None:
    """Record news of a payment for its terminal. Cash and cards were seen by the cashier."""
    attempt = attempts.get(event.properties["number"])
    if attempt.terminal_id is None or attempt.merchant_id is None:
        return
    kind, sentence = _SENTENCES[event.kind]
    message = sentence.format(
        label=kinds.get(attempt.kind).name, yuan=money.yuan(attempt.amount_fen),
        surplus=money.yuan(attempt.surplus_fen), why=attempt.message or "顾客未完成支付",
    )  # fmt: skip
    news.record(
        kind=kind, message=message[:200], sale_number=attempt.payable_number, terminal_id=attempt.terminal_id
    )

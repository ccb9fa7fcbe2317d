"""Notifications (通知) of payments with stored value and their refunds, so that a member notices a stranger's."""

from store.core import money
from store.core.events import Event
from store.customers import members
from store.customers.members import Member
from store.messages import announcements
from store.stored_value import accounts
from store.stored_value.refund_requests import StoredValueRefundRequest


def notify_spent(event: Event) -> None:
    """Queue a message about the payment of a `stored_value.spent` event, with the balance now."""
    _queue_message(event, "储值支付成功，支付")


def notify_refunded(event: Event) -> None:
    """Queue a message about the refund of a `stored_value.refunded` event, with the balance now."""
    _queue_message(event, "储值退款成功，退回")


def notify_refund_granted(event: Event) -> None:
    """Queue a message about a `stored_value.refund_granted` event: what goes back and what is forfeited."""
    amount, bonus_fen = money.yuan(event.properties["principal_fen"]), event.properties["bonus_fen"]
    forfeited = f"，未用的赠金 {money.yuan(bonus_fen)} 元作废" if bonus_fen else ""
    announcements.queue_for_event(event, f"储值退款已同意，本金 {amount} 元按原支付方式退回{forfeited}。")


def notify_refund_rejected(event: Event) -> None:
    """Queue a message about a `stored_value.refund_rejected` event, with the reason."""
    row = StoredValueRefundRequest.get(StoredValueRefundRequest.number == event.properties["number"])
    announcements.queue_for_event(event, f"储值退款申请未同意：{row.answer}。余额不变，可到门店咨询。")


def _queue_message(event: Event, beginning: str) -> None:
    account = accounts.find_by_member(members.survivor(Member.get_by_id(event.member_id)))
    if account is not None:
        amount, balance = money.yuan(event.properties["amount_fen"]), money.yuan(account.available_fen)
        announcements.queue_for_event(event, f"{beginning} {amount} 元，余额 {balance} 元。")

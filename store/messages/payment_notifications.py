"""Notifications (通知) of payments with stored value and their refunds, so that a member notices a stranger's."""

from store.core import money
from store.core.events import Event
from store.customers import members
from store.customers.members import Member
from store.messages import announcements
from store.stored_value import accounts


def notify_spent(event: Event) -> None:
    """Queue a message about the payment of a `stored_value.spent` event, with the balance now."""
    _queue_message(event, "储值支付成功，支付")


def notify_refunded(event: Event) -> None:
    """Queue a message about the refund of a `stored_value.refunded` event, with the balance now."""
    _queue_message(event, "储值退款成功，退回")


def _queue_message(event: Event, beginning: str) -> None:
    account = accounts.find_by_member(members.survivor(Member.get_by_id(event.member_id)))
    if account is not None:
        amount, balance = money.yuan(event.properties["amount_fen"]), money.yuan(account.available_fen)
        announcements.queue_for_event(event, f"{beginning} {amount} 元，余额 {balance} 元。")

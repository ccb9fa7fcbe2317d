"""Follow up payments and refunds on their platforms: subscribers that call the platform about one row."""

import payment_calls
from store.core.events import Event
from store.payments import attempts, due_work, refunds
from store.payments.attempts import LIVE


def follow_attempt(event: Event) -> None:
    """Follow an attempt on its platform: query, close or reverse it, as it needs by now."""
    attempt = attempts.get(event.properties["number"])
    if attempt.state not in LIVE or not due_work.is_current(event.properties["lease"], attempt.next_query_at):
        return
    action = attempts.next_action(attempt)
    if action == "query":
        attempt = payment_calls.query(attempt)
        if attempt.state not in LIVE:
            return
        action = attempts.next_action(
            attempt
        )  # the last query of a pay code is followed by its reversal at once
    if action == "close":
        payment_calls.close(attempt)
    elif action == "reverse":
        payment_calls.reverse(attempt)


def follow_refund(event: Event) -> None:
    """Send a refund to its platform, or ask about it."""
    refund = refunds.get(event.properties["number"])
    is_current = due_work.is_current(event.properties["lease"], refund.next_try_at)
    if is_current and refund.state in ("asked", "sent") and refund.method == "original":
        payment_calls.send_refund(refund)

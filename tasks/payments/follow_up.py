"""Follow up payments and refunds on their platforms: subscribers that call the platform about one row."""

import payment_calls
from store.core.events import Event
from store.payments import attempts, refunds
from store.payments.attempts import LIVE


def follow_attempt(event: Event) -> None:
    """Query, close or reverse an attempt on its platform, as it needs by now."""
    attempt = attempts.get(event.properties["number"])
    if attempt.state not in LIVE:
        return
    action = attempts.next_action(attempt)
    if action == "query":
        attempt = payment_calls.query(attempt)
        # The last query of a pay code is followed by its reversal without a gap.
        action = attempts.next_action(attempt) if attempt.state in LIVE else action
    if action == "close":
        payment_calls.close(attempt)
    elif action == "reverse" and attempt.state in LIVE:
        payment_calls.reverse(attempt)


def follow_refund(event: Event) -> None:
    """Send a refund to its platform, or ask about it."""
    refund = refunds.get(event.properties["number"])
    if refund.state in ("asked", "sent") and refund.method == "original":
        payment_calls.send_refund(refund)

"""Compare the card packs with the ledgers and with the platforms at night."""

from datetime import timedelta
from time import monotonic

import card_calls
from platforms.errors import OutcomeUnknownError
from store.core import clock, events
from store.core.database import db
from store.core.events import Event
from store.customers import members
from store.customers.customers import Customer
from store.member_cards import holders, pack_cards, pushing, reconciliation

NIGHT_HOURS = range(1, 6)  # of Beijing, when the platforms and the shops are quiet
MAX_RUN_S = 10.0


@db.transactional
def begin() -> None:
    """Record the event that compares all cards with the ledgers."""
    events.record("pack_cards.compare_due", after_id=0)


def compare_with_ledgers(event: Event) -> None:
    """Mark the cards of a batch that do not show the ledgers, and go on with the next batch."""
    last_id = reconciliation.mark_different(int(event.properties["after_id"]))
    if last_id is not None:
        events.record("pack_cards.compare_due", after_id=last_id)


@db.transactional
def request_checks() -> bool:
    """Record the event that asks the platforms about cards, at night. Returns whether it is night."""
    hour = (clock.now() + timedelta(hours=8)).hour
    if hour not in NIGHT_HOURS or not reconciliation.list_to_check(1):
        return False
    events.record("pack_cards.check_due")
    return True


def check_with_platforms(event: Event) -> None:
    """Ask the platforms what the cards show that were compared longest ago."""
    until = monotonic() + MAX_RUN_S
    for card in reconciliation.list_to_check(reconciliation.nightly_limit() // len(NIGHT_HOURS) or 1):
        if monotonic() >= until:
            request_checks()
            return
        if pushing.take_call(card.platform):
            card_calls.compare(card)


def compare_card(event: Event) -> None:
    """Ask Alipay about the card of a notice. Raises OutcomeUnknownError, so that it is asked again."""
    card = pack_cards.find_by_reference(event.properties["reference"])
    if card is not None and card_calls.compare(card) is None:
        raise OutcomeUnknownError(card.platform, "no_answer", "平台没有应答")


def withdraw_cards(event: Event) -> None:
    """Make the cards of a person whose membership has ended invalid."""
    for member in members.list_for_customer(Customer.get_by_id(event.customer_id)):
        if member.is_closed:
            holders.withdraw(member=member)

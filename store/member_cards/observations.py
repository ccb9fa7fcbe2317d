"""Observations: what a platform says of a card when it is asked. It counts more than the events that arrived."""

from store.core import events
from store.core.database import db
from store.customers import members
from store.member_cards import pack_cards
from store.member_cards.pack_cards import LIVE, PackCard
from store.member_cards.pack_templates import PackTemplate
from store.tenants.channels import Channel


@db.transactional
def request_comparison(*, channel: Channel, code: str) -> PackCard | None:
    """Request that a card of Alipay is compared after its notice, or return None for an unknown card."""
    joined = PackCard.select().join(PackTemplate)
    mine = (PackTemplate.channel == channel.id) & (PackCard.code == code)
    card = joined.where(mine).first() if code else None
    if card is not None:
        events.record("pack_cards.comparison_requested", reference=card.reference)
    return card


@db.transactional
def record_gone(card: PackCard, *, state: str) -> PackCard:
    """Record what a query says of a card that is no longer in the pack: `deleted`, `gifting` or `unavailable`."""
    row = pack_cards.lock(card.id)
    if state == "unavailable" and row.state in (*LIVE, "deleted"):
        pack_cards.move(row, "withdrawing")
    if state in pack_cards.TRANSITIONS[row.state]:
        pack_cards.move(row, state)
    row.update_fields(due_at=None, attempts=0, problem="", call_open=False)
    return row


@db.transactional
def record_present(card: PackCard) -> PackCard:
    """Record that a card which was deleted is in the pack again, and have its content pushed. Idempotent."""
    if card.member_id is not None:
        members.lock(card.member_id)
    row = pack_cards.lock(card.id)
    if row.state == "deleted":
        pack_cards.move(row, "active" if row.was_active else "got")
        if row.state == "active":
            pack_cards.mark_due(row)
    return row

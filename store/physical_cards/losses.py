"""Losses (挂失) of plastic cards: the number stops at once; staff reinstate a card that was found."""

from store.core import clock, errors, events
from store.core.database import db
from store.customers import members
from store.customers.members import Member
from store.physical_cards import cards
from store.physical_cards.cards import PhysicalCard
from store.stored_value import accounts as stored_value_accounts
from store.tenants import audit


@db.transactional
def report(
    *, member: Member, freeze_stored_value: bool = False, reason: str = "会员本人挂失"
) -> list[PhysicalCard]:
    """Block all plastic cards of a member, and on request the stored value too. Idempotent.

    Raises DomainError(no_physical_card) for a member without a card.
    """
    owner, reason = members.lock(member.id), stored_value_accounts.validate_reason(reason)
    mine = [card for card in cards.list_own(owner) if card.state in cards.CURRENT]
    if not mine:
        raise errors.DomainError("no_physical_card", "没有可挂失的实体卡", 409)
    for card in mine:
        if card.state == "lost":
            continue
        cards.move(card, "lost", lost_at=clock.now())
        events.record(
            "physical_cards.lost", customer_id=owner.customer_id, member_id=owner.id, card=card.number[-4:]
        )
        audit.record("physical_cards.report_loss", f"member:{owner.public_id}",
                     after={"card": cards.mask(card), "reason": reason})  # fmt: skip
    if freeze_stored_value and stored_value_accounts.find_by_member(owner) is not None:
        stored_value_accounts.freeze(member=owner, reason=f"实体卡挂失：{reason}"[:200])
    return mine


@db.transactional
def reinstate(
    *, member: Member, number: str, reason: str, unfreeze_stored_value: bool = False
) -> PhysicalCard:
    """Make the number of a card that was found count again. Idempotent.

    Raises DomainError(not_found, card_state, card_replaced, invalid).
    """
    owner, reason = members.lock(member.id), stored_value_accounts.validate_reason(reason)
    card = cards.get_own(owner, number)
    if PhysicalCard.find(replaces=card.id) is not None:
        raise cards.replaced_error()
    if card.state == "lost":
        cards.move(card, "active", lost_at=None)
        events.record(
            "physical_cards.reinstated",
            customer_id=owner.customer_id,
            member_id=owner.id,
            card=card.number[-4:],
        )
        audit.record("physical_cards.reinstate", f"member:{owner.public_id}",
                     after={"card": cards.mask(card), "reason": reason})  # fmt: skip
    elif card.state != "active":
        raise errors.DomainError("card_state", f"该卡{cards.LABELS[card.state]}，不能解挂", 409)
    if unfreeze_stored_value and stored_value_accounts.find_by_member(owner) is not None:
        stored_value_accounts.unfreeze(member=owner, reason=f"实体卡解挂：{reason}"[:200])
    return card

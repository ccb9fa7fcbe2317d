"""Replacements (补卡、换卡) of plastic cards: a new number, and the old one stops. The rest belongs to the member."""

from store.core import clock, errors, events
from store.core.database import db
from store.customers import members
from store.customers.members import Member
from store.physical_cards import cards, kinds
from store.physical_cards.cards import PhysicalCard
from store.physical_cards.kinds import PhysicalCardKind
from store.tenants import audit


@db.transactional
def replace(*, member: Member, number: str, new_number: str | None, key: str) -> PhysicalCard:
    """Exchange a lost or damaged card for one of the same kind at the desk. Idempotent by `key`.

    Raises DomainError(not_found, card_replaced, card_number_taken, card_kind_inactive).
    """
    owner = members.lock(member.id)
    old = cards.get_own(owner, number)
    return _exchange(owner, old, old.kind, new_number=new_number, key=key, action="replace")


@db.transactional
def upgrade(
    *, member: Member, number: str, kind: PhysicalCardKind, new_number: str | None, key: str
) -> PhysicalCard:
    """Exchange a card for one of a higher kind that the member's tier has reached. Idempotent by `key`.

    Raises DomainError(not_found, card_replaced, card_number_taken, tier_not_reached, card_kind_inactive).
    """
    owner = members.lock(member.id)
    old = cards.get_own(owner, number)
    if _find_existing(old, key) is None:
        ensure_upgrade(owner, old, kind)
    return _exchange(owner, old, kind, new_number=new_number, key=key, action="upgrade")


def ensure_upgrade(member: Member, card: PhysicalCard, kind: PhysicalCardKind) -> None:
    """Raise DomainError(tier_not_reached) if the kind is above the member's tier or not above the card's."""
    best = kinds.find_best(member)
    if kind.tier.rank <= card.kind.tier.rank:
        raise errors.DomainError("tier_not_reached", f"{kind.name}不高于现在的{card.kind.name}", 409)
    if best is None or kind.tier.rank > best.tier.rank:
        raise errors.DomainError("tier_not_reached", f"该会员的等级还未达到{kind.name}", 409)


@db.transactional
def mail(
    *, member: Member, old: PhysicalCard, kind: PhysicalCardKind, new_number: str | None, key: str
) -> PhysicalCard:
    """Issue the card that takes the place of another once it is received. Requires the member's lock."""
    _ensure_not_replaced(old)
    return cards.issue(member=member, kind=kind, number=new_number, key=key, state="mailed", replaces=old)


def finish(owner: Member, old: PhysicalCard, new: PhysicalCard) -> None:
    """Stop the number of a card whose replacement is in use. Requires the member's lock."""
    if old.state == "replaced":
        return
    cards.move(old, "replaced", was_lost=old.state == "lost", replaced_at=clock.now())
    events.record("physical_cards.replaced", customer_id=owner.customer_id, member_id=owner.id,
                  card=old.number[-4:], new_card=new.number[-4:])  # fmt: skip


def _exchange(
    owner: Member, old: PhysicalCard, kind: PhysicalCardKind, *, new_number: str | None, key: str, action: str
) -> PhysicalCard:
    found = _find_existing(old, key)
    if found is not None:
        return found
    _ensure_not_replaced(old)
    new = cards.issue(member=owner, kind=kind, number=new_number, key=key, state="active", replaces=old)
    finish(owner, old, new)
    audit.record(f"physical_cards.{action}", f"member:{owner.public_id}",
                 after={"card": cards.mask(old), "new_card": cards.mask(new), "kind": kind.code})  # fmt: skip
    return new


def _find_existing(old: PhysicalCard, key: str) -> PhysicalCard | None:
    """Return the card that an earlier call with this key has issued for the old one, or None."""
    return PhysicalCard.find(key=key, replaces=old.id)


def _ensure_not_replaced(old: PhysicalCard) -> None:
    if old.state not in ("active", "lost"):
        raise (
            cards.replaced_error()
            if old.state == "replaced"
            else errors.DomainError("card_state", f"该卡{cards.LABELS[old.state]}，不能补换", 409)
        )

"""Reconciliation each night: cards whose content differs from the ledgers are due, and some are asked about.

Marks can only be missing after a change of a template or a tier's name, or by a defect. The platform is asked about
the cards that were compared longest ago, because only it knows what a phone shows.
"""

from datetime import timedelta

from store.core import clock
from store.core.database import db
from store.member_cards import contents, pack_cards
from store.member_cards.pack_cards import PackCard
from store.member_cards.pushing import CardPackSettings
from store.tenants import settings

BATCH_SIZE = 200


@db.transactional
def mark_different(after_id: int) -> int | None:
    """Mark the active cards of a batch that do not show the ledgers. Return its last id, or None after the last."""
    mine = (PackCard.state == "active") & (PackCard.id > after_id)
    rows = list(PackCard.select().where(mine).order_by(PackCard.id).limit(BATCH_SIZE))
    for row in rows:
        if row.due_at is None and not row.problem and contents.parse(row.pushed) != contents.compute_for(row):
            pack_cards.mark_due(pack_cards.lock(row.id))
    return int(rows[-1].id) if len(rows) == BATCH_SIZE else None


def nightly_limit() -> int:
    """Return how many cards the platforms are asked about in a night."""
    return settings.read(CardPackSettings).checked_a_night


def list_to_check(limit: int) -> list[PackCard]:
    """Return active cards that the platform was not asked about for longest."""
    before = clock.now() - timedelta(days=1)
    old = (PackCard.state == "active") & PackCard.due_at.is_null() & (PackCard.problem == "")
    unchecked = PackCard.checked_at.is_null() | (PackCard.checked_at < before)
    return list(
        PackCard.select().where(old & unchecked).order_by(PackCard.checked_at, PackCard.id).limit(limit)
    )


def is_same(expected: contents.CardContent, shown: contents.CardContent) -> bool:
    """Return whether the fields that the platform has named are those that were sent."""
    pairs = (
        (expected.points, shown.points),
        (expected.balance_fen, shown.balance_fen),
        (expected.tier, shown.tier),
    )
    return all(seen is None or sent is None or sent == seen for sent, seen in pairs)


@db.transactional
def record_shown(card: PackCard, shown: contents.CardContent) -> bool:
    """Record what the platform shows on a card, and return whether that is right. A wrong one becomes due."""
    row = pack_cards.lock(card.id)
    if row.state != "active" or row.change_number != card.change_number:
        return True
    row.update_fields(checked_at=clock.now())
    expected = contents.parse(row.pushed)
    if expected is None or is_same(expected, shown):
        return True
    row.update_fields(pushed=None)
    pack_cards.mark_due(row)
    return False

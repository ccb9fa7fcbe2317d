"""What a card shall show: points of the main redeemable group, balance of stored value, and tier, from the ledgers."""

from dataclasses import asdict, dataclass
from typing import Any

from store.customers.members import Member
from store.member_cards.pack_cards import PackCard
from store.points import points
from store.points.ledger import PointAccount
from store.stored_value import accounts as stored_value_accounts
from store.tiers import tiers

NO_TIER = "注册会员"


@dataclass(frozen=True)
class CardContent:
    """Totals, never differences. A field that the template does not show is None."""

    points: int | None = None
    balance_fen: int | None = None
    tier: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the content as it is stored."""
        return asdict(self)


def parse(value: dict[str, Any] | None) -> CardContent | None:
    """Return a stored content, or None."""
    return CardContent(**value) if value is not None else None


def compute(member: Member) -> CardContent:
    """Return everything that a card may show of a member. A follower has nothing yet."""
    if member.joined_at is None or member.is_closed:
        return CardContent(points=0, balance_fen=0, tier=NO_TIER)
    record = tiers.find_active(member)
    return CardContent(
        points=_read_points(member),
        balance_fen=_read_balance(member),
        tier=record.tier.name if record else NO_TIER,
    )


def compute_for(card: PackCard) -> CardContent:
    """Return what the platform shall show on a card."""
    shown = set(card.template.template.shown)
    whole = (
        compute(card.member)
        if card.member is not None
        else CardContent(points=0, balance_fen=0, tier=NO_TIER)
    )
    return CardContent(
        points=whole.points if "points" in shown else None,
        balance_fen=whole.balance_fen if "balance" in shown else None,
        tier=whole.tier if "tier" in shown else None,
    )


def _read_points(member: Member) -> int:
    """Return the points of the first group that can be redeemed. A debt shows as zero."""
    for group in points.list_groups(int(member.programme_id)):
        if group.spendable:
            found = PointAccount.find(member=member.id, group=group.id)
            return max(int(found.available), 0) if found else 0
    return 0


def _read_balance(member: Member) -> int:
    account = stored_value_accounts.find_by_member(member)
    return account.available_fen if account is not None else 0

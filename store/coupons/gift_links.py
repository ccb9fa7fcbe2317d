"""Gift links (转赠链接): what a friend who opens one sees, and why it may not be acceptable."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import Field

from store.core import masking, rate_limits
from store.coupons import gifts
from store.coupons.coupons import Coupon
from store.coupons.eligibility import IneligibilityReason
from store.coupons.gifts import CouponGift, CouponGiftStep
from store.customers import customers, profiles
from store.customers.customers import Customer
from store.customers.members import Member
from store.tenants import settings

# What the giver reads, and what the receiver reads.
_HISTORY_TEXTS = {
    "offered": ("您发起转赠", "好友转赠给您"), "accepted": ("好友已领取", "您已领取"),
    "declined": ("好友已婉拒，券已退回", "您已婉拒"), "timed_out": ("超时未领取，券已退回", "超时未领取"),
    "cancelled": ("您已收回", "好友已收回"),
}  # fmt: skip


class GiftSettings(settings.SettingsGroup, name="coupon_gift"):
    """How often a customer may offer gifts, and how often one address may open links."""

    max_offers_per_minute: int = Field(default=20, ge=1, le=10_000)
    max_opens_per_ip_per_minute: int = Field(default=300, ge=1, le=100_000)


@dataclass(frozen=True)
class GiftLinkView:
    """What a person sees who opens a gift link.

    `role` is giver, receiver (of an accepted gift) or friend. `ineligible_reason` says why the gift cannot be
    accepted, or is None.
    """

    gift: CouponGift
    coupon: Coupon
    state: str
    giver: str
    role: str
    ineligible_reason: IneligibilityReason | None

    @property
    def actions(self) -> tuple[str, ...]:
        """Return the actions of the caller. A follower may decline what only members may accept."""
        if self.role != "friend" or self.state != "offered":
            return ()
        if self.ineligible_reason is None:
            return ("accept", "decline")
        return () if self.ineligible_reason.code == "sign_in" else ("decline",)


def check_offer_limit(customer: Customer) -> None:
    """Count an offer. Raises DomainError(too_many)."""
    rate_limits.consume(
        name=f"gift_offers:{customer.id}", limit=settings.read(GiftSettings).max_offers_per_minute,
        window_s=60, message="转赠过于频繁，请稍后再试",
    )  # fmt: skip


def check_open_limit(client_ip: str) -> None:
    """Count an opened link. Raises DomainError(too_many)."""
    rate_limits.consume(
        name=f"gift_links:{rate_limits.client_network(client_ip)}",
        limit=settings.read(GiftSettings).max_opens_per_ip_per_minute,
        window_s=60,
        message="操作过于频繁，请稍后再试",
    )


def open_link(token: str, member: Member | None) -> GiftLinkView:
    """Return the gift of a link's secret for a member or a visitor. Raises DomainError(not_found)."""
    gift = gifts.get_by_token(token)
    rejection = gifts.find_acceptance_error(gift, member) if member else None
    against = IneligibilityReason("sign_in", "请先登录再领取") if member is None else None
    return GiftLinkView(
        gift=gift,
        coupon=gift.coupon,
        state=gifts.display_state(gift),
        giver=_mask_giver(customers.survivor(gift.giver.customer)),
        role=_viewer_role(gift, member),
        ineligible_reason=IneligibilityReason(rejection.code, rejection.message) if rejection else against,
    )


def describe_history(coupon: Coupon, member: Member) -> list[tuple[datetime, str]]:
    """Describe a member's gifts of a coupon, the first one first."""
    theirs = (CouponGift.giver == member.id) | (CouponGift.receiver == member.id)
    query = CouponGiftStep.select(CouponGiftStep, CouponGift).join(CouponGift)
    steps = query.where((CouponGift.coupon == coupon.id) & theirs).order_by(CouponGiftStep.id)
    return [(step.occurred_at, _HISTORY_TEXTS[step.state][step.gift.giver_id != member.id]) for step in steps]


def _viewer_role(gift: CouponGift, member: Member | None) -> str:
    roles = {gift.receiver_id: "receiver", gift.giver_id: "giver"}
    return roles.get(member.id, "friend") if member else "friend"


def _mask_giver(giver: Customer) -> str:
    """Return as much of the giver as a stranger may read."""
    profile = profiles.to_masked(giver)
    return masking.mask_name(profile["nickname"]) if profile["nickname"] else profile["phone"] or "好友"

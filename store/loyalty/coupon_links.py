"""A gift's link (转赠链接): what the friend who opens it sees, and what speaks against taking it."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import Field

from store.company import settings
from store.kernel import limits, secrets
from store.loyalty import coupon_gifts
from store.loyalty.coupon_gifts import CouponGift, CouponGiftStep
from store.loyalty.coupon_reasons import Reason
from store.loyalty.coupons import Coupon
from store.people import customers, profiles
from store.people.customers import Customer
from store.people.members import Member

# What the giver reads, and what the receiver reads.
_TOLD = {
    "offered": ("您发起转赠", "好友转赠给您"), "accepted": ("好友已领取", "您已领取"),
    "refused": ("好友已婉拒，券已退回", "您已婉拒"), "timed_out": ("超时未领取，券已退回", "超时未领取"),
    "taken_back": ("您已收回", "好友已收回"),
}  # fmt: skip


class GiftRules(settings.Topic):
    """How often gifts may be offered by one customer, and links opened from one address, where many phones may be."""

    offers_a_minute: int = Field(default=20, ge=1)
    openings_per_address_a_minute: int = Field(default=300, ge=1)


@dataclass(frozen=True)
class Opened:
    """`role` is giver, receiver (who has accepted it) or friend; `against` is why it cannot be accepted, or None."""

    gift: CouponGift
    coupon: Coupon
    state: str
    giver: str
    role: str
    against: Reason | None

    @property
    def actions(self) -> tuple[str, ...]:
        """What whoever looks can do now; a fan may decline what only members accept."""
        if self.role != "friend" or self.state != "offered":
            return ()
        if self.against is None:
            return ("accept", "refuse")
        return () if self.against.code == "sign_in" else ("refuse",)


def admit_offer(customer: Customer) -> None:
    """Count an attempt to offer a gift; refuses with `too_many`."""
    limits.take(
        name=f"gift_offers:{customer.id}", most=settings.read(GiftRules).offers_a_minute,
        window_s=60, sentence="转赠过于频繁，请稍后再试",
    )  # fmt: skip


def admit(address: str) -> None:
    """Count an attempt to open a link; refuses with `too_many`."""
    limits.take(
        name=f"gift_links:{limits.origin(address)}", most=settings.read(GiftRules).openings_per_address_a_minute,
        window_s=60, sentence="操作过于频繁，请稍后再试",
    )  # fmt: skip


def opened(token: str, member: Member | None) -> Opened:
    """The gift behind the secret of a link, as a member or a visitor sees it; raises Refused(not_found)."""
    gift = coupon_gifts.of_token(token)
    refusal = coupon_gifts.against(gift, member) if member else None
    against = Reason("sign_in", "请先登录再领取") if member is None else None
    return Opened(
        gift=gift,
        coupon=gift.coupon,
        state=coupon_gifts.standing(gift),
        giver=_masked(customers.survivor(gift.giver.customer)),
        role=_role(gift, member),
        against=Reason(refusal.code, refusal.message) if refusal else against,
    )


def told(coupon: Coupon, member: Member) -> list[tuple[datetime, str]]:
    """What happened to a coupon's gifts of which a member was a part, in their words: the first first."""
    theirs = (CouponGift.giver == member.id) | (CouponGift.receiver == member.id)
    query = CouponGiftStep.select(CouponGiftStep, CouponGift).join(CouponGift)
    steps = query.where((CouponGift.coupon == coupon.id) & theirs).order_by(CouponGiftStep.id)
    return [(step.at, _TOLD[step.state][step.gift.giver_id != member.id]) for step in steps]


def _role(gift: CouponGift, member: Member | None) -> str:
    roles = {gift.receiver_id: "receiver", gift.giver_id: "giver"}
    return roles.get(member.id, "friend") if member else "friend"


def _masked(giver: Customer) -> str:
    """As much of a giver as a stranger with the link may read."""
    told = profiles.shown(giver)
    return secrets.mask_name(told["nickname"]) if told["nickname"] else told["phone"] or "好友"

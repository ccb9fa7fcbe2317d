"""A member as a till shows one: masked, with tier, points, stored value and coupons."""

from pydantic import BaseModel, Field

from store.core import masking
from store.coupons import coupons
from store.coupons import wallet as coupon_wallet
from store.coupons.coupons import Coupon
from store.customers import identities, profiles
from store.customers.customers import Customer
from store.customers.members import Member
from store.points import points
from store.stored_value import accounts as stored_value_accounts
from store.tiers import tiers


class MemberCoupon(BaseModel):
    """A coupon of the member, and why it cannot be used now."""

    code: str
    name: str
    usable: bool
    reason: str | None


class MemberSummary(BaseModel):
    """A member; name and phone are masked. One that is frozen earns, and spends nothing."""

    id: str
    name: str
    card: str
    phone: str | None
    tier: str | None
    is_frozen: bool
    points: int
    stored_value_fen: int = Field(description="可用储值，冻结时为 0")
    coupons: list[MemberCoupon]


def to_member_summary(member: Member) -> MemberSummary:
    """Return a member as the till shows one."""
    customer = Customer.get_by_id(member.customer_id)
    phone, record = identities.find_phone(customer), tiers.find_active(member)
    account = stored_value_accounts.find_by_member(member)
    return MemberSummary(
        id=member.public_id,
        name=profiles.display_name(customer),
        card=member.card_number,
        phone=masking.mask_phone(phone) if phone else None,
        tier=record.tier.name if record else None,
        is_frozen=member.is_frozen,
        points=points.balance(member),
        stored_value_fen=account.available_fen
        if account and not (account.frozen_at or member.is_frozen)
        else 0,
        coupons=[_to_coupon(coupon, member) for coupon in coupons.list_wallet(member)],
    )


def _to_coupon(coupon: Coupon, member: Member) -> MemberCoupon:
    state = coupon_wallet.display_state(coupon)
    reason = None if state == "issued" else coupon_wallet.LABELS[state]
    if member.is_frozen:
        reason = "会员已冻结"
    return MemberCoupon(code=coupon.code, name=coupon.rule.terms.name, usable=reason is None, reason=reason)

"""Coupon gifts (转赠): a coupon offered to a friend by a link, until the friend answers or the time is over.

While it is offered the coupon cannot be used. Accepted it belongs to the friend, otherwise to the giver again.
"""

from dataclasses import dataclass
from datetime import timedelta

import peewee

from store.core import clock, encryption, errors, ids, keyset, masking
from store.core.database import db
from store.core.database.fields import EncryptedField, UtcDateTimeField
from store.core.database.models import Model
from store.core.keyset import Position
from store.coupons import coupons
from store.coupons.coupons import Coupon
from store.customers import customers, identities, members, phones, profiles
from store.customers.members import Member
from store.customers.merging import rules as merge_rules

LABELS = {
    "offered": "待领取", "accepted": "已被领取", "declined": "已被婉拒", "timed_out": "已超时退回",
    "cancelled": "已收回",
}  # fmt: skip
TRANSITIONS = {
    "offered": {"accepted", "declined", "timed_out", "cancelled"},
    "accepted": set(), "declined": set(), "timed_out": set(), "cancelled": set(),
}  # fmt: skip
BATCH_SIZE = 200


class CouponGift(Model):
    """`token_index` is the keyed hash of the link's secret; only the link holds the secret."""

    coupon = peewee.ForeignKeyField(Coupon, backref="gifts")
    giver = peewee.ForeignKeyField(Member)
    receiver = peewee.ForeignKeyField(Member, null=True)
    token_index = peewee.CharField(max_length=64, unique=True)
    state = peewee.CharField(
        max_length=10, default="offered", constraints=[peewee.Check(f"state IN {tuple(TRANSITIONS)}")]
    )
    offered_at = UtcDateTimeField(default=clock.now)
    expires_at = UtcDateTimeField()

    class Meta:
        indexes = ((("state", "expires_at"), False),)


CouponGift.add_index(
    CouponGift.index(CouponGift.coupon, unique=True, name="coupon_gift_open").where(
        peewee.SQL("state = 'offered'")
    )
)


class CouponGiftStep(Model):
    """One step of a gift: its state, the time, the actor, and the state of the coupon before and after.

    `card_number` and `phone` are those of the actor at that time. A timeout has no actor.
    """

    gift = peewee.ForeignKeyField(CouponGift, backref="steps")
    state = peewee.CharField(max_length=10)
    coupon_before = peewee.CharField(max_length=10)
    coupon_after = peewee.CharField(max_length=10)
    member = peewee.ForeignKeyField(Member, null=True)
    card_number = peewee.CharField(max_length=20, null=True, index=True)
    phone = EncryptedField(context="coupon_gift_step.phone", null=True)
    phone_index = peewee.CharField(max_length=64, null=True, index=True)
    occurred_at = UtcDateTimeField(default=clock.now)


@dataclass(frozen=True)
class GiftParty:
    """A giver or receiver as shown to staff, with a masked phone."""

    card_number: str
    phone: str | None


@db.transactional
def create_gift(*, coupon: Coupon, giver: Member) -> tuple[CouponGift, str]:
    """Offer a coupon by a link and return the gift and the secret, which is shown only now."""
    giver = _lock_person(giver)
    members.ensure_can_spend(giver)
    coupon = coupons.lock_by_codes(giver, [coupon.code])[0]
    hours, now = coupon.rule.terms.gift_hours, clock.now()
    if hours is None:
        raise errors.DomainError("coupon_not_giftable", "该券不支持转赠", 409)
    if coupon.ends_at <= now:
        raise errors.DomainError("coupon_ended", "该券已过期", 409)
    before = str(coupon.state)
    coupons.transition(coupon, "gifting")
    token = ids.token()
    until = min(now + timedelta(hours=hours), coupon.ends_at)
    gift = CouponGift.create(
        coupon=coupon.id, giver=giver.id, token_index=_token_index(token), expires_at=until
    )
    _record_step(gift, giver, before=before, after="gifting")
    coupons.record_event("coupon_gifts.offered", coupon, gift_id=gift.id)
    return gift, token


@db.transactional
def accept(*, token: str, receiver: Member) -> CouponGift:
    """Accept a gift before its deadline. Idempotent for the same friend."""
    gift, receiver = get_by_token(token), _lock_person(receiver)
    gift, coupon = _lock_with_coupon(gift)
    if gift.state == "accepted" and gift.receiver_id == receiver.id:
        return gift
    rejection = find_acceptance_error(gift, receiver)
    if rejection is not None:
        raise rejection
    gift.update_fields(receiver=receiver.id)
    _close(gift, coupon, "accepted", receiver, holder=receiver)
    return gift


@db.transactional
def decline(*, token: str, receiver: Member) -> CouponGift:
    """Decline a gift: the coupon belongs to the giver again."""
    gift, receiver = get_by_token(token), _lock_person(receiver)
    gift, coupon = _lock_with_coupon(gift)
    if gift.state == "declined":
        return gift
    _ensure_not_over(gift)
    if receiver.id == gift.giver_id:
        raise errors.DomainError("own_gift", "自己转赠的券请直接收回", 409)
    _close(gift, coupon, "declined", receiver)
    return gift


@db.transactional
def cancel(*, gift: CouponGift, giver: Member) -> CouponGift:
    """Cancel a gift that is not accepted yet. Idempotent."""
    giver = _lock_person(giver)
    gift, coupon = _lock_with_coupon(gift)
    if gift.giver_id != giver.id:
        raise errors.not_found("该转赠")
    if gift.state not in ("cancelled", "timed_out"):
        _ensure_not_answered(gift)
        _close(gift, coupon, "cancelled", giver)
    return gift


def time_out_due() -> int:
    """Return gifts to their givers after the deadline, in batches, and return their number."""
    done = 0
    while batch := _time_out_batch():
        done += batch
    return done


def find_acceptance_error(gift: CouponGift, receiver: Member) -> errors.DomainError | None:
    """Return the error why a gift cannot be accepted, or None."""
    state = display_state(gift)
    if state != "offered":
        return _gift_over_error(state)
    if receiver.id == gift.giver_id:
        return errors.DomainError("own_gift", "不能领取自己转赠的券", 409)
    if receiver.joined_at is None:
        return errors.DomainError("members_only", "请先注册会员再领取", 403)
    if receiver.programme_id != gift.coupon.rule.programme_id:
        return errors.DomainError("other_programme", "该券不属于您所在的会员计划", 409)
    return None


def display_state(gift: CouponGift) -> str:
    """Return the state as people see it: an offer is over at its deadline at once."""
    return "timed_out" if gift.state == "offered" and gift.expires_at <= clock.now() else str(gift.state)


def get_by_token(token: str) -> CouponGift:
    """Return the gift of a link's secret. Raises DomainError(not_found)."""
    found = CouponGift.find(token_index=_token_index(token))
    if found is None:
        raise errors.not_found("该转赠")
    return found


def get_latest(coupon: Coupon, giver: Member) -> CouponGift:
    """Return the last gift that a member made of a coupon. Raises DomainError(not_found).

    Follows a merge that committed since the member was read.
    """
    found = _find_latest(coupon, giver) or _find_latest(coupon, members.read_current(giver))
    if found is None:
        raise errors.not_found("该转赠")
    return found


def _find_latest(coupon: Coupon, giver: Member) -> CouponGift | None:
    query = CouponGift.select().where((CouponGift.coupon == coupon.id) & (CouponGift.giver == giver.id))
    return query.order_by(CouponGift.id.desc()).first()


def list_sent(
    member: Member, *, page: int = 1, page_size: int = 20, after: Position | None = None
) -> tuple[list[CouponGift], int]:
    """Return one page of the gifts that a member made, or what comes after an id, the latest first, and the total."""
    query, keys = CouponGift.select().where(CouponGift.giver == member.id), ((CouponGift.id, True),)
    return keyset.select_page(query, keys, page=page, page_size=page_size, after=after), query.count()


def list_history(coupon: Coupon) -> list[tuple[CouponGiftStep, GiftParty | None]]:
    """Return every step of every gift of a coupon, the first one first, with its actor."""
    query = CouponGiftStep.select().join(CouponGift).where(CouponGift.coupon == coupon.id)
    return [(step, to_party(step)) for step in query.order_by(CouponGiftStep.id)]


def _lock_person(member: Member) -> Member:
    """Lock a customer and the account, which is returned.

    Without the customer's lock an erasure could commit while the phone is copied to a step.
    """
    customers.lock(member.customer_id)
    return members.lock(member.id)


def _lock_with_coupon(gift: CouponGift) -> tuple[CouponGift, Coupon]:
    """Lock a gift and its coupon."""
    coupon = coupons.lock(gift.coupon_id)
    return CouponGift.get_by_id(gift.id), coupon


def _ensure_not_answered(gift: CouponGift) -> None:
    if gift.state != "offered":
        raise _gift_over_error(gift.state)


def _ensure_not_over(gift: CouponGift) -> None:
    state = display_state(gift)
    if state != "offered":
        raise _gift_over_error(state)


def _gift_over_error(state: str) -> errors.DomainError:
    return errors.DomainError("gift_over", f"该转赠{LABELS[state]}", 409, state=state)


def _close(
    gift: CouponGift, coupon: Coupon, state: str, member: Member | None, *, holder: Member | None = None
) -> None:
    """Close a gift; its holder can use the coupon again."""
    moved = CouponGift.update(state=state).where((CouponGift.id == gift.id) & (CouponGift.state == "offered"))
    if not moved.execute():
        raise errors.DomainError("gift_over", "该转赠已结束", 409)
    gift.state, before = state, str(coupon.state)
    _record_step(gift, member, before=before, after="issued")
    coupons.transition(coupon, "issued", **({"member": holder.id} if holder else {}))
    coupons.record_event(f"coupon_gifts.{state}", coupon, gift_id=gift.id)


@db.transactional
def _time_out_batch() -> int:
    due = (CouponGift.state == "offered") & (CouponGift.expires_at <= clock.now())
    query = CouponGift.select(CouponGift.id, CouponGift.coupon).where(due)
    done = 0
    for row in list(query.order_by(CouponGift.coupon).limit(BATCH_SIZE)):
        gift, coupon = _lock_with_coupon(row)
        if gift.state == "offered":
            _close(gift, coupon, "timed_out", None)
            done += 1
    return done


def _record_step(gift: CouponGift, member: Member | None, *, before: str, after: str) -> None:
    phone = identities.find_phone(member.customer) if member else None
    CouponGiftStep.create(
        gift=gift.id, state=gift.state, coupon_before=before, coupon_after=after, member=member and member.id,
        card_number=member and member.card_number, phone=phone, phone_index=phone and phones.blind_index(phone),
    )  # fmt: skip


def to_party(step: CouponGiftStep) -> GiftParty | None:
    """Return the actor of a step with card and phone of that time, or None after a timeout.

    An erased phone is missing.
    """
    if step.card_number is None:
        return None
    return GiftParty(card_number=step.card_number, phone=step.phone and masking.mask_phone(step.phone))


def _erase_phones(customer_ids: list[int]) -> int:
    """Erase the phones of steps and return their number."""
    theirs = Member.select(Member.id).where(Member.customer.in_(customer_ids))
    held = CouponGiftStep.member.in_(theirs) & CouponGiftStep.phone.is_null(False)
    return int(CouponGiftStep.update(phone=None, phone_index=None).where(held).execute())


def _token_index(token: str) -> str:
    return encryption.blind_index(token, purpose="coupon_gift")


merge_rules.register_rule(CouponGift.giver)
merge_rules.register_rule(CouponGift.receiver)
merge_rules.register_rule(CouponGiftStep.member, merge_rules.keep_rows)
profiles.register_eraser(_erase_phones)

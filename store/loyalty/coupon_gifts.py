"""A coupon gift (转赠): a coupon on its way to a friend by a link, until the friend answers or the time is over.

While it is offered nobody can use the coupon; accepted it is the friend's, otherwise the giver's again.
"""

from dataclasses import dataclass
from datetime import timedelta

import peewee

from store.kernel import clock, db, ids, refusals, secrets
from store.kernel.fields import Moment
from store.kernel.records import Record
from store.loyalty import coupons
from store.loyalty.coupons import Coupon
from store.people import identities, members, merges
from store.people.members import Member

WORDS = {
    "offered": "待领取", "accepted": "已被领取", "refused": "已被婉拒", "timed_out": "已超时退回",
    "taken_back": "已收回",
}  # fmt: skip
MOVES = {
    "offered": {"accepted", "refused", "timed_out", "taken_back"},
    "accepted": set(),
    "refused": set(),
    "timed_out": set(),
    "taken_back": set(),
}
PORTION = 200


class CouponGift(Record):
    """`token_index` is the keyed hash of the secret in the link; only the link itself holds the secret."""

    coupon = peewee.ForeignKeyField(Coupon, backref="gifts")
    giver = peewee.ForeignKeyField(Member)
    receiver = peewee.ForeignKeyField(Member, null=True)
    token_index = peewee.CharField(max_length=64, unique=True)
    state = peewee.CharField(
        max_length=10, default="offered", constraints=[peewee.Check(f"state IN {tuple(MOVES)}")]
    )
    offered_at = Moment(default=clock.now)
    until = Moment()

    class Meta:
        indexes = ((("state", "until"), False),)


CouponGift.add_index(
    CouponGift.index(CouponGift.coupon, unique=True, name="coupon_gift_open").where(
        peewee.SQL("state = 'offered'")
    )
)


class CouponGiftStep(Record):
    """One step of a gift: to which state, when, and whose doing; nobody's when time ran out."""

    gift = peewee.ForeignKeyField(CouponGift, backref="steps")
    state = peewee.CharField(max_length=10)
    member = peewee.ForeignKeyField(Member, null=True)
    at = Moment(default=clock.now)


@dataclass(frozen=True)
class Party:
    """Somebody in the record of a gift, as shown to staff; the phone is masked."""

    card_number: str
    phone: str | None


@db.verb
def offer(*, coupon: Coupon, giver: Member) -> tuple[CouponGift, str]:
    """Offer a coupon to whoever gets the link; returns the gift and the secret for the link, shown only now."""
    giver = members.locked(giver.id)
    coupon = coupons.locked_of(giver, [coupon.code])[0]
    hours, now = coupon.rule.terms.gift_hours, clock.now()
    if hours is None:
        raise refusals.Refused("coupon_not_giftable", "该券不支持转赠", 409)
    if coupon.ends_at <= now:
        raise refusals.Refused("coupon_ended", "该券已过期", 409)
    coupons.move(coupon, "gifting")
    token = ids.token()
    until = min(now + timedelta(hours=hours), coupon.ends_at)
    gift = CouponGift.create(coupon=coupon.id, giver=giver.id, token_index=_index(token), until=until)
    _record(gift, giver)
    coupons.told("coupon_gifts.offered", coupon, gift_id=gift.id)
    return gift, token


@db.verb
def accept(*, token: str, receiver: Member) -> CouponGift:
    """The friend takes the gift before its deadline; the same friend asking again gets the same answer."""
    gift, receiver = of_token(token), members.locked(receiver.id)
    gift, coupon = _locked(gift)
    if gift.state == "accepted" and gift.receiver_id == receiver.id:
        return gift
    refusal = against(gift, receiver)
    if refusal is not None:
        raise refusal
    gift.put(receiver=receiver.id)
    _end(gift, coupon, "accepted", receiver, holder=receiver)
    return gift


@db.verb
def refuse(*, token: str, receiver: Member) -> CouponGift:
    """The friend declines: the coupon is the giver's again."""
    gift, receiver = of_token(token), members.locked(receiver.id)
    gift, coupon = _locked(gift)
    if gift.state == "refused":
        return gift
    _refuse_if_over(gift)
    if receiver.id == gift.giver_id:
        raise refusals.Refused("own_gift", "自己转赠的券请直接收回", 409)
    _end(gift, coupon, "refused", receiver)
    return gift


@db.verb
def take_back(*, gift: CouponGift, giver: Member) -> CouponGift:
    """The giver thinks again, as long as nobody has accepted; taken back before, nothing changes."""
    giver = members.locked(giver.id)
    gift, coupon = _locked(gift)
    if gift.giver_id != giver.id:
        raise refusals.not_found("该转赠")
    if gift.state not in ("taken_back", "timed_out"):
        _refuse_if_answered(gift)
        _end(gift, coupon, "taken_back", giver)
    return gift


def time_out_due() -> int:
    """Give back to their givers what nobody accepted in time, in portions; returns how many."""
    done = 0
    while portion := _time_out_portion():
        done += portion
    return done


def against(gift: CouponGift, receiver: Member) -> refusals.Refused | None:
    """Why a gift cannot be accepted by somebody now; None when it can."""
    state = standing(gift)
    if state != "offered":
        return _over(state)
    if receiver.id == gift.giver_id:
        return refusals.Refused("own_gift", "不能领取自己转赠的券", 409)
    if receiver.joined_at is None:
        return refusals.Refused("members_only", "请先注册会员再领取", 403)
    if receiver.programme_id != gift.coupon.rule.programme_id:
        return refusals.Refused("other_programme", "该券不属于您所在的会员计划", 409)
    return None


def standing(gift: CouponGift) -> str:
    """The state as people see it: an offer is over at its deadline, before the clock comes round."""
    return "timed_out" if gift.state == "offered" and gift.until <= clock.now() else str(gift.state)


def of_token(token: str) -> CouponGift:
    """The gift behind the secret of a link; raises Refused(not_found)."""
    found = CouponGift.find(token_index=_index(token))
    if found is None:
        raise refusals.not_found("该转赠")
    return found


def latest_of(coupon: Coupon, giver: Member) -> CouponGift:
    """The last gift that a member made of a coupon; raises Refused(not_found)."""
    query = CouponGift.select().where((CouponGift.coupon == coupon.id) & (CouponGift.giver == giver.id))
    found = query.order_by(CouponGift.id.desc()).first()
    if found is None:
        raise refusals.not_found("该转赠")
    return found


def given_by(member: Member, *, page: int = 1, page_size: int = 20) -> tuple[list[CouponGift], int]:
    """One page of what a member has offered to friends, the latest first, and how many there are."""
    query = CouponGift.select().where(CouponGift.giver == member.id)
    return list(query.order_by(CouponGift.id.desc()).paginate(page, page_size)), query.count()


def record_of(coupon: Coupon) -> list[tuple[CouponGiftStep, Party | None]]:
    """Every step of every gift of a coupon, the first first, with who took it."""
    query = CouponGiftStep.select().join(CouponGift).where(CouponGift.coupon == coupon.id)
    return [(step, _party(step)) for step in query.order_by(CouponGiftStep.id)]


def _locked(gift: CouponGift) -> tuple[CouponGift, Coupon]:
    """A gift with its coupon: the coupon's lock is the gift's as well."""
    coupon = coupons.locked(gift.coupon_id)
    return CouponGift.get_by_id(gift.id), coupon


def _refuse_if_answered(gift: CouponGift) -> None:
    if gift.state != "offered":
        raise _over(gift.state)


def _refuse_if_over(gift: CouponGift) -> None:
    state = standing(gift)
    if state != "offered":
        raise _over(state)


def _over(state: str) -> refusals.Refused:
    return refusals.Refused("gift_over", f"该转赠{WORDS[state]}", 409, state=state)


def _end(
    gift: CouponGift, coupon: Coupon, state: str, who: Member | None, *, holder: Member | None = None
) -> None:
    """Close a gift; the coupon is usable again by its holder, who is another one when it was accepted."""
    moved = CouponGift.update(state=state).where((CouponGift.id == gift.id) & (CouponGift.state == "offered"))
    if not moved.execute():
        raise refusals.Refused("gift_over", "该转赠已结束", 409)
    gift.state = state
    _record(gift, who)
    coupons.move(coupon, "issued", **({"member": holder.id} if holder else {}))
    coupons.told(f"coupon_gifts.{state}", coupon, gift_id=gift.id)


@db.verb
def _time_out_portion() -> int:
    due = (CouponGift.state == "offered") & (CouponGift.until <= clock.now())
    query = CouponGift.select(CouponGift.id, CouponGift.coupon).where(due)
    done = 0
    for row in list(query.order_by(CouponGift.coupon).limit(PORTION)):
        gift, coupon = _locked(row)
        if gift.state == "offered":
            _end(gift, coupon, "timed_out", None)
            done += 1
    return done


def _record(gift: CouponGift, who: Member | None) -> None:
    CouponGiftStep.create(gift=gift.id, state=gift.state, member=who.id if who else None)


def _party(step: CouponGiftStep) -> Party | None:
    """The card of that day, and the phone by which the person is known now: an erased one is gone here too."""
    member = step.member
    if member is None:
        return None
    phone = identities.phone_of(members.survivor(member).customer)
    return Party(card_number=member.card_number, phone=phone and secrets.mask_phone(phone))


def _index(token: str) -> str:
    return secrets.blind(token, purpose="coupon_gift")


merges.carries(CouponGift.giver)
merges.carries(CouponGift.receiver)
merges.carries(CouponGiftStep.member, merges.stays)

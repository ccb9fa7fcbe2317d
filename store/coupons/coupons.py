"""Coupons (券): issued from a rule to a member's wallet, each with a code that cannot be guessed."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import peewee
from peewee import fn

from store.core import actors, clock, errors, events, input_limits, numbers
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.coupons import stock, terms
from store.coupons.rules import CouponRule
from store.customers import members
from store.customers.members import Member
from store.tenants import audit, business_days

LABELS = {
    "issued": "可使用", "held": "使用中", "gifting": "转赠中", "used": "已使用", "expired": "已过期", "void": "已作废",
}  # fmt: skip
# "held" is reserved by an order that is not paid yet; an expired coupon never becomes valid again.
TRANSITIONS = {
    "issued": {"held", "gifting", "expired", "void"},
    "held": {"issued", "used"},
    "gifting": {"issued"},
    "used": {"issued"},
    "expired": set(),
    "void": set(),
}
BATCH_SIZE = 500


class Coupon(Model):
    """`member` holds it, `received_by` got it first, and `issue_key` says by what (claim, batch, key).

    `sequence` numbers the coupons of a rule that a member got by one `issue_key`, so that the database rejects a
    duplicate.
    """

    rule = peewee.ForeignKeyField(CouponRule, backref="coupons", index=False)
    code = peewee.CharField(max_length=16, unique=True)
    member = peewee.ForeignKeyField(Member, backref="coupons", index=False)
    received_by = peewee.ForeignKeyField(Member, index=False)
    issue_key = peewee.CharField(max_length=80)
    sequence = peewee.IntegerField(default=1)
    state = peewee.CharField(
        max_length=10, default="issued", constraints=[peewee.Check(f"state IN {tuple(TRANSITIONS)}")]
    )
    received_at = UtcDateTimeField(default=clock.now)
    starts_at = UtcDateTimeField()
    ends_at = UtcDateTimeField()
    campaign_id = peewee.BigIntegerField(null=True)
    source = peewee.CharField(max_length=30, default="")

    class Meta:
        indexes = (
            (("received_by", "rule", "issue_key", "sequence"), True),
            (("member", "state", "ends_at"), False),
            (("rule", "state"), False),
            (("state", "ends_at"), False),
            (("received_at",), False),
        )


@db.transactional
def issue(
    *, rule: CouponRule, member: Member, key: str, campaign_id: int | None = None, source: str = ""
) -> Coupon:
    """Issue one coupon of a listed rule to a member. Idempotent by `key`."""
    input_limits.check_key(key, max_length=60)
    member, origin = members.lock(member.id), f"key:{key}"
    found = Coupon.find(received_by=member.id, rule=rule.id, issue_key=origin, sequence=1)
    if found is not None:
        return found
    rule = stock.reserve(rule.id, 1)
    if not rule.terms.by_campaign:
        raise errors.DomainError("coupon_not_by_campaign", "该优惠券不支持活动发放", 409)
    if actors.current().kind in ("staff", "operator"):
        audit.record(
            "coupons.issue", f"member:{member.public_id}", after={"rule": rule.public_id, "key": key}
        )
    return insert_coupons(rule, [member], issue_key=origin, campaign_id=campaign_id, source=source)[0]


@db.transactional
def claim(*, rule: CouponRule, member: Member, source: str) -> Coupon:
    """Claim a coupon of a rule that is open to claims, up to its limit per member.

    The limit counts what the member claimed, also if it was given away since.
    """
    member = members.lock(member.id)
    if member.joined_at is None:
        raise errors.DomainError("members_only", "请先注册会员再领取", 403)
    rule = stock.reserve(rule.id, 1)
    limit, before = rule.terms.claims_per_member, count_claimed(rule, member)
    if limit is None:
        raise errors.DomainError("coupon_not_claimable", "该优惠券不支持公开领取", 409)
    if before >= limit:
        raise errors.DomainError("claim_limit", f"每人限领 {limit} 张，您已领取", 409, limit=limit)
    return insert_coupons(rule, [member], issue_key="claim", sequence=before + 1, source=source)[0]


@db.transactional
def insert_coupons(
    rule: CouponRule,
    recipients: Sequence[Member],
    *,
    issue_key: str,
    sequence: int = 1,
    campaign_id: int | None = None,
    source: str = "",
) -> list[Coupon]:
    """Insert one coupon for each member. Requires the members' locks and the reserved stock."""
    if any(member.programme_id != rule.programme_id for member in recipients):
        raise errors.DomainError("other_programme", "该优惠券不属于会员所在的计划", 409)
    for member in recipients:
        members.ensure_open(member)
    now = clock.now()
    starts_at, ends_at = terms.validity_window(rule.terms, now)
    common = {
        "rule": rule.id, "issue_key": issue_key, "sequence": sequence, "received_at": now, "starts_at": starts_at,
        "ends_at": ends_at, "campaign_id": campaign_id, "source": source,
    }  # fmt: skip
    given = []
    for member in recipients:
        coupon = Coupon.create(
            code=numbers.generate("coupon"), member=member.id, received_by=member.id, **common
        )
        _record_event("coupons.issued", coupon, member.customer_id, issue_key=issue_key)
        given.append(coupon)
    return given


@db.transactional
def void(coupon: Coupon, *, reason: str) -> Coupon:
    """Void a coupon with a reason. Idempotent."""
    if not 1 <= len(reason.strip()) <= 200:
        raise errors.invalid("reason", "请填写作废原因，最多 200 个字")
    coupon = lock(coupon.id)
    if coupon.state != "void":
        transition(coupon, "void")
        audit.record("coupons.void", f"coupon:{coupon.id}", after={"reason": reason})
        record_event("coupons.voided", coupon)
    return coupon


def expire_due() -> int:
    """Mark the ended coupons as expired, one transaction per batch, and return their number.

    They could not be used since they ended. Only the state in the wallets changes.
    """
    return business_days.run_all(_expire_batch, clock.now())


def run_batch(day: date) -> int:
    """Expire a batch of the coupons that ended by a past day and return their number, 0 if none is left."""
    return _expire_batch(business_days.end_of_past(day))


def transition(coupon: Coupon, state: str, **changes: Any) -> None:
    """Move a coupon to another state. Raises DomainError(coupon_state) if its state does not allow it."""
    came_from = [before for before, after in TRANSITIONS.items() if state in after]
    if not coupon.update_fields_if("state", came_from, state=state, **changes):
        raise errors.DomainError(
            "coupon_state", f"该券{LABELS[coupon.state]}", 409, state=coupon.state, coupon=coupon.code
        )


@db.transactional
def record_event(kind: str, coupon: Coupon, **properties: Any) -> None:
    """Record an event of a coupon in its holder's timeline."""
    holder = Member.find(id=coupon.member_id)
    assert holder is not None, "members are never deleted"
    _record_event(kind, coupon, holder.customer_id, **properties)


def lock(coupon_id: int) -> Coupon:
    """Lock a coupon until the transaction ends. Raises DomainError(not_found)."""
    found = Coupon.find(id=coupon_id, lock=True)
    if found is None:
        raise errors.not_found("该券")
    return found


def lock_by_codes(member: Member, codes: Iterable[str]) -> list[Coupon]:
    """Lock a member's coupons of these codes in their order. Requires the member's lock.

    Raises DomainError(not_found), also for coupons of another member.
    """
    wanted = sorted({numbers.normalize(code) for code in codes})
    found = [Coupon.find(code=code, member=member.id, lock=True) for code in wanted]
    if None in found:
        raise errors.not_found("该券")
    return [coupon for coupon in found if coupon is not None]


def get_for_member(member: Member, code: str) -> Coupon:
    """Return the member's coupon of a code. Raises DomainError(not_found), also for another member's.

    Follows a merge that committed since the member was read.
    """
    code = numbers.normalize(code)
    found = Coupon.find(code=code, member=member.id)
    found = found or Coupon.find(code=code, member=members.read_current(member).id)
    if found is None:
        raise errors.not_found("该券")
    return found


def get_by_code(code: str) -> Coupon:
    """Return the coupon of a code for staff. A member's coupon is reached by `get_for_member`."""
    found = Coupon.find(code=numbers.normalize(code))
    if found is None:
        raise errors.not_found("该券")
    return found


def read_names(member: Member, codes: Iterable[str]) -> dict[str, str]:
    """Return the names of a member's coupons by code."""
    wanted = sorted(codes)
    rows = Coupon.select().where((Coupon.member == member.id) & (Coupon.code << wanted)) if wanted else ()
    return {coupon.code: coupon.rule.terms.name for coupon in rows}


def list_wallet(member: Member, *, limit: int = 100) -> list[Coupon]:
    """Return the unused coupons of a member with their rules, the first to end first."""
    live = Coupon.state.in_(["issued", "held", "gifting"]) & (Coupon.ends_at > clock.now())
    query = Coupon.select(Coupon, CouponRule).join(CouponRule).where((Coupon.member == member.id) & live)
    return list(query.order_by(Coupon.ends_at, Coupon.id).limit(limit))


def count_claimed(rule: CouponRule, member: Member) -> int:
    """Return how many coupons of a rule a member has claimed, also if they were given away."""
    mine = (Coupon.received_by == member.id) & (Coupon.rule == rule.id) & (Coupon.issue_key == "claim")
    return int(Coupon.select(fn.COALESCE(fn.MAX(Coupon.sequence), 0)).where(mine).scalar())


def _expired_coupons(cutoff: datetime) -> Any:
    """Return coupon, rule, holder and customer of the coupons that ended unused."""
    query = Coupon.select(Coupon.id, Coupon.rule, Coupon.member, Member.customer)
    over = (Coupon.state == "issued") & (Coupon.ends_at <= cutoff)
    return (
        query.join(Member, on=(Coupon.member == Member.id))
        .where(over)
        .order_by(Coupon.ends_at, Coupon.id)
        .tuples()
    )


@db.transactional
def _expire_batch(cutoff: datetime) -> int:
    """Expire a batch of the coupons that ended by a moment and return their number, 0 if none is left."""
    while chosen := list(_expired_coupons(cutoff).limit(BATCH_SIZE)):
        if rows := _filter_expired(chosen, cutoff):
            _expire_coupons(rows)
            return len(rows)
    return 0


def _filter_expired(chosen: Sequence[tuple], cutoff: datetime) -> list[tuple]:
    """Read the coupons again after locking their members: one may be used or have another holder meanwhile."""
    locked = members.lock_all_in_order({member_id for _, _, member_id, _ in chosen})
    ids = [coupon_id for coupon_id, *_ in chosen]
    return list(_expired_coupons(cutoff).where(db.in_ids(Coupon.id, ids) & db.in_ids(Coupon.member, locked)))


def _expire_coupons(rows: Sequence[tuple]) -> None:
    ids = [coupon_id for coupon_id, *_ in rows]
    Coupon.update(state="expired").where(db.in_ids(Coupon.id, ids)).execute()
    payloads = [
        {"customer_id": whose, "member_id": member_id, "properties": {"coupon_id": which, "rule_id": rule_id}}
        for which, rule_id, member_id, whose in rows
    ]
    events.record_many("coupons.expired", payloads)


def _record_event(kind: str, coupon: Coupon, customer_id: int, **properties: Any) -> None:
    events.record(
        kind,
        customer_id=customer_id,
        member_id=coupon.member_id,
        coupon_id=coupon.id,
        rule_id=coupon.rule_id,
        **properties,
    )

"""A coupon (券): one piece of a rule in a member's wallet, known by a code that no one can guess."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

import peewee
from peewee import fn

from store.core import clock, errors, events, ids, input_limits
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
# "held" is reserved by an order that is not paid yet; an expired coupon lives again in no case.
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
    """`member` holds it, `received_by` is who got it first; `issue_key` says how (claim, batch, key).

    `sequence` counts the coupons of a rule that one member got from one origin, so that the database itself
    rejects the same one twice.
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
        )


@db.transactional
def issue(
    *, rule: CouponRule, member: Member, key: str, campaign_id: int | None = None, source: str = ""
) -> Coupon:
    """Give a member one coupon of a listed rule; the same `key` again returns the member's first one."""
    input_limits.check_key(key, max_length=60)
    member, origin = members.lock(member.id), f"key:{key}"
    found = Coupon.find(received_by=member.id, rule=rule.id, issue_key=origin, sequence=1)
    if found is not None:
        return found
    rule = stock.reserve(rule.id, 1)
    if not rule.terms.by_campaign:
        raise errors.DomainError("coupon_not_by_campaign", "该优惠券不支持活动发放", 409)
    return insert_coupons(rule, [member], issue_key=origin, campaign_id=campaign_id, source=source)[0]


@db.transactional
def claim(*, rule: CouponRule, member: Member, source: str) -> Coupon:
    """Let a member take a coupon from a rule that is open to claims, up to the rule's limit a member.

    The limit counts what the member claimed, also what was given to friends since.
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
    """Write one coupon for each member; the caller has locked them and taken the stock."""
    if any(member.programme_id != rule.programme_id for member in recipients):
        raise errors.DomainError("other_programme", "该优惠券不属于会员所在的计划", 409)
    now = clock.now()
    starts_at, ends_at = terms.validity_window(rule.terms, now)
    common = {
        "rule": rule.id, "issue_key": issue_key, "sequence": sequence, "received_at": now, "starts_at": starts_at,
        "ends_at": ends_at, "campaign_id": campaign_id, "source": source,
    }  # fmt: skip
    given = []
    for member in recipients:
        coupon = Coupon.create(code=ids.random_digits(16), member=member.id, received_by=member.id, **common)
        _record_event("coupons.issued", coupon, member.customer_id, issue_key=issue_key)
        given.append(coupon)
    return given


@db.transactional
def void(coupon: Coupon, *, reason: str) -> Coupon:
    """Take a coupon out of use by hand, with a reason; voided before, nothing changes."""
    if not 1 <= len(reason.strip()) <= 200:
        raise errors.invalid("reason", "请填写作废原因，最多 200 个字")
    coupon = lock(coupon.id)
    if coupon.state != "void":
        transition(coupon, "void")
        audit.record("coupons.void", f"coupon:{coupon.id}", after={"reason": reason})
        record_event("coupons.voided", coupon)
    return coupon


def expire_due() -> int:
    """Mark the unused coupons whose time is over, in batches of one transaction each; returns how many.

    They could not be used since the moment they ended: this only tidies the wallets.
    """
    return sum(some() for some in _expiry_batches(clock.now()))


def batches(*, day: date) -> Iterator[Callable[[], int]]:
    """The same for what ended by a past day, a batch a call: each tells how many it marked."""
    if day >= business_days.today():
        raise errors.invalid("day", "只能处理已经结束的日期")
    yield from _expiry_batches(business_days.end_of(day))


def transition(coupon: Coupon, state: str, **changes: Any) -> None:
    """Bring a coupon into another state; rejects where its life does not lead there from where it is."""
    came_from = [before for before, after in TRANSITIONS.items() if state in after]
    moved = (
        Coupon.update(state=state, **changes)
        .where((Coupon.id == coupon.id) & Coupon.state.in_(came_from))
        .execute()
    )
    if not moved:
        raise errors.DomainError(
            "coupon_state", f"该券{LABELS[coupon.state]}", 409, state=coupon.state, coupon=coupon.code
        )
    coupon.state = state
    for name, value in changes.items():
        setattr(coupon, name, value)


@db.transactional
def record_event(kind: str, coupon: Coupon, **properties: Any) -> None:
    """Record what happened to a coupon in its holder's timeline."""
    holder = Member.find(id=coupon.member_id)
    assert holder is not None, "members are never deleted"
    _record_event(kind, coupon, holder.customer_id, **properties)


def lock(coupon_id: int) -> Coupon:
    """The coupon, locked until the transaction ends."""
    found = Coupon.find(id=coupon_id, lock=True)
    if found is None:
        raise errors.not_found("该券")
    return found


def lock_by_codes(member: Member, codes: Iterable[str]) -> list[Coupon]:
    """The member's coupons of these codes, locked in their order; another's are not found.

    The caller has locked the member.
    """
    found = [Coupon.find(code=code, member=member.id, lock=True) for code in sorted(set(codes))]
    if None in found:
        raise errors.not_found("该券")
    return [coupon for coupon in found if coupon is not None]


def get_for_member(member: Member, code: str) -> Coupon:
    """The member's coupon of a code; someone else's is not found."""
    found = Coupon.find(code=code, member=member.id)
    if found is None:
        raise errors.not_found("该券")
    return found


def get_by_code(code: str) -> Coupon:
    """The coupon of a code whichever holds it, for staff; a member's is reached by `of_code`."""
    found = Coupon.find(code=code)
    if found is None:
        raise errors.not_found("该券")
    return found


def list_wallet(member: Member, *, limit: int = 100) -> list[Coupon]:
    """What a member holds and has not used, with the rules: the first to end first."""
    live = Coupon.state.in_(["issued", "held", "gifting"]) & (Coupon.ends_at > clock.now())
    query = Coupon.select(Coupon, CouponRule).join(CouponRule).where((Coupon.member == member.id) & live)
    return list(query.order_by(Coupon.ends_at, Coupon.id).limit(limit))


def count_claimed(rule: CouponRule, member: Member) -> int:
    """How many coupons of a rule a member has claimed, those given away included."""
    mine = (Coupon.received_by == member.id) & (Coupon.rule == rule.id) & (Coupon.issue_key == "claim")
    return int(Coupon.select(fn.COALESCE(fn.MAX(Coupon.sequence), 0)).where(mine).scalar())


def _expiry_batches(cutoff: datetime) -> Iterator[Callable[[], int]]:
    while _expired_coupons(cutoff).exists():
        yield partial(_expire_batch, cutoff)


def _expired_coupons(cutoff: datetime) -> Any:
    """The coupons, rules, holders and their customers of what has ended unused."""
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
    """Check again once the members are locked: a coupon may have been used or have changed hands."""
    chosen = list(_expired_coupons(cutoff).limit(BATCH_SIZE))
    held = members.lock_all_in_order({member_id for _, _, member_id, _ in chosen})
    still = db.in_ids(Coupon.id, [coupon_id for coupon_id, *_ in chosen]) & db.in_ids(Coupon.member, held)
    rows = list(_expired_coupons(cutoff).where(still))
    Coupon.update(state="expired").where(
        db.in_ids(Coupon.id, [coupon_id for coupon_id, *_ in rows])
    ).execute()
    payloads = [
        {"customer_id": whose, "member_id": member_id, "properties": {"coupon_id": which, "rule_id": rule_id}}
        for which, rule_id, member_id, whose in rows
    ]
    events.record_many("coupons.expired", payloads)
    return len(rows)


def _record_event(kind: str, coupon: Coupon, customer_id: int, **properties: Any) -> None:
    events.record(
        kind,
        customer_id=customer_id,
        member_id=coupon.member_id,
        coupon_id=coupon.id,
        rule_id=coupon.rule_id,
        **properties,
    )

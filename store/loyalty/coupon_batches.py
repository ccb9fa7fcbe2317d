"""A coupon batch (批量发券): coupons of a rule for a list of members, given in portions, each member once."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

import peewee

from store.company import audit
from store.kernel import bounds, clock, db, events, refusals
from store.kernel.events import Event
from store.kernel.fields import Json, Moment
from store.kernel.records import Record
from store.loyalty import coupon_stock, coupon_terms, coupons
from store.loyalty.coupon_rules import CouponRule
from store.loyalty.coupons import Coupon
from store.people import members
from store.people.members import Member

PORTION = 500
MOST = 1_000_000


class CouponBatch(Record):
    """`number` is unique and `fingerprint` a hash of the list, so that asking twice gives once.

    The stock is taken when the batch is opened: a batch that was opened can be given in full.
    """

    number = peewee.CharField(max_length=60, unique=True)
    rule = peewee.ForeignKeyField(CouponRule)
    fingerprint = peewee.CharField(max_length=64)
    total = peewee.IntegerField()
    given = peewee.IntegerField(default=0)
    skipped = peewee.IntegerField(default=0)
    campaign_id = peewee.BigIntegerField(null=True)
    opened_at = Moment(default=clock.now)
    finished_at = Moment(null=True)


class CouponBatchPortion(Record):
    """Some of the members of a batch; `done_at` is empty until they have their coupons."""

    batch = peewee.ForeignKeyField(CouponBatch, backref="portions", index=False)
    member_ids = Json()
    size = peewee.IntegerField()
    done_at = Moment(null=True)

    class Meta:
        indexes = ((("batch", "done_at", "id"), False),)


@db.verb
def open_batch(
    *, number: str, rule: CouponRule, member_ids: Iterable[int], campaign_id: int | None = None
) -> CouponBatch:
    """Promise a coupon to each member of a list; the portions follow by themselves (`go_on`).

    The same number with the same list again returns the same batch.
    """
    wanted = sorted(set(member_ids))
    fingerprint = hashlib.sha256(json.dumps([rule.id, wanted]).encode()).hexdigest()
    bounds.key(number, field="number", longest=60)
    db.queue_for(f"coupon batch:{number}")
    found = CouponBatch.find(number=number)
    if found is not None:
        if found.fingerprint != fingerprint:
            raise refusals.Refused("key_reused", "该批次号已用于另一份名单", 422, number=number)
        return found
    if not 1 <= len(number.strip()) <= 60 or not 1 <= len(wanted) <= MOST:
        raise refusals.invalid("number", f"请填写批次号和 1 到 {MOST} 位会员")
    rule = coupon_stock.take(rule.id, len(wanted))
    if not rule.terms.by_campaign:
        raise refusals.Refused("coupon_not_by_campaign", "该优惠券不支持活动发放", 409)
    coupon_terms.window(rule.terms, clock.now())  # refuses what could never be given
    batch = CouponBatch.create(
        number=number, rule=rule, fingerprint=fingerprint, total=len(wanted), campaign_id=campaign_id
    )
    for start in range(0, len(wanted), PORTION):
        _write_portion(batch, rule, wanted[start : start + PORTION])
    audit.record("coupon_batches.open", f"coupon_rule:{rule.public_id}", after={"total": batch.total})
    events.record("coupon_batches.opened", batch_id=batch.id)
    return batch


def go_on(event: Event) -> None:
    """Reaction to `coupon_batches.opened` and `.went_on`: give one portion, and see to the next."""
    batch = CouponBatch.get_by_id(event.properties["batch_id"])
    if give_portion(batch):
        events.record("coupon_batches.went_on", batch_id=batch.id)


@db.verb
def give_portion(batch: CouponBatch) -> bool:
    """Give the next portion its coupons; returns whether there are more. After the last nothing happens.

    Who was merged with somebody that the batch has served already is skipped, and everybody left once the
    coupons could not be used any more.
    """
    batch = db.lock(CouponBatch.select().where(CouponBatch.id == batch.id)).get()
    portion = _next_portion(batch)
    if portion is None:
        return False
    over = coupon_terms.are_over(batch.rule.terms)
    to = [] if over else _not_served(batch, _living(portion.member_ids))
    if to:
        coupons.give(batch.rule, to, origin=_origin(batch), campaign_id=batch.campaign_id, source="batch")
    skipped = portion.size - len(to)
    coupon_stock.put_back(batch.rule_id, skipped)
    portion.put(done_at=clock.now())
    more = _next_portion(batch) is not None
    batch.put(
        given=batch.given + len(to),
        skipped=batch.skipped + skipped,
        finished_at=None if more else clock.now(),
    )
    return more


def of_number(number: str) -> CouponBatch:
    """The batch of a number, to see how far it is."""
    found = CouponBatch.find(number=number)
    if found is None:
        raise refusals.not_found("该批次")
    return found


def _write_portion(batch: CouponBatch, rule: CouponRule, member_ids: Sequence[int]) -> None:
    known = (Member.id.in_(member_ids)) & (Member.programme == rule.programme_id)
    if Member.select().where(known).count() != len(member_ids):
        raise refusals.invalid("member_ids", "名单中有不存在或不属于该计划的会员")
    CouponBatchPortion.create(batch=batch, member_ids=list(member_ids), size=len(member_ids))


def _next_portion(batch: CouponBatch) -> CouponBatchPortion | None:
    """The first portion that is not done; the caller has locked the batch."""
    waiting = (CouponBatchPortion.batch == batch.id) & CouponBatchPortion.done_at.is_null()
    return CouponBatchPortion.select().where(waiting).order_by(CouponBatchPortion.id).first()


def _living(member_ids: Sequence[int]) -> list[Member]:
    """The accounts that speak for these now, each once, locked in the order of their ids."""
    rows = db.lock(Member.select().where(Member.id.in_(member_ids)).order_by(Member.id))
    found = {row.id: row for row in rows if row.merged_into_id is None}
    for row in rows:
        if row.merged_into_id is not None:
            living = members.locked(row.id)
            found[living.id] = living
    return list(found.values())


def _not_served(batch: CouponBatch, to: list[Member]) -> list[Member]:
    mine = (Coupon.rule == batch.rule_id) & (Coupon.origin == _origin(batch))
    have: Any = Coupon.select(Coupon.received_by).where(mine & Coupon.received_by.in_([row.id for row in to]))
    served = {row_id for (row_id,) in have.tuples()}
    return [row for row in to if row.id not in served]


def _origin(batch: CouponBatch) -> str:
    return f"batch:{batch.id}"

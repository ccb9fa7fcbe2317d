"""Bulk issue (批量发券): coupons of a rule for a list of members, issued in chunks, once per member."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

import peewee

from store.core import clock, errors, events, input_limits, listing
from store.core.database import db
from store.core.database.fields import JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.core.events import Event
from store.core.listing import Page
from store.coupons import coupons, stock, terms
from store.coupons.coupons import Coupon
from store.coupons.rules import CouponRule
from store.customers import members
from store.customers.members import Member
from store.tenants import audit

CHUNK_SIZE = 500
MAX_MEMBERS = 1_000_000


class CouponBatch(Model):
    """A bulk issue. `number` and `fingerprint`, a hash of the list, make its creation idempotent.

    The stock is reserved when the batch is created, so a batch can always be issued in full.
    """

    number = peewee.CharField(max_length=60, unique=True)
    rule = peewee.ForeignKeyField(CouponRule)
    fingerprint = peewee.CharField(max_length=64)
    total = peewee.IntegerField()
    issued = peewee.IntegerField(default=0)
    skipped = peewee.IntegerField(default=0)
    campaign_id = peewee.BigIntegerField(null=True)
    created_at = UtcDateTimeField(default=clock.now)
    finished_at = UtcDateTimeField(null=True)


class CouponBatchChunk(Model):
    """Some members of a batch. `finished_at` is empty until their coupons are issued."""

    batch = peewee.ForeignKeyField(CouponBatch, backref="chunks", index=False)
    member_ids = JsonField()
    size = peewee.IntegerField()
    finished_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("batch", "finished_at", "id"), False),)


@db.transactional
def create_batch(
    *, number: str, rule: CouponRule, member_ids: Iterable[int], campaign_id: int | None = None
) -> CouponBatch:
    """Create a batch and reserve its stock. Subscribers of its events issue the coupons (`continue_batch`).

    Idempotent by `number` for the same list.
    """
    wanted = sorted(set(member_ids))
    fingerprint = hashlib.sha256(json.dumps([rule.id, wanted]).encode()).hexdigest()
    input_limits.check_key(number, field="number", max_length=60)
    db.advisory_lock(f"coupon batch:{number}")
    found = CouponBatch.find(number=number)
    if found is not None:
        if found.fingerprint != fingerprint:
            raise errors.DomainError("key_reused", "该批次号已用于另一份名单", 422, number=number)
        return found
    if not 1 <= len(number.strip()) <= 60 or not 1 <= len(wanted) <= MAX_MEMBERS:
        raise errors.invalid("number", f"请填写批次号和 1 到 {MAX_MEMBERS} 位会员")
    rule = stock.reserve(rule.id, len(wanted))
    if not rule.terms.by_campaign:
        raise errors.DomainError("coupon_not_by_campaign", "该优惠券不支持活动发放", 409)
    terms.validity_window(rule.terms, clock.now())  # rejects what could never be given
    batch = CouponBatch.create(
        number=number, rule=rule, fingerprint=fingerprint, total=len(wanted), campaign_id=campaign_id
    )
    for start in range(0, len(wanted), CHUNK_SIZE):
        _create_chunk(batch, rule, wanted[start : start + CHUNK_SIZE])
    audit.record("coupon_batches.create", f"coupon_rule:{rule.public_id}", after={"total": batch.total})
    events.record("coupon_batches.created", batch_id=batch.id)
    return batch


def continue_batch(event: Event) -> None:
    """Issue the next chunk of the batch of an event and record an event if more chunks remain."""
    batch = CouponBatch.get_by_id(event.properties["batch_id"])
    if issue_chunk(batch):
        events.record("coupon_batches.continued", batch_id=batch.id)


@db.transactional
def issue_chunk(batch: CouponBatch) -> bool:
    """Issue the coupons of the next chunk of a batch and return whether more chunks remain.

    Skips members that were merged with a member whom the batch has served already, and every member once the coupons
    would be expired on receipt. A call after the last chunk changes nothing, nor does one while the rule is stopped.
    """
    batch = db.lock(CouponBatch.select().where(CouponBatch.id == batch.id)).get()
    chunk = _find_next_chunk(batch)
    if chunk is None or batch.rule.stopped_at is not None:
        return False
    expired = terms.is_expired_on_receipt(batch.rule.terms)
    members_to_serve = [] if expired else _without_coupon(batch, _lock_active(chunk.member_ids))
    if members_to_serve:
        coupons.insert_coupons(
            batch.rule,
            members_to_serve,
            issue_key=_issue_key(batch),
            campaign_id=batch.campaign_id,
            source="batch",
        )
    skipped = chunk.size - len(members_to_serve)
    stock.release(batch.rule_id, skipped)
    chunk.update_fields(finished_at=clock.now())
    has_more = _find_next_chunk(batch) is not None
    batch.update_fields(
        issued=batch.issued + len(members_to_serve),
        skipped=batch.skipped + skipped,
        finished_at=None if has_more else clock.now(),
    )
    return has_more


def get_by_number(number: str) -> CouponBatch:
    """Return the batch of a number. Raises DomainError(not_found)."""
    found = CouponBatch.find(number=number)
    if found is None:
        raise errors.not_found("该批次")
    return found


def list_batches(rule: CouponRule, page: Page) -> tuple[list[CouponBatch], int]:
    """Return a page of the batches of a rule, the latest first, and the number of all."""
    mine, sorts = CouponBatch.select().where(CouponBatch.rule == rule.id), {"created_at": CouponBatch.id}
    return listing.read_page(mine, page, sorts=sorts, default="-created_at", id_field=CouponBatch.id)


def list_unfinished(rule: CouponRule) -> list[CouponBatch]:
    """Return the batches of a rule that are not issued in full, the first one first."""
    waiting = (CouponBatch.rule == rule.id) & CouponBatch.finished_at.is_null()
    return list(CouponBatch.select().where(waiting).order_by(CouponBatch.id))


def _create_chunk(batch: CouponBatch, rule: CouponRule, member_ids: Sequence[int]) -> None:
    known = (Member.id.in_(member_ids)) & (Member.programme == rule.programme_id)
    if Member.select().where(known).count() != len(member_ids):
        raise errors.invalid("member_ids", "名单中有不存在或不属于该计划的会员")
    CouponBatchChunk.create(batch=batch, member_ids=list(member_ids), size=len(member_ids))


def _find_next_chunk(batch: CouponBatch) -> CouponBatchChunk | None:
    """Return the first unfinished chunk, or None. Requires the batch's lock."""
    waiting = (CouponBatchChunk.batch == batch.id) & CouponBatchChunk.finished_at.is_null()
    return CouponBatchChunk.select().where(waiting).order_by(CouponBatchChunk.id).first()


def _lock_active(member_ids: Sequence[int]) -> list[Member]:
    """Lock the current open accounts of these members, each once, in the order of their ids."""
    rows = db.lock(Member.select().where(Member.id.in_(member_ids)).order_by(Member.id))
    found = {row.id: row for row in rows if row.merged_into_id is None}
    for row in rows:
        if row.merged_into_id is not None:
            current = members.lock(row.id)
            found[current.id] = current
    return [member for member in found.values() if not member.is_closed]


def _without_coupon(batch: CouponBatch, recipients: list[Member]) -> list[Member]:
    mine = (Coupon.rule == batch.rule_id) & (Coupon.issue_key == _issue_key(batch))
    have: Any = Coupon.select(Coupon.received_by).where(
        mine & Coupon.received_by.in_([row.id for row in recipients])
    )
    served = {row_id for (row_id,) in have.tuples()}
    return [row for row in recipients if row.id not in served]


def _issue_key(batch: CouponBatch) -> str:
    return f"batch:{batch.id}"

"""Emergency stops of coupon rules (紧急暂停): until it is resumed nothing is issued and no coupon can be used."""

from store.core import clock, errors, events
from store.core.database import db
from store.coupons import bulk_issue, rules
from store.coupons.rules import MAX_NOTE_LENGTH, CouponRule
from store.tenants import audit


@db.transactional
def stop(rule: CouponRule, *, reason: str) -> CouponRule:
    """Stop an approved rule at once. A batch stops before its next chunk. Idempotent."""
    if not 1 <= len(reason.strip()) <= MAX_NOTE_LENGTH:
        raise errors.invalid("reason", f"请填写暂停原因，最多 {MAX_NOTE_LENGTH} 个字")
    rule = rules.lock(rule.id)
    if rule.stopped_at is not None:
        return rule
    if rule.approved_version is None:
        raise rules.invalid_state_error(rule, "紧急暂停")
    rule.update_fields(stopped_at=clock.now())
    audit.record("coupon_rules.stop", f"coupon_rule:{rule.public_id}", after={"reason": reason.strip()})
    rules.record_note(rule, f"紧急暂停：{reason.strip()}")
    return rule


@db.transactional
def resume(rule: CouponRule) -> CouponRule:
    """Resume a stopped rule, and the batches that wait for it. Idempotent."""
    rule = rules.lock(rule.id)
    if rule.stopped_at is None:
        return rule
    rule.update_fields(stopped_at=None)
    audit.record("coupon_rules.resume", f"coupon_rule:{rule.public_id}")
    rules.record_note(rule, "恢复使用")
    for batch in bulk_issue.list_unfinished(rule):
        events.record("coupon_batches.continued", batch_id=batch.id)
    return rule
